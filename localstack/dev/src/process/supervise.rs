//! The hidden commands `supervise` and `exec-with-parent`.

use std::fs::OpenOptions;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getppid};
use serde::{Deserialize, Serialize};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};

use super::{procfs, signals};
use crate::error::{Error, IoContext, Result};
use crate::paths::write_atomic;

/// What `supervise` is asked to do.
#[derive(Debug, clap::Args)]
pub struct Supervise {
    /// The process whose end ends the command
    #[arg(long)]
    parent: i32,
    /// File that says which processes these are
    #[arg(long)]
    record: Option<PathBuf>,
    /// File that takes the command's output; without it, this process's own output does
    #[arg(long)]
    log: Option<PathBuf>,
    /// Milliseconds between SIGTERM and SIGKILL
    #[arg(long, default_value_t = 8000)]
    grace_ms: u64,
    /// The command
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

/// What `exec-with-parent` is asked to do.
#[derive(Debug, clap::Args)]
pub struct ExecWithParent {
    /// The process whose end kills the command
    #[arg(long)]
    parent: i32,
    /// The command
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

/// Which processes a supervisor stands for.
#[derive(Debug, Serialize, Deserialize)]
pub struct Record {
    /// The supervisor.
    pub supervisor: i32,
    /// Its start time, see [`procfs::Stat::started`].
    pub supervisor_started: u64,
    /// The command's process and process group.
    pub group: i32,
    /// The command.
    pub command: Vec<String>,
}

impl Record {
    /// Whether the supervisor named here still runs (and its id is not another process's by now).
    pub fn alive(&self) -> bool {
        procfs::stat(self.supervisor).is_some_and(|stat| stat.started == self.supervisor_started && stat.state != 'Z')
    }
}

/// Asks the kernel for `signal` at the end of `parent`, which must be this process's parent; false when it has gone.
fn die_with(parent: i32, signal: Signal) -> bool {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if nix::sys::prctl::set_pdeathsig(signal).is_err() {
        return false;
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = signal;
    getppid().as_raw() == parent
}

/// Becomes the command, to be killed when the parent ends.
pub fn exec_with_parent(args: ExecWithParent) -> Result<ExitCode> {
    if !die_with(args.parent, Signal::SIGKILL) {
        return Ok(ExitCode::FAILURE);
    }
    let source = Command::new(&args.command[0]).args(&args.command[1..]).exec();
    Err(Error::Start { program: args.command[0].clone(), source })
}

/// Runs the command until it ends, or until this process is asked to end or the parent has gone; leaves nothing behind.
pub fn supervise(args: Supervise) -> Result<ExitCode> {
    let events = events()?;
    if !die_with(args.parent, Signal::SIGTERM) {
        return Ok(ExitCode::FAILURE);
    }
    // orphans of the command come to us and not to init
    #[cfg(any(target_os = "linux", target_os = "android"))]
    nix::sys::prctl::set_child_subreaper(true).map_err(|errno| Error::other(format!("prctl: {errno}")))?;
    let me = std::process::id() as i32;
    let child = start(&args, me)?;
    let record = Record {
        supervisor: me,
        supervisor_started: procfs::stat(me).map_or(0, |stat| stat.started),
        group: child,
        command: args.command.clone(),
    };
    if let Some(path) = &args.record {
        let bytes = serde_json::to_vec(&record).map_err(|source| Error::Shape { path: path.clone(), source })?;
        write_atomic(path, &bytes)?;
    }
    let status = watch(child, &events, Duration::from_millis(args.grace_ms));
    sweep(me, child);
    if let Some(path) = &args.record {
        let _ = std::fs::remove_file(path);
    }
    let code = status.and_then(|status| status.code()).and_then(|code| u8::try_from(code).ok()).unwrap_or(128);
    Ok(ExitCode::from(code))
}

fn events() -> Result<Receiver<i32>> {
    let mut listener = signal_hook::iterator::Signals::new([SIGTERM, SIGINT, SIGHUP, SIGCHLD])
        .map_err(|source| Error::Start { program: "signal handler".into(), source })?;
    let (send, receive) = channel();
    std::thread::spawn(move || {
        for signal in listener.forever() {
            if send.send(signal).is_err() {
                return;
            }
        }
    });
    Ok(receive)
}

fn start(args: &Supervise, me: i32) -> Result<i32> {
    let mut command = Command::new(super::managed::program()?);
    command.args(["exec-with-parent", "--parent", &me.to_string(), "--"]).args(&args.command);
    command.process_group(0).stdin(Stdio::null());
    if let Some(path) = &args.log {
        let log = OpenOptions::new().create(true).append(true).open(path).at(path)?;
        command.stderr(log.try_clone().at(path)?).stdout(log);
    }
    let child = command.spawn().map_err(|source| Error::Start { program: args.command[0].clone(), source })?;
    Ok(child.id() as i32)
}

/// Waits for the end of the child; passes a request to end on to its group, and enforces it after the grace.
fn watch(child: i32, events: &Receiver<i32>, grace: Duration) -> Option<ExitStatus> {
    let mut status = None;
    let mut kill_at: Option<Instant> = None;
    loop {
        if let Some(ended) = reap(child) {
            status = Some(ended);
        }
        let over = match kill_at {
            // the command alone: what it left in its group is swept by the caller
            None => status.is_some(),
            // asked to end: its helpers get the same grace
            Some(_) => status.is_some() && !signals::group_alive(child),
        };
        if over || kill_at.is_some_and(|at| Instant::now() >= at) {
            return status;
        }
        // SIGCHLD and requests wake us at once; the tick sees groups that end without one
        let tick = if kill_at.is_some() { 20 } else { 1000 };
        match events.recv_timeout(Duration::from_millis(tick)) {
            Ok(SIGCHLD) | Err(RecvTimeoutError::Timeout) => {}
            Ok(_) if kill_at.is_none() => {
                kill_at = Some(Instant::now() + grace);
                signals::send_group(child, Signal::SIGTERM);
                // a frozen process takes no SIGTERM
                signals::send_group(child, Signal::SIGCONT);
            }
            Ok(_) => {}
            Err(RecvTimeoutError::Disconnected) => return status,
        }
    }
}

/// Takes all ended children (ours and adopted ones); the status of `child` if it was among them.
fn reap(child: i32) -> Option<ExitStatus> {
    let mut found = None;
    loop {
        let (pid, raw) = match waitpid(Pid::from_raw(-1), Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(pid, code)) => (pid, code << 8),
            Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, signal as i32),
            Ok(WaitStatus::StillAlive) | Err(_) => return found,
            Ok(_) => continue,
        };
        if pid.as_raw() == child {
            found = Some(ExitStatus::from_raw(raw));
        }
    }
}

/// Kills whatever is left of the command.
fn sweep(me: i32, group: i32) {
    let end = Instant::now() + Duration::from_secs(3);
    loop {
        signals::send_group(group, Signal::SIGKILL);
        let left = procfs::descendants(me);
        for pid in &left {
            signals::send(*pid, Signal::SIGKILL);
        }
        reap(group);
        if left.is_empty() || Instant::now() > end {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
