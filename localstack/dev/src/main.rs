//! `cargo dev`: set up, run, test, package and deploy Attune.

mod commands;

use std::process::ExitCode;

use attune_dev::error::{Error, Result};
use attune_dev::paths::Paths;
use attune_dev::process::{signals, supervise};
use clap::{Parser, Subcommand};

/// Set up, run, test, package and deploy Attune.
///
/// Tools are installed once per user and version into the cache; the state of this clone lies in `.local`. Every command
/// can be run again at any time, and none leaves a process behind.
#[derive(Debug, Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Cmd,
}

#[derive(Debug, Subcommand)]
enum Cmd {
    /// Play a real call through the whole system and show the result. Example: cargo dev demo
    Demo,
    /// Run every test; the last line is the sum. Example: cargo dev test --only e2e
    Test(commands::test::Args),
    /// Check format, lints, wasm32, layout rules, dependencies and Terraform. Example: cargo dev check
    Check,
    /// Start the whole system and stay until Ctrl-C. Example: cargo dev up --detach
    Up(commands::up::Args),
    /// End what `up` started, and what a killed command left behind. Example: cargo dev down
    Down,
    /// Say what is found, what is missing and how to get it. Example: cargo dev doctor
    Doctor,
    /// Print logs of the running system. Example: cargo dev logs ingest-snapshot --follow
    Logs(commands::logs::Args),
    /// List, show and send again what could not be processed. Example: cargo dev dlq list
    #[command(subcommand)]
    Dlq(commands::dlq::Action),
    /// Verify an exported audit trail. Example: cargo dev audit verify trail.jsonl
    #[command(subcommand)]
    Audit(commands::audit::Action),
    /// Measure, and print the figures as JSON. Example: cargo dev bench --only worker --rounds 9
    Bench {
        /// `--only worker|functions|agent|cost|identity|voice|widget|chat|isolation` (may be repeated), `--rounds N`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Build what is deployed: zips for arm64 and the Worker's bundle. Example: cargo dev package
    Package,
    /// Deploy an environment. Example: cargo dev deploy --env staging --dry-run
    Deploy(commands::deploy::Args),
    #[command(hide = true)]
    Supervise(supervise::Supervise),
    #[command(hide = true)]
    ExecWithParent(supervise::ExecWithParent),
}

fn main() -> ExitCode {
    let result = run(Cli::parse().command);
    match result {
        Ok(code) => code,
        Err(Error::Interrupted) => {
            eprintln!("interrupted");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Cmd) -> Result<ExitCode> {
    // the supervisor keeps its own signals
    let command = match command {
        Cmd::Supervise(args) => return supervise::supervise(args),
        Cmd::ExecWithParent(args) => return supervise::exec_with_parent(args),
        command => command,
    };
    signals::listen();
    let paths = Paths::find()?;
    match command {
        Cmd::Demo => commands::demo::run(&paths),
        Cmd::Test(args) => commands::test::run(&paths, &args),
        Cmd::Check => commands::check::run(&paths),
        Cmd::Up(args) => commands::up::run(&paths, &args),
        Cmd::Down => commands::down::run(&paths),
        Cmd::Doctor => commands::doctor::run(&paths),
        Cmd::Logs(args) => commands::logs::run(&paths, &args),
        Cmd::Dlq(action) => commands::dlq::run(&paths, &action),
        Cmd::Audit(action) => commands::audit::run(&action),
        Cmd::Bench { arguments } => commands::programs::bench(&paths, &arguments),
        Cmd::Package => commands::package::run(&paths),
        Cmd::Deploy(args) => commands::deploy::run(&paths, &args),
        Cmd::Supervise(_) | Cmd::ExecWithParent(_) => Ok(ExitCode::SUCCESS),
    }
}
