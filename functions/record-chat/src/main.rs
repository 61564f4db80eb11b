//! Records what was said in chat rooms.

use attune_functions_kit::runtime;
use record_chat::RecordChat;
use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::start(|kit, _| Ok(RecordChat::new(kit)))
}
