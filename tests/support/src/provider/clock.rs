//! The time of a server: the machine's, or what a test says.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

const RUNNING: i64 = i64::MIN;

/// The time of a server, milliseconds since 1970.
#[derive(Debug)]
pub struct Clock {
    /// Where it stands still, or [`RUNNING`].
    frozen: AtomicI64,
    ahead: AtomicI64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { frozen: AtomicI64::new(RUNNING), ahead: AtomicI64::new(0) }
    }
}

impl Clock {
    /// Now.
    pub fn now_ms(&self) -> i64 {
        let base = match self.frozen.load(Ordering::Relaxed) {
            RUNNING => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                i64::try_from(since.as_millis()).unwrap_or_default()
            }
            at => at,
        };
        base + self.ahead.load(Ordering::Relaxed)
    }

    /// Stands still at this time; only [`Clock::advance`] moves it from now on.
    pub fn freeze(&self, at_ms: i64) {
        self.frozen.store(at_ms, Ordering::Relaxed);
        self.ahead.store(0, Ordering::Relaxed);
    }

    /// Goes ahead.
    pub fn advance(&self, by_ms: i64) {
        self.ahead.fetch_add(by_ms, Ordering::Relaxed);
    }
}
