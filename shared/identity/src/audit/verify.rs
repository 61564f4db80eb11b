//! Was an export edited? The first row that breaks the chain, and why.

use super::{Error, GENESIS, Head, Row};
use attune_domain::json;
use core::{fmt, str::FromStr};

/// Longest line: a row with the largest detail is below half of it.
pub const MAX_LINE: usize = 16_384;

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// Longer than [`MAX_LINE`].
    #[error("the line is longer than a row can be")]
    Oversized,
    /// Not the JSON of a row.
    #[error("the line is not a row")]
    Malformed,
    /// The JSON of a row, but not in the form of RFC 8785.
    #[error("the line is not in canonical form")]
    NotCanonical,
    /// A sequence is missing from here on.
    #[error("rows are missing: expected sequence {expected}, found {found}")]
    Gap {
        /// The sequence that should be here.
        expected: u64,
        /// The sequence that is.
        found: u64,
    },
    /// The row that should be here comes later in the file.
    #[error("rows are out of order: expected sequence {expected}, found {found}")]
    Reordered {
        /// The sequence that should be here.
        expected: u64,
        /// The sequence that is.
        found: u64,
    },
    /// The sequence was there before.
    #[error("a row is repeated: expected sequence {expected}, found {found}")]
    Repeated {
        /// The sequence that should be here.
        expected: u64,
        /// The sequence that is.
        found: u64,
    },
    /// The row's hash is not that of its content: it was edited.
    #[error("the hash is not that of the row: the row was edited")]
    WrongHash,
    /// The row does not go on from the one before: one of the two was replaced.
    #[error("prev is not the hash of the row before: a row was replaced")]
    WrongPrev,
    /// The kept head lies beyond the last row.
    #[error("the end is cut off: the head is not among the rows")]
    Truncated,
    /// The row with the head's sequence has another hash: the trail was written anew.
    #[error("the trail was written anew: the row at the head's place has another hash")]
    Rewritten,
}

/// The first broken row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Broken {
    /// Number of the line, from 1; for a missing end, of the line after the last.
    pub line: u64,
    /// Why.
    #[source]
    pub why: Why,
}

/// A good export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many rows there are.
    pub rows: u64,
    /// The end of the chain.
    pub last: Head,
}

/// A head that was kept elsewhere: its hash, and its sequence where it is known. Read from `hash` or `seq:hash`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedHead {
    seq: Option<u64>,
    hash: String,
}

impl From<&Head> for ExpectedHead {
    fn from(head: &Head) -> Self {
        Self { seq: Some(head.seq), hash: head.hash.clone() }
    }
}

impl FromStr for ExpectedHead {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (seq, hash) = text.split_once(':').map_or((None, text), |(seq, hash)| (Some(seq), hash));
        let digits = |seq: &str| !seq.is_empty() && seq.bytes().all(|b| b.is_ascii_digit());
        let seq = match seq {
            Some(seq) if digits(seq) => Some(seq.parse().map_err(|_| Error::Head)?),
            Some(_) => return Err(Error::Head),
            None => None,
        };
        let hexadecimal = hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if hash.len() != GENESIS.len() || !hexadecimal {
            return Err(Error::Head);
        }
        Ok(Self { seq, hash: hash.to_owned() })
    }
}

impl fmt::Display for ExpectedHead {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seq {
            Some(seq) => write!(formatter, "{seq}:{}", self.hash),
            None => formatter.write_str(&self.hash),
        }
    }
}

/// Verifies an export line by line, in constant memory.
#[derive(Debug, Clone)]
pub struct Verifier {
    last: Head,
    rows: u64,
    head: Option<ExpectedHead>,
    head_seen: bool,
    broken: Option<Broken>,
}

impl Verifier {
    /// For rows that go on from `after` (the default: from the beginning), with the head that must be among them.
    pub fn new(after: Head, head: Option<ExpectedHead>) -> Self {
        let head_seen = head.as_ref().is_none_or(|head| head.hash == after.hash);
        Self { last: after, rows: 0, head, head_seen, broken: None }
    }

    /// Takes the next line, without its line feed.
    pub fn push(&mut self, line: &[u8]) {
        self.rows += 1;
        if let Some(broken) = &mut self.broken {
            // only one question is still open: does the missing row come later?
            if let Why::Gap { expected, found } = broken.why
                && line.len() <= MAX_LINE
                && json::from_slice::<Row>(line).is_ok_and(|row| row.seq == expected)
            {
                broken.why = Why::Reordered { expected, found };
            }
            return;
        }
        match self.judge(line) {
            Ok(head) => self.last = head,
            Err(why) => self.broken = Some(Broken { line: self.rows, why }),
        }
    }

    fn judge(&mut self, line: &[u8]) -> Result<Head, Why> {
        if line.len() > MAX_LINE {
            return Err(Why::Oversized);
        }
        let row: Row = json::from_slice(line).map_err(|_| Why::Malformed)?;
        if row.line().map_err(|_| Why::Malformed)?.as_bytes() != line {
            return Err(Why::NotCanonical);
        }
        let (expected, found) = (self.last.seq.saturating_add(1), row.seq);
        if found > expected {
            return Err(Why::Gap { expected, found });
        }
        if found < expected {
            return Err(Why::Repeated { expected, found });
        }
        if row.computed_hash().map_err(|_| Why::Malformed)? != row.hash {
            return Err(Why::WrongHash);
        }
        if row.prev != self.last.hash {
            return Err(Why::WrongPrev);
        }
        if let Some(head) = &self.head {
            self.head_seen |= head.hash == row.hash;
            if head.seq == Some(row.seq) && head.hash != row.hash {
                return Err(Why::Rewritten);
            }
        }
        Ok(row.head())
    }

    /// The judgement, after the last line.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn finish(self) -> Result<Verified, Broken> {
        match self.broken {
            Some(broken) => Err(broken),
            None if !self.head_seen => Err(Broken { line: self.rows + 1, why: Why::Truncated }),
            None => Ok(Verified { rows: self.rows, last: self.last }),
        }
    }
}

/// Verifies a whole export in memory.
///
/// # Errors
/// [`Broken`].
pub fn verify(export: &[u8], after: Head, head: Option<ExpectedHead>) -> Result<Verified, Broken> {
    let mut verifier = Verifier::new(after, head);
    let export = export.strip_suffix(b"\n").unwrap_or(export);
    if !export.is_empty() {
        export.split(|b| *b == b'\n').for_each(|line| verifier.push(line));
    }
    verifier.finish()
}
