//! What the sweeper and the operator see.

use super::Outbox;
use crate::Result;
use serde::{Deserialize, Serialize};

/// State of one outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stats {
    /// Messages that are still to be acknowledged.
    pub depth: u64,
    /// When the oldest of them was accepted, ms since 1970.
    pub oldest_at: Option<i64>,
    /// Messages put aside.
    pub rejected: u64,
    /// Size of the database, bytes.
    pub bytes: u64,
}

impl Outbox {
    /// Counts. Reads the whole table: for the sweeper's visit and for authenticated routes, not for each accept.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn stats(&self) -> Result<Stats> {
        let counts = "SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM rejected)";
        let row = self.store.exec(counts, &[])?.first();
        let (rows, rejected) = match row {
            Some(row) => (row.uint(0)?, row.uint(1)?),
            None => (0, 0),
        };
        let memory = self.memory.borrow();
        let depth = rows.saturating_sub(memory.acknowledged.len() as u64);
        let oldest_at = memory.oldest.filter(|_| depth > 0);
        Ok(Stats { depth, oldest_at, rejected, bytes: self.store.size_bytes() })
    }

    /// Age of the oldest message, ms; from memory.
    pub fn oldest_age_ms(&self, now_ms: i64) -> Option<i64> {
        self.memory.borrow().oldest.map(|at| (now_ms - at).max(0))
    }
}
