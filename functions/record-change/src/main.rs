//! Projects accepted configuration changes.

use attune_functions_kit::runtime;
use record_change::RecordChange;
use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::start(|kit, _| Ok(RecordChange::new(kit)))
}
