//! `cargo dev logs`: what the parts of the running system print.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use attune_dev::console::{note, title};
use attune_dev::error::{Error, IoContext, Result};
use attune_dev::paths::Paths;
use attune_dev::process::signals;

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A function (ingest-snapshot, …) or a part (worker, localstack, dynamodb); without it, a list of all
    name: Option<String>,
    /// Lines from the end
    #[arg(long, default_value_t = 100)]
    lines: usize,
    /// Go on printing what comes
    #[arg(long, short)]
    follow: bool,
    /// The stack whose logs to read
    #[arg(long, default_value = "up")]
    stack: String,
}

/// Runs the command.
pub fn run(paths: &Paths, args: &Args) -> Result<ExitCode> {
    let folder = paths.logs(&args.stack);
    let files = files(&folder)?;
    let Some(name) = &args.name else {
        title(&format!("logs in {}", folder.display()));
        for (name, path) in &files {
            let size = path.metadata().map_or(0, |meta| meta.len());
            note(&format!("{name:<24} {size:>10} bytes"));
        }
        return Ok(ExitCode::SUCCESS);
    };
    let path = files.get(name).ok_or_else(|| {
        let known = files.keys().cloned().collect::<Vec<_>>().join(", ");
        Error::other(format!("no log of {name}; there are: {known}"))
    })?;
    let text = std::fs::read(path).at(path)?;
    let text_lines = String::from_utf8_lossy(&text);
    let all = text_lines.lines().count();
    let mut out = std::io::stdout().lock();
    for line in text_lines.lines().skip(all.saturating_sub(args.lines)) {
        writeln!(out, "{line}").at("standard output")?;
    }
    if args.follow {
        follow(path, text.len() as u64, &mut out)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Logs by short name: parts, and functions without the prefix of the environment.
fn files(folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    for place in [folder.to_owned(), folder.join("functions")] {
        let Ok(entries) = std::fs::read_dir(&place) else { continue };
        for entry in entries {
            let path = entry.at(&place)?.path();
            if let Some(stem) = path.file_stem().filter(|_| path.extension().is_some_and(|kind| kind == "log")) {
                let stem = stem.to_string_lossy();
                found.insert(stem.strip_prefix("attune-local-").unwrap_or(&stem).to_owned(), path.clone());
            }
        }
    }
    Ok(found)
}

fn follow(path: &Path, mut from: u64, out: &mut impl Write) -> Result<()> {
    let mut file = std::fs::File::open(path).at(path)?;
    while !signals::interrupted() {
        file.seek(SeekFrom::Start(from)).at(path)?;
        let mut new = Vec::new();
        from += file.read_to_end(&mut new).at(path)? as u64;
        out.write_all(&new).at("standard output")?;
        out.flush().at("standard output")?;
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}
