//! Planning: which rows go into which batches.

use super::lane::Flight;
use super::spill::{Spill, spill};
use super::{FLIGHT_MS, Outbox};
use crate::{Result, Row, Value};
use attune_aws::sqs::{BatchEntry, MAX_BATCH_ENTRIES, Refusal, plan_batches};

/// Where messages go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// An SQS queue by its short name.
    Queue(String),
    /// The ControlRoom of a tenant, by the tenant's id. The body is a `GlobalLayerV1`.
    Room(String),
    /// Any object, by its name (`edge/objects/src/names.rs`). The body is a `NoticeV1`.
    Object(String),
    /// A bucket, by its short name. The message's id is the key, and the body is put there once.
    Bucket(String),
    /// A bucket, by its short name. The body is the key of what is to be taken away there.
    Erase(String),
}

impl Destination {
    /// Reads the stored form.
    pub fn parse(text: &str) -> Self {
        match text.split_once(':') {
            Some(("room", tenant)) => Self::Room(tenant.to_owned()),
            Some(("object", name)) => Self::Object(name.to_owned()),
            Some(("bucket", name)) => Self::Bucket(name.to_owned()),
            Some(("erase", name)) => Self::Erase(name.to_owned()),
            _ => Self::Queue(text.to_owned()),
        }
    }
}

/// One message on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name of the entry within its batch.
    pub entry_id: String,
    /// Message id.
    pub id: String,
    /// What to send. For a spilled message: the envelope with the pointer.
    pub body: String,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// Put this to S3 first, then send; if the PUT fails, the entry's outcome is `Unknown`.
    pub spill: Option<Spill>,
    pub(super) seq: i64,
    pub(super) attempts: i64,
}

/// A batch for one call. All entries have the same destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Where to.
    pub to: Destination,
    /// Group of all entries (`MessageGroupId`): the tenant.
    pub group: String,
    /// At most 10, together at most 1 MiB.
    pub entries: Vec<Entry>,
    pub(super) dest: String,
}

impl Batch {
    /// Names of the entries, in their order: for reading the answer.
    pub fn entry_ids(&self) -> Vec<&str> {
        self.entries.iter().map(|e| e.entry_id.as_str()).collect()
    }
}

/// Bounds of one plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most batches.
    pub batches: usize,
}

impl Default for Limits {
    /// Six batches: as many as an object may have outgoing connections at a time.
    fn default() -> Self {
        Self { batches: 6 }
    }
}

const COLUMNS: &str = "seq, id, attempts, next_at, traceparent, body";

