//! Test suites: run one, count what it says, and a table of all.

use std::time::{Duration, Instant};

use attune_dev::console::{self, Heartbeat, note, seconds, title};
use attune_dev::error::{IoContext, Result};
use attune_dev::paths::{Paths, make_dir};
use attune_dev::process::run::Step;
use attune_dev::process::signals;

/// What a suite came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The suite.
    pub name: String,
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed; at least one when the suite itself did not end well.
    pub failed: u64,
    /// Tests that were left out on purpose.
    pub ignored: u64,
    /// Wall-clock time.
    pub took: Duration,
}

/// A suite.
pub struct Suite {
    name: String,
    step: Box<dyn Fn(&Paths) -> Step>,
}

impl Suite {
    /// Tests of Rust crates. Plain `cargo test`: all tests of a program in one process, so that they can share one stack.
    pub fn cargo(name: &str, arguments: &[&str]) -> Self {
        let mut command = ["cargo", "test", "--locked", "--no-fail-fast"].map(str::to_owned).to_vec();
        command.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        Self { name: name.into(), step: Box::new(move |paths| Step::new(&paths.root, command.clone())) }
    }

    /// Tests of the Python plugin, in LocalStack's environment.
    pub fn python(name: &str, python: std::path::PathBuf) -> Self {
        let step = move |paths: &Paths| {
            let mut command = vec![python.clone().into_os_string()];
            command.extend(["-B", "-m", "unittest", "discover", "-t", ".", "-s", "tests", "-v"].map(Into::into));
            Step::new(paths.root.join("localstack/hostmode"), command)
        };
        Self { name: name.into(), step: Box::new(step) }
    }

    /// Runs the suite; its output goes to a log, failures also to the terminal.
    pub fn run(&self, paths: &Paths, environment: &[(String, String)]) -> Result<Outcome> {
        let folder = paths.local.join("logs");
        make_dir(&folder)?;
        let log = folder.join(format!("test-{}.log", self.name));
        let mut step = (self.step)(paths);
        step.environment.extend(environment.iter().cloned());
        let mut counts = Counts::default();
        let mut text = String::new();
        let mut current = String::new();
        let mut heartbeat = Heartbeat::new(&self.name, Duration::from_secs(20));
        let started = Instant::now();
        let ended = step.lines(&mut |line| {
            counts.read(line);
            text.push_str(line);
            if !line.trim().is_empty() {
                current = line.trim().chars().take(80).collect();
            }
            heartbeat.tick(started.elapsed(), || current.clone());
        })?;
        std::fs::write(&log, &text).at(&log)?;
        signals::check()?;
        if !ended.success && counts.failed == 0 {
            counts.failed = 1; // did not compile, crashed, or was killed
        }
        let outcome = Outcome {
            name: self.name.clone(),
            passed: counts.passed,
            failed: counts.failed,
            ignored: counts.ignored,
            took: started.elapsed(),
        };
        for name in &counts.ignored_names {
            console::skipped(&format!("{}: {name}", self.name));
        }
        let line = format!("{}: {} passed, {} failed", self.name, outcome.passed, outcome.failed);
        if outcome.failed == 0 {
            console::done(&line, outcome.took);
        } else {
            console::failed(&format!("{line}; all output in {}", log.display()));
            for line in tail(&text, 60) {
                note(line);
            }
        }
        Ok(outcome)
    }
}

fn tail(text: &str, count: usize) -> impl Iterator<Item = &str> {
    let all = text.lines().count();
    text.lines().skip(all.saturating_sub(count))
}

/// Sums of the lines in which test programs say what they did.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    ignored: u64,
    /// What was left out, by name: nothing is left out unseen.
    ignored_names: Vec<String>,
    /// Python says failures in one line and the number of tests in another.
    python_ran: u64,
}

impl Counts {
    fn read(&mut self, line: &str) {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("test result: ") {
            let number = |word: &str| {
                rest.split([';', '.']).find_map(|part| part.trim().strip_suffix(word)?.trim().parse::<u64>().ok())
            };
            self.passed += number("passed").unwrap_or(0);
            self.failed += number("failed").unwrap_or(0);
            self.ignored += number("ignored").unwrap_or(0);
        } else if let Some((name, _)) = line.strip_prefix("test ").and_then(|rest| rest.split_once("... ignored")) {
            self.ignored_names.push(name.trim().to_owned());
        } else if let Some(rest) = line.strip_prefix("Ran ").filter(|rest| rest.contains(" test")) {
            self.python_ran = rest.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or(0);
        } else if self.python_ran > 0 && (line == "OK" || line.starts_with("OK (") || line.starts_with("FAILED (")) {
            let number = |word: &str| -> u64 {
                let inside = line.split_once('(').map_or("", |(_, inside)| inside).trim_end_matches(')');
                let found = inside.split(", ").find_map(|part| part.strip_prefix(word)?.parse().ok());
                found.unwrap_or(0)
            };
            let bad = number("failures=") + number("errors=");
            let skipped = number("skipped=");
            self.failed += bad;
            self.ignored += skipped;
            self.passed += self.python_ran.saturating_sub(bad + skipped);
            self.python_ran = 0;
        }
    }
}

/// Prints the table and the closing line; whether all passed.
pub fn summary(outcomes: &[Outcome]) -> bool {
    title("summary");
    note(&format!("{:<34} {:>7} {:>7} {:>8} {:>12}", "suite", "passed", "failed", "ignored", "time"));
    let mut total = (0, 0);
    for outcome in outcomes {
        let Outcome { name, passed, failed, ignored, took } = outcome;
        note(&format!("{name:<34} {passed:>7} {failed:>7} {ignored:>8} {:>12}", seconds(*took)));
        total = (total.0 + passed, total.1 + failed);
    }
    println!("{} passed, {} failed", total.0, total.1);
    total.1 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(text: &str) -> (u64, u64, u64) {
        let mut counts = Counts::default();
        text.lines().for_each(|line| counts.read(line));
        (counts.passed, counts.failed, counts.ignored)
    }

    #[test]
    fn sums_all_programs_of_a_cargo_test() {
        let text = "running 3 tests\ntest result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n\
                    test result: FAILED. 10 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s\n";
        assert_eq!(counts(text), (13, 2, 1));
    }

    #[test]
    fn names_what_was_left_out() {
        let mut counts = Counts::default();
        for line in ["test a::b ... ok\n", "test a::long_name  ... ignored\n", "test c ... ignored, no browser\n"] {
            counts.read(line);
        }
        assert_eq!(counts.ignored_names, ["a::long_name", "c"]);
    }

    #[test]
    fn reads_python_s_summary() {
        assert_eq!(counts("Ran 18 tests in 5.6s\n\nOK\n"), (18, 0, 0));
        assert_eq!(counts("Ran 18 tests in 5.6s\n\nOK (skipped=3)\n"), (15, 0, 3));
        assert_eq!(counts("Ran 18 tests in 5.6s\n\nFAILED (failures=1, errors=2, skipped=3)\n"), (12, 3, 3));
    }
}
