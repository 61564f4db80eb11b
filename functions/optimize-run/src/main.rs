//! Runs the optimizer and proposes to ControlRoom.

use attune_functions_kit::{EdgeConfig, runtime};
use optimize_run::OptimizeRun;
use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::start(|kit, variables| Ok(OptimizeRun::new(kit, EdgeConfig::read(variables)?)))
}
