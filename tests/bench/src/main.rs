//! `cargo dev bench`: every figure that has a requirement, measured or counted, printed as JSON.
//!
//! Variants of a comparison are interleaved in one run and compared round by round; what is required are medians of ratios, because
//! absolute times on shared machines are noise. CPU times are the system's own.

mod agent;
mod calendar;
mod chat;
mod cost;
mod error;
mod functions;
mod identity;
mod isolation;
mod load;
mod measure;
mod own;
mod prices;
mod report;
mod restate;
mod rig;
mod snapshot;
mod standin;
mod syncs;
mod traffic;
mod voice;
mod widget;
mod worker;
mod workerd;

use attune_dev::paths::{Paths, write_atomic};
use attune_dev::process::signals;
use clap::{Parser, ValueEnum};
use error::Result;
use report::Report;
use rig::Rig;
use std::path::PathBuf;
use std::process::ExitCode;

/// Measure, and print the figures as JSON: a line each, all together at the end (also in `.local/bench.json`).
#[derive(Debug, Parser)]
#[command(name = "cargo dev bench")]
struct Cli {
    /// Only this part; may be repeated
    #[arg(long, value_enum, value_name = "PART")]
    only: Vec<Part>,
    /// Rounds of every comparison, at least 9 for figures that count
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// Another build of the Worker than `edge/api/build`, to compare two
    #[arg(long, value_name = "FOLDER")]
    bundle: Option<PathBuf>,
    /// A flag for V8, such as `--v8-flag=--perf-basic-prof` to see names of functions in `perf`; may be repeated
    #[arg(long, value_name = "FLAG", allow_hyphen_values = true)]
    v8_flag: Vec<String>,
    /// Requests of the part `isolation`, which takes half an hour and runs only when it is named
    #[arg(long, default_value_t = 1_000_000)]
    requests: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Worker,
    Functions,
    Agent,
    Cost,
    Identity,
    Voice,
    Widget,
    Chat,
    Calendar,
    Isolation,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    signals::listen();
    match run(&cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<bool> {
    let paths = Paths::find()?;
    let rig = Rig::new(&paths, cli.bundle.clone(), cli.v8_flag.clone())?;
    let mut report = Report::default();
    let wanted = |part: Part| cli.only.is_empty() || cli.only.contains(&part);
    if wanted(Part::Agent) {
        agent::run(&paths, cli.rounds, &mut report)?;
    }
    if wanted(Part::Functions) {
        functions::run(&rig, cli.rounds, &mut report)?;
    }
    if wanted(Part::Worker) {
        worker::run(&rig, cli.rounds, &mut report)?;
    }
    if wanted(Part::Identity) {
        identity::run(&rig, cli.rounds, &mut report)?;
    }
    if wanted(Part::Voice) {
        voice::run(&rig, cli.rounds, &mut report)?;
    }
    if wanted(Part::Widget) {
        widget::run(&paths, cli.rounds, &mut report)?;
    }
    if wanted(Part::Chat) {
        chat::run(&rig, cli.rounds, &mut report)?;
    }
    if wanted(Part::Calendar) {
        calendar::run(&paths, cli.rounds, &mut report)?;
    }
    if wanted(Part::Cost) {
        cost::run(&rig, &mut report)?;
    }
    if cli.only.contains(&Part::Isolation) {
        isolation::run(cli.requests, &mut report)?;
    }
    let document = report.document(cli.rounds);
    let text = serde_json::to_string_pretty(&document)?;
    write_atomic(&paths.local.join("bench.json"), text.as_bytes())?;
    println!("{text}");
    Ok(report.good())
}
