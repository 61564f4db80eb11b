//! Signals: sending them to processes and groups, and noticing that this program is asked to end.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::error::{Error, Result};

/// Sends a signal to one process; false when it is gone.
pub fn send(pid: i32, signal: Signal) -> bool {
    pid > 1 && kill(Pid::from_raw(pid), signal).is_ok()
}

/// Sends a signal to a process group; false when nobody is in it.
pub fn send_group(group: i32, signal: Signal) -> bool {
    group > 1 && killpg(Pid::from_raw(group), signal).is_ok()
}

/// Whether a process group has members.
pub fn group_alive(group: i32) -> bool {
    group > 1 && killpg(Pid::from_raw(group), None) != Err(Errno::ESRCH)
}

static ASKED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From here on SIGINT, SIGTERM and SIGHUP only set a flag, read by [`interrupted`] and [`check`].
pub fn listen() {
    ASKED.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
            // a second signal must not be swallowed for ever, but ending here would skip the clean-up
            let _ = signal_hook::flag::register(signal, Arc::clone(&flag));
        }
        flag
    });
}

/// Whether this program was asked to end.
pub fn interrupted() -> bool {
    ASKED.get().is_some_and(|flag| flag.load(Ordering::Relaxed))
}

/// An error once this program was asked to end: for loops that wait.
pub fn check() -> Result<()> {
    if interrupted() { Err(Error::Interrupted) } else { Ok(()) }
}