impl Outbox {
    /// Hands out what may be sent now. The rows are then in flight until they are settled, for a minute at most. An empty
    /// plan means that nothing is due.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn plan(&self, limits: Limits, now_ms: i64) -> Result<Vec<Batch>> {
        let mut batches = Vec::new();
        let planned = self.plan_lanes(limits, now_ms, &mut batches);
        if planned.is_err() {
            self.forget()?;
        }
        planned.map(|()| batches)
    }

    fn plan_lanes(&self, limits: Limits, now_ms: i64, batches: &mut Vec<Batch>) -> Result<()> {
        let lanes: Vec<String> = self.memory.borrow().lanes.0.keys().cloned().collect();
        for dest in lanes {
            // each turn adds batches or moves rows out of the way
            while batches.len() < limits.batches && self.plan_lane(&dest, limits, now_ms, batches)? {}
        }
        Ok(())
    }

    /// Plans up to ten rows of one lane; true when there may be more.
    fn plan_lane(&self, dest: &str, limits: Limits, now_ms: i64, batches: &mut Vec<Batch>) -> Result<bool> {
        let Some(rows) = self.take(dest, now_ms)? else { return Ok(false) };
        let traces: Vec<Vec<(&str, &str)>> =
            rows.iter().map(|e| e.traceparent.iter().map(|t| ("traceparent", t.as_str())).collect()).collect();
        let entries: Vec<BatchEntry<'_>> = rows
            .iter()
            .zip(&traces)
            .map(|(e, attributes)| BatchEntry {
                id: &e.entry_id,
                body: &e.body,
                group_id: Some(&self.tenant),
                attributes,
            })
            .collect();
        let cut = plan_batches(&entries);
        let mut planned: Vec<Vec<usize>> = Vec::new();
        let alone = self.memory.borrow().lanes.0.get(dest).map(|l| l.alone.clone()).unwrap_or_default();
        for batch in cut.batches {
            let (single, together): (Vec<usize>, Vec<usize>) =
                batch.into_iter().partition(|i| rows.get(*i).is_some_and(|e| alone.contains(&e.seq)));
            planned.extend(single.into_iter().map(|i| vec![i]));
            planned.extend((!together.is_empty()).then_some(together));
        }
        let mut rows: Vec<Option<Entry>> = rows.into_iter().map(Some).collect();
        let mut taken = |index: usize| rows.get_mut(index).and_then(Option::take);
        let mut groups: Vec<Vec<Entry>> = Vec::new();
        for (index, why) in cut.refused {
            let Some(entry) = taken(index) else { continue };
            match (why, Destination::parse(dest)) {
                (Refusal::TooLarge, Destination::Queue(_)) => match spill(entry) {
                    Ok(entry) => groups.push(vec![entry]),
                    Err(entry) => self.reject(dest, &entry, "TooLarge", "the envelope cannot be read", now_ms)?,
                },
                // objects and buckets take what a queue does not
                (_, Destination::Room(_) | Destination::Object(_) | Destination::Bucket(_) | Destination::Erase(_)) => {
                    groups.push(vec![entry])
                }
                (why, _) => self.reject(dest, &entry, "Unsendable", &why.to_string(), now_ms)?,
            }
        }
        groups.extend(planned.into_iter().map(|batch| batch.into_iter().filter_map(&mut taken).collect()));
        let mut memory = self.memory.borrow_mut();
        let Some(lane) = memory.lanes.0.get_mut(dest) else { return Ok(false) };
        for entries in groups.into_iter().filter(|g: &Vec<Entry>| !g.is_empty()) {
            if batches.len() >= limits.batches {
                lane.waiting.extend(entries.iter().map(|e| (e.seq, now_ms)));
                continue;
            }
            for entry in &entries {
                lane.flights.insert(entry.seq, Flight { id: entry.id.clone(), until: now_ms + FLIGHT_MS });
            }
            let (to, group) = (Destination::parse(dest), self.tenant.clone());
            batches.push(Batch { to, group, entries, dest: dest.to_owned() });
        }
        Ok(true)
    }

    /// Takes up to ten rows of a lane that may be sent: first what waits, then what has not been seen.
    fn take(&self, dest: &str, now_ms: i64) -> Result<Option<Vec<Entry>>> {
        let (last_seq, cursor, due) = {
            let mut memory = self.memory.borrow_mut();
            let last_seq = memory.last_seq;
            let Some(lane) = memory.lanes.0.get_mut(dest) else { return Ok(None) };
            lane.recover(now_ms);
            if lane.next_at > now_ms {
                return Ok(None);
            }
            let due: Vec<i64> = lane
                .waiting
                .iter()
                .filter(|(_, at)| **at <= now_ms)
                .map(|(seq, _)| *seq)
                .take(MAX_BATCH_ENTRIES)
                .collect();
            (last_seq, lane.cursor, due)
        };
        let rows = if due.is_empty() {
            if cursor >= last_seq {
                return Ok(None);
            }
            let sql = format!("SELECT {COLUMNS} FROM outbox WHERE seq > ?1 AND dest = ?2 ORDER BY seq LIMIT ?3");
            self.store.exec(&sql, &[cursor.into(), dest.into(), Value::Int(10)])?
        } else {
            let list = format!("{due:?}");
            let sql =
                format!("SELECT {COLUMNS} FROM outbox WHERE seq IN (SELECT value FROM json_each(?1)) ORDER BY seq");
            self.store.exec(&sql, &[(&list).into()])?
        };
        let mut entries = Vec::new();
        let mut read = Vec::new();
        for mut row in rows {
            let next_at = row.int(3)?;
            let entry = entry(&mut row)?;
            read.push((entry.seq, next_at));
            if next_at <= now_ms || !due.is_empty() {
                entries.push(entry);
            }
        }
        let mut memory = self.memory.borrow_mut();
        let Some(lane) = memory.lanes.0.get_mut(dest) else { return Ok(None) };
        for seq in &due {
            lane.waiting.remove(seq);
        }
        if due.is_empty() {
            // rows that another instance has put off are waiting ones
            lane.waiting.extend(read.iter().copied().filter(|(_, at)| *at > now_ms));
            let full = read.len() == MAX_BATCH_ENTRIES;
            lane.cursor = read.last().filter(|_| full).map_or(last_seq, |(seq, _)| *seq);
        }
        Ok(Some(entries))
    }
}

fn entry(row: &mut Row) -> Result<Entry> {
    let seq = row.int(0)?;
    Ok(Entry {
        entry_id: format!("m{seq}"),
        id: row.text(1)?,
        attempts: row.int(2)?,
        traceparent: row.maybe_text(4)?,
        body: row.text(5)?,
        spill: None,
        seq,
    })
}
