//! Registry: which objects of the cell own an outbox, so that the sweeper can wake those whose alarm was lost, and `/readyz`
//! can tell how the hand-off is doing. An object registers before its first 202 and remembers that it did.
//!
//! The names lie in sixteen objects by hash ([`crate::names::registry_of`]). One row is written per visit. An object that has
//! nothing to wake for any more (a room that has ended, the session of somebody who is gone) says so to its visitor and is
//! forgotten; should it be used again, it registers again.

use crate::outbox::Stats;
use crate::schema::{Schema, migrate};
use crate::{Result, SharedStore};
use serde::{Deserialize, Serialize};

/// Every object is visited this often, ms.
pub const VISIT_MS: i64 = 10 * 60_000;
/// A visit that was handed out and not reported is handed out again after this, ms.
const LOST_VISIT_MS: i64 = 60_000;

/// Steps of the tables. `visit_at`: not to be visited before.
pub const SCHEMA: Schema = Schema {
    class: "registry",
    steps: &["
CREATE TABLE object (name TEXT PRIMARY KEY, registered_at INTEGER NOT NULL, visit_at INTEGER NOT NULL, visited_at INTEGER,
  depth INTEGER NOT NULL DEFAULT 0, oldest_at INTEGER, rejected INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
"],
};

/// Objects that are to be visited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// Says which handing out this is.
    pub ticket: i64,
    /// Their names.
    pub names: Vec<String>,
}

/// What a visited object reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visited {
    /// Name of the object.
    pub name: String,
    /// Its outbox after the visit.
    pub stats: Stats,
    /// The ticket of the visit, when the object has nothing to wake for and does not count itself as registered any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<i64>,
}

/// Sums over the objects of one registry shard, as of their last visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Aggregate {
    /// Registered objects.
    pub objects: u64,
    /// Messages that wait.
    pub depth: u64,
    /// When the oldest of them was accepted, ms since 1970.
    pub oldest_at: Option<i64>,
    /// Messages put aside.
    pub rejected: u64,
    /// Objects that should have been visited by now and were not (more than twice the interval ago).
    pub overdue: u64,
}

impl Aggregate {
    /// The sum with another shard.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            objects: self.objects + other.objects,
            depth: self.depth + other.depth,
            oldest_at: [self.oldest_at, other.oldest_at].into_iter().flatten().min(),
            rejected: self.rejected + other.rejected,
            overdue: self.overdue + other.overdue,
        }
    }
}

/// One shard of the registry.
pub struct Registry {
    store: SharedStore,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Registry")
    }
}

impl Registry {
    /// Opens a shard.
    ///
    /// # Errors
    /// [`crate::Error::Newer`], [`crate::Error::Store`].
    pub fn open(store: SharedStore) -> Result<Self> {
        migrate(&*store, &[SCHEMA])?;
        Ok(Self { store })
    }

