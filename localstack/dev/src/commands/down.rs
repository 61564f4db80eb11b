//! `cargo dev down`: end what `up` started, and whatever a killed command of this clone left behind.

use std::fs::File;
use std::path::PathBuf;
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

/// Ends every process of a stack of this clone whose starter is gone; their number. A stack that is in use, by tests that
/// run now, is left alone.
fn sweep(paths: &Paths) -> usize {
    let left = || -> Vec<i32> {
        let orphaned = orphaned_stacks(paths);
        let found = orphaned.iter().flat_map(|folder| procfs::with_environment(MARK, &folder.to_string_lossy()));
        found.filter(|pid| procfs::stat(*pid).is_some_and(|stat| stat.state != 'Z')).collect()
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

/// Folders of stacks that nobody holds the lock of.
fn orphaned_stacks(paths: &Paths) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(paths.local.join("run")) else { return Vec::new() };
    let locks =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|kind| kind == "lock"));
    let free = |path: &PathBuf| File::options().write(true).open(path).is_ok_and(|file| file.try_lock().is_ok());
    locks.filter(free).map(|path| path.with_extension("")).collect()
}

fn wait(at_most: Duration, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + at_most;
    while !done() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(50));
    }
}
