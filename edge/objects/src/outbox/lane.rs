//! What is known in memory of the messages to one destination.

use std::collections::BTreeMap;

/// A row that was handed out and not yet settled.
#[derive(Debug, Clone)]
pub(super) struct Flight {
    pub id: String,
    pub until: i64,
}

/// Messages to one destination. Every row of it is in exactly one place: behind the cursor and not yet seen (number above it),
/// waiting, or in flight.
#[derive(Debug, Clone, Default)]
pub(super) struct Lane {
    /// Rows up to this number have been seen.
    pub cursor: i64,
    /// Faults in a row of whole calls.
    pub attempts: i64,
    /// Nothing is sent before this time.
    pub next_at: i64,
    /// Seen rows that are to be sent again: number → not before.
    pub waiting: BTreeMap<i64, i64>,
    /// Rows on their way.
    pub flights: BTreeMap<i64, Flight>,
    /// Rows that are sent alone, because a whole batch with them was refused.
    pub alone: Vec<i64>,
}

/// All lanes by destination.
#[derive(Debug, Default)]
pub(super) struct Lanes(pub BTreeMap<String, Lane>);

impl Lanes {
    pub fn knows(&self, dest: &str) -> bool {
        self.0.contains_key(dest)
    }

    pub fn load(&mut self, dest: String, attempts: i64, next_at: i64) {
        let lane = self.0.entry(dest).or_default();
        (lane.attempts, lane.next_at) = (attempts, next_at);
    }

    /// Forgets rows of a lane.
    pub fn drop_rows(&mut self, dest: &str, rows: &[i64]) {
        let Some(lane) = self.0.get_mut(dest) else { return };
        for seq in rows {
            lane.flights.remove(seq);
            lane.waiting.remove(seq);
        }
        lane.alone.retain(|seq| !rows.contains(seq));
    }
}

impl Lane {
    /// Rows whose flight has taken too long become waiting ones.
    pub fn recover(&mut self, now_ms: i64) {
        let lost: Vec<i64> = self.flights.iter().filter(|(_, f)| f.until <= now_ms).map(|(seq, _)| *seq).collect();
        for seq in lost {
            self.flights.remove(&seq);
            self.waiting.insert(seq, now_ms);
        }
    }

    /// When there is something to do: the earliest of what waits, what is not seen yet, and what may be lost.
    pub fn next(&self, last_seq: i64, now_ms: i64) -> Option<i64> {
        let fresh = (self.cursor < last_seq).then_some(now_ms);
        let sendable = self.waiting.values().copied().chain(fresh).min().map(|at| at.max(self.next_at));
        self.flights.values().map(|f| f.until).chain(sendable).min()
    }
}
