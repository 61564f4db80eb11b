//! `cargo dev test`: every test, from the quick checks to the whole system.

use std::process::ExitCode;
use std::time::Duration;

use attune_dev::console::{self, note, title};
use attune_dev::error::{Error, Result};
use attune_dev::paths::Paths;
use attune_dev::process::managed::{PROGRAM, program};
use attune_dev::stack::{self, Functions};
use attune_dev::tools::Tools;

use super::check;
use super::suites::{Outcome, Suite, summary};

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Large counts: ten times as many cases, long faults, a minute for each parser of untrusted text; prints its seeds
    #[arg(long)]
    full: bool,
    /// Only this suite: check, unit, hostmode, contract, browser, local, e2e
    #[arg(long, value_name = "SUITE")]
    only: Option<String>,
}

/// Seconds for each parser of untrusted text; without it each gets a moment.
const FUZZ_S: &str = "ATTUNE_FUZZ_S";

/// Crates whose tests need a running system.
const SYSTEM: &[(&str, &str)] = &[
    ("contract", "attune-contract-tests"),
    ("browser", "attune-browser-tests"),
    ("local", "attune-local-tests"),
    ("e2e", "attune-e2e"),
];

/// Runs the command.
pub fn run(paths: &Paths, args: &Args) -> Result<ExitCode> {
    let wanted = |name: &str| args.only.as_deref().is_none_or(|only| only == name);
    let names = ["check", "unit", "hostmode", "contract", "browser", "local", "e2e"];
    if let Some(only) = args.only.as_deref().filter(|only| !names.contains(only)) {
        return Err(Error::other(format!("no suite {only}: there are {}", names.join(", "))));
    }
    title("tools");
    let tools = Tools::install(paths)?;
    note(&format!("tools are in {}", paths.cache.display()));
    let mut outcomes = Vec::new();
    if wanted("check") {
        title("check");
        outcomes.extend(check::all(paths)?);
    }
    title("tests");
    let mut environment = vec![(PROGRAM.to_owned(), program()?.to_string_lossy().into_owned())];
    if args.full {
        environment.push(("ATTUNE_FULL".to_owned(), "1".to_owned()));
    }
    if args.full && std::env::var_os(FUZZ_S).is_none() {
        environment.push((FUZZ_S.to_owned(), "60".to_owned()));
    }
    if wanted("unit") {
        let mut arguments = vec!["--workspace", "--exclude", "attune-tidy"];
        for (_, package) in SYSTEM {
            arguments.extend(["--exclude", package]);
        }
        outcomes.push(Suite::cargo("unit", &arguments).run(paths, &environment)?);
    }
    if wanted("hostmode") {
        match &tools.localstack_python {
            Some(python) => outcomes.push(Suite::python("hostmode", python.clone()).run(paths, &environment)?),
            None => console::skipped("hostmode: LocalStack runs in a container here"),
        }
    }
    if SYSTEM.iter().any(|(name, _)| wanted(name)) {
        let built = build(paths, &tools);
        match built {
            Ok(()) => environment.push((stack::BUILT.to_owned(), "1".to_owned())),
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            Err(error) => {
                // the suites that need none of it still run; the others fail with a reason of their own
                console::failed(&format!("build: {error}"));
                outcomes.push(Outcome { name: "build".into(), passed: 0, failed: 1, ignored: 0, took: Duration::ZERO });
            }
        }
    }
    for (name, package) in SYSTEM.iter().filter(|(name, _)| wanted(name)) {
        outcomes.push(Suite::cargo(name, &["-p", package]).run(paths, &environment)?);
    }
    Ok(if summary(&outcomes) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Builds what the suites run: functions and station agent, then the Worker.
pub fn build(paths: &Paths, tools: &Tools) -> Result<()> {
    stack::function_binaries(paths, &Functions::Build)?;
    stack::build_worker(paths, tools)?;
    Ok(())
}
