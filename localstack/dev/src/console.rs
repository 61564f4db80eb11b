//! Progress on the terminal: one line per thing, with the time it took.

use std::io::Write;
use std::time::{Duration, Instant};

/// A heading.
pub fn title(text: &str) {
    println!("\n== {text}");
}

/// A finished thing.
pub fn done(text: &str, took: Duration) {
    line(&format!("  ok    {text} ({})", seconds(took)));
}

/// A thing that is known to be so.
pub fn note(text: &str) {
    line(&format!("        {text}"));
}

/// A thing that was left out, and why.
pub fn skipped(text: &str) {
    line(&format!("  skip  {text}"));
}

/// A thing that failed.
pub fn failed(text: &str) {
    line(&format!("  FAIL  {text}"));
}

/// A thing that begins.
pub fn doing(text: &str) {
    line(&format!("  ..    {text}"));
}

fn line(text: &str) {
    // a closed pipe must not end a clean-up
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// A duration for people.
pub fn seconds(took: Duration) -> String {
    let secs = took.as_secs_f64();
    if secs < 60.0 { format!("{secs:.1} s") } else { format!("{} min {:02} s", secs as u64 / 60, secs as u64 % 60) }
}

/// Says now and then that a long step still runs.
#[derive(Debug)]
pub struct Heartbeat {
    what: String,
    every: Duration,
    next: Duration,
}

impl Heartbeat {
    /// A line about `what` every `every`.
    pub fn new(what: impl Into<String>, every: Duration) -> Self {
        Self { what: what.into(), every, next: every }
    }

    /// To be called often, with the time since the step began; `detail` is asked only when a line is due.
    pub fn tick(&mut self, elapsed: Duration, detail: impl FnOnce() -> String) {
        if elapsed >= self.next {
            self.next = elapsed + self.every;
            let detail = detail();
            let tail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
            note(&format!("{} … {}{tail}", self.what, seconds(elapsed)));
        }
    }
}

/// Runs a step and prints its line.
pub fn timed<T, E>(text: &str, step: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let started = Instant::now();
    let result = step();
    match &result {
        Ok(_) => done(text, started.elapsed()),
        Err(_) => failed(text),
    }
    result
}
