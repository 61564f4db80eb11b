//! `cargo dev down`: end what `up` started, and whatever a killed command of this clone left behind.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use attune_dev::console;
use attune_dev::error::Result;
use attune_dev::paths::Paths;
use attune_dev::process::{MARK, procfs, signals};
use attune_dev::state::State;

/// Time for a whole stack to end in order.
const ORDERLY: Duration = Duration::from_secs(20);

/// Runs the command.
pub fn run(paths: &Paths) -> Result<ExitCode> {
    let started = Instant::now();
    let mut ended = 0;
    if let Some(state) = State::read(paths)?.filter(State::alive) {
        signals::send(state.pid, Signal::SIGTERM);
        ended += 1;
        wait(ORDERLY, || !state.alive());
    }
    ended += sweep(paths);
    let _ = std::fs::remove_file(paths.state());
    match ended {
        0 => console::note("nothing was up"),
        _ => console::done("down", started.elapsed()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Ends every process that carries this clone's mark; their number.
fn sweep(paths: &Paths) -> usize {
    let prefix = format!("{}/", paths.local.join("run").display());
    let left = || {
        let me = std::process::id() as i32;
        let mut found = procfs::with_environment(MARK, &prefix);
        found.retain(|pid| *pid != me && procfs::stat(*pid).is_some_and(|stat| stat.state != 'Z'));
        found
    };
    let found = left();
    for pid in &found {
        signals::send(*pid, Signal::SIGTERM);
        signals::send(*pid, Signal::SIGCONT);
    }
    wait(Duration::from_secs(12), || left().is_empty());
    for pid in left() {
        signals::send(pid, Signal::SIGKILL);
    }
    wait(Duration::from_secs(3), || left().is_empty());
    found.len()
}

fn wait(at_most: Duration, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + at_most;
    while !done() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(50));
    }
}
