//! `cargo dev audit`: was an exported audit trail edited?

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::ExitCode;

use attune_dev::console::{failed, note};
use attune_dev::error::{Error, IoContext, Result};
use attune_identity::audit::{Broken, ExpectedHead, Head, MAX_LINE, Verified, Verifier};
use serde_json::Value;

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// Verify the chain of an export. Example: cargo dev audit verify trail.jsonl --head 5f0c…
    Verify {
        /// The export, one row a line; `-` for the standard input
        file: PathBuf,
        /// A head that was kept elsewhere: its hash, or its sequence, a colon and its hash. Only with it a missing end is noticed
        #[arg(long)]
        head: Option<ExpectedHead>,
        /// A head as it lies in the bucket `audit`, one of each hour: the object's text in a file
        #[arg(long, conflicts_with = "head")]
        kept: Option<PathBuf>,
    },
}

/// Runs the command; a broken trail ends with 1.
pub fn run(action: &Action) -> Result<ExitCode> {
    let Action::Verify { file, head, kept } = action;
    let head = &match kept {
        Some(kept) => Some(read_kept(&std::fs::read_to_string(kept).at(kept)?)?),
        None => head.clone(),
    };
    let judged = if file.as_os_str() == "-" {
        judge(io::stdin().lock(), head.clone()).at(file)?
    } else {
        judge(BufReader::new(File::open(file).at(file)?), head.clone()).at(file)?
    };
    match judged {
        Ok(Verified { rows, last }) => {
            note(&format!("{rows} rows, none was edited; the head is {}:{}", last.seq, last.hash));
            if head.is_none() {
                note("whether the end is missing was not asked: give --head or --kept");
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(broken) => {
            failed(&format!("{}: {broken}", file.display()));
            Ok(ExitCode::FAILURE)
        }
    }
}

/// The head of an object in the bucket.
fn read_kept(text: &str) -> Result<ExpectedHead> {
    let kept: Value = serde_json::from_str(text).map_err(|e| Error::other(format!("the kept head: {e}")))?;
    let head = format!("{}:{}", kept["seq"], kept["hash"].as_str().unwrap_or_default());
    head.parse().map_err(|e| Error::other(format!("the kept head: {e}")))
}

/// Line by line, in constant memory whatever the file holds.
fn judge(mut reader: impl BufRead, head: Option<ExpectedHead>) -> io::Result<Result<Verified, Broken>> {
    let mut verifier = Verifier::new(Head::default(), head);
    let mut line = Vec::new();
    // one more than a row and its line feed, so that a longer line is seen to be longer
    let most = u64::try_from(MAX_LINE + 2).unwrap_or(u64::MAX);
    while reader.by_ref().take(most).read_until(b'\n', &mut line)? > 0 {
        verifier.push(line.strip_suffix(b"\n").unwrap_or(&line));
        line.clear();
    }
    Ok(verifier.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use attune_identity::audit::Why;

    const EXPORT: &str = include_str!("../../../../shared/identity/tests/golden/audit.jsonl");

    fn judged(export: &str, head: Option<&str>) -> Result<u64, Broken> {
        let head = head.map(|text| text.parse().unwrap());
        judge(export.as_bytes(), head).unwrap().map(|good| good.rows)
    }

    #[test]
    fn good_and_broken_exports() {
        assert_eq!(judged(EXPORT, None), Ok(3));
        assert_eq!(judged(EXPORT.trim_end(), None), Ok(3));
        assert_eq!(judged("", None), Ok(0));
        let edited = EXPORT.replace("\"n\":1", "\"n\":2");
        assert_eq!(judged(&edited, None), Err(Broken { line: 2, why: Why::WrongHash }));
        let shorter: String = EXPORT.split_inclusive('\n').take(2).collect();
        let head = "daf607a7b3232f765caa717af376c2d44561f2ea9035e28168476e4a8facd767";
        assert_eq!(judged(EXPORT, Some(head)), Ok(3));
        assert_eq!(judged(&shorter, Some(head)), Err(Broken { line: 3, why: Why::Truncated }));
        let long = format!("{EXPORT}{}\n", "x".repeat(10 * MAX_LINE));
        assert_eq!(judged(&long, None), Err(Broken { line: 4, why: Why::Oversized }));
        // a head that was kept an hour ago is a row of today's trail
        let kept = read_kept(
            r#"{"schema_version":1,"seq":3,"hash":"daf607a7b3232f765caa717af376c2d44561f2ea9035e28168476e4a8facd767"}"#,
        );
        let kept = kept.unwrap().to_string();
        assert_eq!((judged(EXPORT, Some(&kept)), judged(&shorter, Some(&kept)).is_err()), (Ok(3), true));
        assert!(read_kept("{}").is_err());
        // a line of exactly the largest size is read whole
        let largest = format!("{EXPORT}{}\n", "x".repeat(MAX_LINE));
        assert_eq!(judged(&largest, None), Err(Broken { line: 4, why: Why::Malformed }));
    }
}
