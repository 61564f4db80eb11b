//! `cargo dev`: set up, run, test, package and deploy Attune.

mod commands;

use std::process::ExitCode;

use attune_dev::error::{Error, Result};
use attune_dev::paths::Paths;
use attune_dev::process::{signals, supervise};
use clap::{Parser, Subcommand};

/// Set up, run, test, package and deploy Attune
#[derive(Debug, Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Cmd,
}

#[derive(Debug, Subcommand)]
enum Cmd {
    /// Start the whole system and stay until Ctrl-C. Example: cargo dev up --detach
    Up(commands::up::Args),
    /// End what `up` started, and what a killed command left behind. Example: cargo dev down
    Down,
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
    match command {
        Cmd::Supervise(args) => return supervise::supervise(args),
        Cmd::ExecWithParent(args) => return supervise::exec_with_parent(args),
        _ => {}
    }
    signals::listen();
    let paths = Paths::find()?;
    match command {
        Cmd::Up(args) => commands::up::run(&paths, &args),
        Cmd::Down => commands::down::run(&paths),
        Cmd::Supervise(_) | Cmd::ExecWithParent(_) => Ok(ExitCode::SUCCESS),
    }
}
