//! Copies dead letters with their reason to S3.

use attune_functions_kit::runtime;
use park_dead_letters::Park;
use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::start(|kit, _| Ok(Park::new(kit)))
}
