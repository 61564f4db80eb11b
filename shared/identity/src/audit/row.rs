//! A row and its place in the chain.

use super::Error;
use attune_contracts::canonical::{canonical_json, sha256_hex};
use attune_domain::Millis;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The `prev` of the first row: 64 zeros.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

const MAX_MEMBERS: usize = 32;
const MAX_DETAIL: usize = 4_096;
/// The largest integer that every reader of JSON reads exactly (RFC 8259, section 6).
const MAX_INTEGER: u64 = 1 << 53;

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Who: `usr_…`, `key_…`, `operator`.
    pub actor: &'a str,
    /// What: `key.revoke`.
    pub action: &'a str,
    /// To whom or what: an id.
    pub target: &'a str,
    /// More of it: ids, numbers and words of ours, no personal data.
    pub detail: Map<String, Value>,
}

/// The end of a chain: what the next row goes on from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Sequence of the last row; 0 when there is none.
    pub seq: u64,
    /// Its hash; [`GENESIS`] when there is none.
    pub hash: String,
}

impl Default for Head {
    fn default() -> Self {
        Self { seq: 0, hash: GENESIS.to_owned() }
    }
}

/// One row of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// 1, 2, 3, … without a gap.
    pub seq: u64,
    /// When it was recorded. Does not order anything: the sequence does.
    pub at: Millis,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To whom or what.
    pub target: String,
    /// More of it.
    pub detail: Map<String, Value>,
    /// Hash of the row before.
    pub prev: String,
    /// Hash of this one.
    pub hash: String,
}

/// What is hashed: the row without its hash.
#[derive(Serialize)]
struct Hashed<'a> {
    seq: u64,
    at: Millis,
    actor: &'a str,
    action: &'a str,
    target: &'a str,
    detail: &'a Map<String, Value>,
    prev: &'a str,
}

impl Row {
    /// The row that goes on from `head`, to be stored in the transaction of the change itself.
    ///
    /// # Errors
    /// [`Error::Id`], [`Error::Action`], [`Error::Detail`], [`Error::Personal`].
    pub fn append(head: &Head, at: Millis, entry: Entry<'_>) -> Result<Self, Error> {
        if !is_id(entry.actor) || !is_id(entry.target) {
            return Err(Error::Id);
        }
        if !is_action(entry.action) {
            return Err(Error::Action);
        }
        check_detail(&entry.detail)?;
        let mut row = Self {
            seq: head.seq.saturating_add(1),
            at,
            actor: entry.actor.to_owned(),
            action: entry.action.to_owned(),
            target: entry.target.to_owned(),
            detail: entry.detail,
            prev: head.hash.clone(),
            hash: String::new(),
        };
        row.hash = row.computed_hash()?;
        Ok(row)
    }

    /// The hash that the row should have.
    ///
    /// # Errors
    /// [`Error::Json`].
    pub fn computed_hash(&self) -> Result<String, Error> {
        let Self { seq, at, actor, action, target, detail, prev, hash: _ } = self;
        let hashed = Hashed { seq: *seq, at: *at, actor, action, target, detail, prev };
        Ok(sha256_hex(canonical_json(&hashed).map_err(|_| Error::Json)?.as_bytes()))
    }

    /// What the next row goes on from.
    pub fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash.clone() }
    }

    /// The line of an export, without its line feed.
    ///
    /// # Errors
    /// [`Error::Json`].
    pub fn line(&self) -> Result<String, Error> {
        canonical_json(self).map_err(|_| Error::Json)
    }
}

fn is_id(text: &str) -> bool {
    (1..=80).contains(&text.len())
        && text.as_bytes()[0].is_ascii_lowercase()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn is_action(text: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    text.len() <= 64 && text.split('.').count() == 2 && text.split('.').all(word)
}

fn check_detail(detail: &Map<String, Value>) -> Result<(), Error> {
    let lists = detail.values().map(|value| value.as_array().map_or(0, Vec::len)).sum::<usize>();
    if detail.len() > MAX_MEMBERS || lists > 4 * MAX_MEMBERS {
        return Err(Error::Detail);
    }
    for (name, value) in detail {
        check_text(name)?;
        match value {
            Value::Array(items) => items.iter().try_for_each(check_scalar)?,
            value => check_scalar(value)?,
        }
    }
    match canonical_json(detail) {
        Ok(text) if text.len() <= MAX_DETAIL => Ok(()),
        _ => Err(Error::Detail),
    }
}

fn check_scalar(value: &Value) -> Result<(), Error> {
    match value {
        Value::String(text) => check_text(text),
        Value::Number(number) => {
            let size = number.as_i64().map(i64::unsigned_abs).or_else(|| number.as_u64());
            if size.is_some_and(|size| size <= MAX_INTEGER) { Ok(()) } else { Err(Error::Detail) }
        }
        Value::Null | Value::Bool(_) => Ok(()),
        Value::Array(_) | Value::Object(_) => Err(Error::Detail),
    }
}

fn check_text(text: &str) -> Result<(), Error> {
    if text.contains('@') { Err(Error::Personal) } else { Ok(()) }
}
