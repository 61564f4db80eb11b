//! The outbox: accepted work leaves an object through this table and its driver (decision 3).
//!
//! **Accept.** One statement inserts the message and, by a trigger, its idempotency record: either both are there or neither.
//! A repeat inserts nothing and hears the first answer. Rows written per accept: message and record in, message and record
//! out: four, and no index.
//!
//! **Drain.** [`Outbox::plan`] hands out batches, the shell sends them, [`Outbox::settle`] takes what came of each entry.
//! A row goes only after its entry was acknowledged; whatever is not known is sent again with the same id. Between `plan` and
//! `settle` a row is *in flight*, and until [`Outbox::flush`] takes it out *acknowledged*: both are known in memory only, so a
//! crash makes it pending again.
//!
//! **Faults.** A fault of one entry delays that entry. A fault of a whole call, or a throttle, delays its *lane* (all messages
//! to one destination) and writes one row, not one per message. An entry that the receiver calls our fault moves to the
//! table `rejected`, is never sent again by itself, and never blocks another.

mod accept;
mod alarm;
mod backoff;
mod lane;
mod plan;
mod rejected;
mod settle;
mod spill;
mod stats;

pub use accept::{Accept, Accepted, Message};
pub use alarm::earlier;
pub use backoff::backoff_ms;
pub use plan::{Batch, Destination, Entry, Limits};
pub use rejected::Rejected;
pub use settle::{BatchResult, Settled};
pub use spill::Spill;
pub use stats::Stats;

use crate::schema::{Schema, migrate};
use crate::{Result, SharedStore};
use lane::Lanes;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Over this size, bytes, nothing new is accepted (an object's database may have 10 GB; a backlog of 2 GB is an incident).
pub const MAX_BYTES: u64 = 2_000_000_000;
/// When the oldest message waits longer than this, ms, nothing new is accepted: the way out is blocked.
pub const MAX_OLDEST_MS: i64 = 15 * 60_000;
/// Seconds a refused client is told to wait.
pub const RETRY_AFTER_S: u32 = 30;
/// The alarm behind an accept, ms: it drains if the accept's own drain did not.
pub const BACKSTOP_MS: i64 = 10_000;
/// A row in flight for longer than this, ms, counts as lost on the way and is sent again.
pub const FLIGHT_MS: i64 = 60_000;
/// Most idempotency records deleted per step of a purge.
pub const PURGE_STEP: i64 = 500;

const DAY_MS: i64 = 86_400_000;

/// Steps of the tables. Idempotency records are keyed by day and key: they are found by three look-ups, live 24 to 48 hours,
/// and are purged as a range, all without an index.
pub const SCHEMA: Schema = Schema {
    class: "outbox",
    steps: &["
CREATE TABLE outbox (seq INTEGER PRIMARY KEY, dest TEXT NOT NULL, id TEXT NOT NULL, accepted_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, next_at INTEGER NOT NULL DEFAULT 0, day INTEGER, key TEXT, fingerprint TEXT,
  answer TEXT, traceparent TEXT, body TEXT NOT NULL);
CREATE TABLE idempotency (day INTEGER NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, answer TEXT NOT NULL,
  PRIMARY KEY (day, key)) WITHOUT ROWID;
CREATE TRIGGER outbox_once AFTER INSERT ON outbox WHEN NEW.key IS NOT NULL BEGIN
  INSERT INTO idempotency (day, key, fingerprint, answer) VALUES (NEW.day, NEW.key, NEW.fingerprint, NEW.answer);
END;
CREATE TABLE lane (dest TEXT PRIMARY KEY, attempts INTEGER NOT NULL, next_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE rejected (id TEXT PRIMARY KEY, dest TEXT NOT NULL, accepted_at INTEGER NOT NULL, rejected_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL, traceparent TEXT, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE object_fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"],
};

/// The outbox of one object: its tables, and what is known of them in memory. One per object instance.
pub struct Outbox {
    store: SharedStore,
    tenant: String,
    memory: RefCell<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    /// Highest number given out. Not the table's highest: a number is never used twice by one instance.
    last_seq: i64,
    /// When the first row was accepted; `None`: the table is empty.
    oldest: Option<i64>,
    /// A day not later than that of any idempotency record; `None`: there are none.
    oldest_day: Option<i64>,
    lanes: Lanes,
    /// Rows that have arrived and are still in the table.
    acknowledged: BTreeSet<i64>,
    /// Size of the database when it was last asked, and accepts since then.
    size: Option<(u64, u32)>,
    registered: bool,
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

impl Outbox {
    /// Mounts the outbox in an object of `tenant` (its id is the group of all messages, for fairness between tenants).
    ///
    /// # Errors
    /// [`crate::Error::Newer`], [`crate::Error::Store`].
    pub fn open(store: SharedStore, tenant: &str) -> Result<Self> {
        migrate(&*store, &[SCHEMA])?;
        let outbox = Self { store, tenant: tenant.to_owned(), memory: RefCell::default() };
        outbox.reload()?;
        Ok(outbox)
    }

    /// Reads again what the tables say: after a transaction was taken back. What is in flight stays so.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn reload(&self) -> Result<()> {
        let facts = "SELECT (SELECT max(seq) FROM outbox), (SELECT accepted_at FROM outbox ORDER BY seq LIMIT 1), \
                     (SELECT min(day) FROM idempotency), (SELECT count(*) FROM object_fact WHERE name = 'registered')";
        let facts = self.store.exec(facts, &[])?.first().ok_or(crate::Error::Stored("outbox"))?;
        let mut stored = Vec::new();
        for mut row in self.store.exec("SELECT dest, attempts, next_at FROM lane", &[])? {
            stored.push((row.text(0)?, row.int(1)?, row.int(2)?));
        }
        let mut memory = self.memory.borrow_mut();
        memory.last_seq = memory.last_seq.max(facts.maybe_int(0)?.unwrap_or(0));
        memory.oldest = facts.maybe_int(1)?;
        memory.oldest_day = facts.maybe_int(2)?;
        memory.registered = facts.int(3)? > 0;
        // a lane that only the lost transaction knew must be written again when it is used
        memory.lanes.0.retain(|dest, _| stored.iter().any(|(known, _, _)| known == dest));
        for (dest, attempts, next_at) in stored {
            memory.lanes.load(dest, attempts, next_at);
        }
        Ok(())
    }

    /// Forgets what is in flight and what waits: all rows are read again.
    fn forget(&self) -> Result<()> {
        self.memory.borrow_mut().lanes.0.clear();
        self.reload()
    }

    /// Has the object registered with the Registry? It must, before its first 202.
    pub fn is_registered(&self) -> bool {
        self.memory.borrow().registered
    }

    /// Remembers that the Registry has acknowledged the object.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn mark_registered(&self) -> Result<()> {
        self.store.exec("INSERT OR REPLACE INTO object_fact (name, value) VALUES ('registered', '1')", &[])?;
        self.memory.borrow_mut().registered = true;
        Ok(())
    }

    /// The object says good-bye to the Registry: it has nothing to wake for. It registers before its next message.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn mark_unregistered(&self) -> Result<()> {
        self.store.exec("DELETE FROM object_fact WHERE name = 'registered'", &[])?;
        self.memory.borrow_mut().registered = false;
        Ok(())
    }

    /// Whose messages these are.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }
}

const fn day_of(now_ms: i64) -> i64 {
    now_ms.div_euclid(DAY_MS)
}
