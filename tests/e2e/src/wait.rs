//! Waiting for conditions, with an end.

use std::time::{Duration, Instant};

/// The large counts of `cargo dev test --full`?
pub fn full() -> bool {
    std::env::var("ATTUNE_FULL").is_ok_and(|value| value == "1")
}

/// A count of the issue; a tenth of it in a usual run.
pub fn count(full_count: usize) -> usize {
    if full() { full_count } else { full_count / 10 }
}

/// Asks until `done` gives a value. `Err` says what is still missing; the last one is printed when the time is over.
#[track_caller]
pub fn until<T>(what: &str, seconds: u64, mut done: impl FnMut() -> Result<T, String>) -> T {
    let end = Instant::now() + Duration::from_secs(seconds);
    loop {
        let missing = match done() {
            Ok(value) => return value,
            Err(missing) => missing,
        };
        assert!(Instant::now() < end, "not within {seconds} s: {what}; {missing}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The same for a condition that says nothing more.
#[track_caller]
pub fn until_true(what: &str, seconds: u64, mut done: impl FnMut() -> bool) {
    until(what, seconds, || if done() { Ok(()) } else { Err("it is not so".to_owned()) });
}
