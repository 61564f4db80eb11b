//! Counts the sync calls that a process makes, by `strace` where it is installed.

use crate::error::{At, Error, Result};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Sync calls per unit of work. `work` answers how many units it did.
///
/// # Errors
/// There is no strace, it may not look at the process, or the work failed.
pub fn count(pid: u32, work: impl FnOnce() -> Result<u64>) -> Result<f64> {
    let mut tracer = Command::new("strace")
        .args(["-f", "-qq", "-e", "trace=fsync,fdatasync,sync_file_range,msync", "-e", "signal=none", "-p"])
        .arg(pid.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .at("strace")?;
    let pipe = tracer.stderr.take().ok_or_else(|| Error::wrong("strace has no output"))?;
    let reader = std::thread::spawn(move || {
        // a call that another thread interrupts is written in two lines; the second says "resumed"
        let lines = BufReader::new(pipe).lines().map_while(std::io::Result::ok);
        lines.filter(|line| line.contains("sync") && line.contains('(') && !line.contains("resumed")).count()
    });
    attached(pid, &mut tracer)?;
    let done = work();
    // SIGINT lets strace detach; SIGKILL would do too, but it may take the traced process's state with it
    attune_dev::process::signals::send(i32::try_from(tracer.id()).unwrap_or(0), nix::sys::signal::Signal::SIGINT);
    let _ = tracer.wait();
    let calls = reader.join().map_err(|_| Error::wrong("the reader of strace crashed"))?;
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    Ok(calls as f64 / done?.max(1) as f64)
}

/// Waits until the tracer holds the process.
fn attached(pid: u32, tracer: &mut std::process::Child) -> Result<()> {
    let started = std::time::Instant::now();
    loop {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        if status.lines().any(|line| line.strip_prefix("TracerPid:").is_some_and(|pid| pid.trim() != "0")) {
            return Ok(());
        }
        if tracer.try_wait().at("strace")?.is_some() || started.elapsed().as_secs() > 5 {
            let _ = tracer.kill();
            return Err(Error::wrong("strace may not look at the process"));
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}
