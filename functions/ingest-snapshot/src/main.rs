//! Stores accepted snapshots and decides whether an optimizer run is due.

use attune_functions_kit::runtime;
use ingest_snapshot::Ingest;
use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::start(|kit, _| Ok(Ingest::new(kit)))
}