    /// Lists an object; again is harmless. Whoever is visited right now is not forgotten by that visit.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn register(&self, name: &str, now_ms: i64) -> Result<()> {
        self.store.exec(
            "INSERT INTO object (name, registered_at, visit_at) VALUES (?1, ?2, ?3) \
             ON CONFLICT (name) DO UPDATE SET registered_at = ?2, visit_at = ?3",
            &[name.into(), now_ms.into(), (now_ms + VISIT_MS).into()],
        )?;
        Ok(())
    }

    /// Up to `limit` objects that are due, those first that wait for longest. They are not handed out again for a minute.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn due(&self, limit: u32, now_ms: i64) -> Result<Due> {
        let ticket = now_ms + LOST_VISIT_MS;
        let rows = self.store.exec(
            "UPDATE object SET visit_at = ?2 WHERE name IN \
             (SELECT name FROM object WHERE visit_at <= ?1 ORDER BY visit_at, name LIMIT ?3) RETURNING name",
            &[now_ms.into(), ticket.into(), i64::from(limit).into()],
        )?;
        let names = rows.into_iter().map(|mut row| row.text(0)).collect::<Result<_>>()?;
        Ok(Due { ticket, names })
    }

    /// Takes what a visited object reported; its next visit is ten minutes away. What is over is forgotten, unless it has
    /// registered anew, or was handed out again, since.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn visited(&self, report: &Visited, now_ms: i64) -> Result<()> {
        if let Some(ticket) = report.over {
            let sql = "DELETE FROM object WHERE name = ?1 AND visit_at = ?2";
            return self.store.exec(sql, &[(&report.name).into(), ticket.into()]).map(drop);
        }
        let s = &report.stats;
        self.store.exec(
            "UPDATE object SET visited_at = ?2, visit_at = ?3, depth = ?4, oldest_at = ?5, rejected = ?6, bytes = ?7 \
             WHERE name = ?1",
            &[
                (&report.name).into(),
                now_ms.into(),
                (now_ms + VISIT_MS).into(),
                s.depth.into(),
                s.oldest_at.into(),
                s.rejected.into(),
                s.bytes.into(),
            ],
        )?;
        Ok(())
    }

    /// Sums of the last reports.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn aggregate(&self, now_ms: i64) -> Result<Aggregate> {
        let sums = "SELECT count(*), coalesce(sum(depth), 0), min(oldest_at), coalesce(sum(rejected), 0), \
                    coalesce(sum(coalesce(visited_at, registered_at) < ?1), 0) FROM object";
        let row = self.store.exec(sums, &[(now_ms - 2 * VISIT_MS).into()])?.first();
        let Some(row) = row else { return Ok(Aggregate::default()) };
        Ok(Aggregate {
            objects: row.uint(0)?,
            depth: row.uint(1)?,
            oldest_at: row.maybe_int(2)?,
            rejected: row.uint(3)?,
            overdue: row.uint(4)?,
        })
    }

    /// Names of the tenant's objects with their last reports, for the tenant's own view.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn of_tenant(&self, tenant: &str) -> Result<Vec<Visited>> {
        let rows = self.store.exec(
            "SELECT name, depth, oldest_at, rejected, bytes FROM object WHERE name LIKE '%/' || ?1 || '/%' ORDER BY name",
            &[tenant.into()],
        )?;
        rows.into_iter()
            .map(|mut row| {
                let stats = Stats {
                    depth: row.uint(1)?,
                    oldest_at: row.maybe_int(2)?,
                    rejected: row.uint(3)?,
                    bytes: row.uint(4)?,
                };
                Ok(Visited { name: row.text(0)?, stats, over: None })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::SqliteStore;
    use std::rc::Rc;

    fn registry() -> Registry {
        Registry::open(Rc::new(SqliteStore::memory().unwrap())).unwrap()
    }

    #[test]
    fn every_object_is_visited_once_per_interval_a_bounded_number_at_a_time() {
        let registry = registry();
        for index in 0..25 {
            registry.register(&format!("eu1/outbox/t/{index:02}"), index).unwrap();
        }
        registry.register("eu1/outbox/t/00", 99).unwrap();
        assert!(registry.due(10, VISIT_MS - 1).unwrap().names.is_empty());
        let mut now = VISIT_MS + 100;
        let mut seen = Vec::new();
        loop {
            let due = registry.due(10, now).unwrap().names;
            assert!(due.len() <= 10);
            if due.is_empty() {
                break;
            }
            for name in due {
                registry.visited(&report(&name, None), now).unwrap();
                seen.push(name);
            }
            now += 1;
        }
        assert_eq!(seen.len(), 25);
        assert_eq!(registry.due(100, VISIT_MS + 100 + VISIT_MS).unwrap().names.len(), 10, "those of the first round");
    }

    #[test]
    fn a_visit_that_was_not_reported_is_repeated() {
        let registry = registry();
        registry.register("a", 0).unwrap();
        assert_eq!(registry.due(5, VISIT_MS).unwrap().names, ["a"]);
        assert!(registry.due(5, VISIT_MS + 1).unwrap().names.is_empty());
        assert_eq!(registry.due(5, VISIT_MS + LOST_VISIT_MS).unwrap().names, ["a"]);
    }

    #[test]
    fn what_is_over_is_forgotten_unless_it_lives_again() {
        let registry = registry();
        let listed = || registry.of_tenant("%").unwrap().len();
        for name in ["eu1/room/t/a", "eu1/room/t/b", "eu1/room/t/c"] {
            registry.register(name, 0).unwrap();
        }
        let due = registry.due(5, VISIT_MS).unwrap();
        assert_eq!(due.names.len(), 3);
        registry.visited(&report("eu1/room/t/a", Some(due.ticket)), VISIT_MS + 1).unwrap();
        assert_eq!(listed(), 2);
        // used again between its answer and the report
        registry.register("eu1/room/t/b", VISIT_MS).unwrap();
        registry.visited(&report("eu1/room/t/b", Some(due.ticket)), VISIT_MS + 1).unwrap();
        // a report that was lost on the way, and comes when the next visit is out already
        let later = registry.due(5, VISIT_MS + LOST_VISIT_MS).unwrap();
        assert_eq!(later.names, ["eu1/room/t/c"]);
        registry.visited(&report("eu1/room/t/c", Some(due.ticket)), VISIT_MS + LOST_VISIT_MS).unwrap();
        assert_eq!(listed(), 2, "neither is lost");
        registry.visited(&report("eu1/room/t/c", Some(later.ticket)), VISIT_MS + LOST_VISIT_MS).unwrap();
        assert_eq!(listed(), 1);
        let again = registry.due(5, VISIT_MS + VISIT_MS).unwrap();
        assert_eq!(again.names, ["eu1/room/t/b"], "and is visited as before");
    }

    /// Rooms come and go for a month, each used for a while: the registry holds those of the last minutes, never one that is used
    /// and not listed.
    #[test]
    fn the_registry_does_not_grow_with_what_is_over() {
        let registry = registry();
        let mut live: Vec<(String, i64)> = Vec::new();
        let mut most = 0;
        for minute in 0..(30 * 24 * 60) {
            let now = i64::from(minute) * 60_000;
            if minute % 5 == 0 {
                let name = format!("eu1/room/t/{minute}");
                registry.register(&name, now).unwrap();
                live.push((name, now + 30 * 60_000));
            }
            live.retain(|(_, until)| *until > now);
            let due = registry.due(24, now).unwrap();
            for name in &due.names {
                let over = (!live.iter().any(|(known, _)| known == name)).then_some(due.ticket);
                registry.visited(&report(name, over), now).unwrap();
            }
            let count = registry.aggregate(now).unwrap().objects;
            assert!(count >= live.len() as u64, "all that is used is listed");
            most = most.max(count);
        }
        assert!(most <= 10, "{most} objects are listed for at most 7 that are used");
    }

    fn report(name: &str, over: Option<i64>) -> Visited {
        Visited { name: name.to_owned(), stats: Stats::default(), over }
    }

    #[test]
    fn the_aggregate_sums_the_last_reports() {
        let registry = registry();
        for (name, depth, oldest_at) in [("eu1/outbox/t/1", 3, Some(50)), ("eu1/outbox/u/1", 4, Some(20))] {
            registry.register(name, 0).unwrap();
            let stats = Stats { depth, oldest_at, rejected: 1, bytes: 9 };
            registry.visited(&Visited { stats, ..report(name, None) }, 100).unwrap();
        }
        let sum = registry.aggregate(100 + 2 * VISIT_MS).unwrap();
        assert_eq!(sum, Aggregate { objects: 2, depth: 7, oldest_at: Some(20), rejected: 2, overdue: 0 });
        assert_eq!(registry.aggregate(101 + 2 * VISIT_MS).unwrap().overdue, 2);
        assert_eq!(sum.plus(Aggregate { oldest_at: Some(5), ..sum }).oldest_at, Some(5));
        assert_eq!(registry.of_tenant("t").unwrap().len(), 1);
    }
}
