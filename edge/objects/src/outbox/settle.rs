//! Settling: what came of a batch.

use super::{Batch, Entry, Outbox, backoff_ms};
use crate::Result;
use attune_aws::sqs::EntryOutcome;
use attune_aws::{Failure, FailureClass};

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchResult {
    /// One outcome per entry, in their order. Missing ones count as [`EntryOutcome::Unknown`].
    Entries(Vec<EntryOutcome>),
    /// The call failed or nobody knows: all entries again, after the lane has waited (at least the given seconds).
    Failed {
        /// `Retry-After`, if there was one.
        retry_after_s: Option<u64>,
    },
    /// The receiver refuses the call for its content. A single entry is rejected; several are sent again one by one.
    Refused {
        /// Its code.
        code: String,
    },
}

impl From<core::result::Result<Vec<EntryOutcome>, Failure>> for BatchResult {
    fn from(answer: core::result::Result<Vec<EntryOutcome>, Failure>) -> Self {
        match answer {
            Ok(outcomes) => Self::Entries(outcomes),
            Err(failure) if failure.class == FailureClass::Rejected => Self::Refused { code: failure.code },
            Err(failure) => Self::Failed { retry_after_s: failure.retry_after_s },
        }
    }
}

/// Counts of a settled batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settled {
    /// Acknowledged and gone.
    pub delivered: u32,
    /// To be sent again.
    pub retried: u32,
    /// Put aside.
    pub rejected: u32,
}

impl Outbox {
    /// Takes the result of a batch. Entries of an earlier instance of the object are ignored: this one sends them again.
    ///
    /// # Errors
    /// [`crate::Error::Store`]; the rows are then sent again after a minute.
    pub fn settle(&self, batch: &Batch, result: &BatchResult, random: u64, now_ms: i64) -> Result<Settled> {
        let own = |entry: &&Entry| {
            let memory = self.memory.borrow();
            memory.lanes.0.get(&batch.dest).and_then(|l| l.flights.get(&entry.seq)).is_some_and(|f| f.id == entry.id)
        };
        let mut settled = Settled::default();
        match result {
            BatchResult::Failed { retry_after_s } => {
                let entries: Vec<&Entry> = batch.entries.iter().filter(own).collect();
                settled.retried = count(entries.len());
                self.pause(&batch.dest, *retry_after_s, random, now_ms)?;
                self.put_back(&batch.dest, entries.iter().map(|e| (e.seq, now_ms)), false);
            }
            BatchResult::Refused { code } => {
                let entries: Vec<&Entry> = batch.entries.iter().filter(own).collect();
                if let ([_], [entry]) = (batch.entries.as_slice(), entries.as_slice()) {
                    self.reject(&batch.dest, entry, code, "the receiver refuses it", now_ms)?;
                    settled.rejected = 1;
                } else {
                    settled.retried = count(entries.len());
                    self.put_back(&batch.dest, entries.iter().map(|e| (e.seq, now_ms)), true);
                }
            }
            BatchResult::Entries(outcomes) => {
                let outcome = |index: usize| outcomes.get(index).unwrap_or(&EntryOutcome::Unknown);
                let entries: Vec<(&Entry, &EntryOutcome)> = batch
                    .entries
                    .iter()
                    .enumerate()
                    .filter(|(_, e)| own(e))
                    .map(|(index, e)| (e, outcome(index)))
                    .collect();
                settled = self.settle_entries(&batch.dest, &entries, random, now_ms)?;
            }
        }
        Ok(settled)
    }

    fn settle_entries(
        &self,
        dest: &str,
        entries: &[(&Entry, &EntryOutcome)],
        random: u64,
        now_ms: i64,
    ) -> Result<Settled> {
        let mut settled = Settled::default();
        let mut sent = Vec::new();
        let mut throttled = false;
        for (entry, outcome) in entries {
            match outcome {
                EntryOutcome::Sent { .. } => sent.push(entry.seq),
                EntryOutcome::Rejected { code, message } => {
                    self.reject(dest, entry, code, message, now_ms)?;
                    settled.rejected += 1;
                }
                EntryOutcome::Throttled { .. } => {
                    throttled = true;
                    self.put_back(dest, [(entry.seq, now_ms)].into_iter(), false);
                    settled.retried += 1;
                }
                EntryOutcome::Retry { .. } | EntryOutcome::Unknown => {
                    let next_at = now_ms + backoff_ms(entry.attempts + 1, random.rotate_left(count(sent.len())));
                    self.store.exec(
                        "UPDATE outbox SET attempts = attempts + 1, next_at = ?2 WHERE seq = ?1",
                        &[entry.seq.into(), next_at.into()],
                    )?;
                    self.put_back(dest, [(entry.seq, next_at)].into_iter(), false);
                    settled.retried += 1;
                }
            }
        }
        if !sent.is_empty() {
            settled.delivered = count(sent.len());
            self.leave(dest, &sent);
        }
        if throttled {
            self.pause(dest, None, random, now_ms)?;
        } else if settled.delivered > 0 {
            self.resume(dest)?;
        }
        Ok(settled)
    }

    /// Puts off a whole lane. One row, however many messages wait; and none when it is put off already.
    fn pause(&self, dest: &str, retry_after_s: Option<u64>, random: u64, now_ms: i64) -> Result<()> {
        let asked = retry_after_s.and_then(|s| i64::try_from(s.min(300)).ok()).unwrap_or(0) * 1_000;
        let (attempts, next_at) = {
            let memory = self.memory.borrow();
            let Some(lane) = memory.lanes.0.get(dest) else { return Ok(()) };
            if lane.next_at > now_ms {
                return Ok(()); // several batches of one drain fail together and count once
            }
            (lane.attempts + 1, now_ms + backoff_ms(lane.attempts + 1, random).max(asked))
        };
        self.write_lane(dest, attempts, next_at)
    }

    fn resume(&self, dest: &str) -> Result<()> {
        let paused = self.memory.borrow().lanes.0.get(dest).is_some_and(|l| l.attempts > 0);
        if paused { self.write_lane(dest, 0, 0) } else { Ok(()) }
    }

    fn write_lane(&self, dest: &str, attempts: i64, next_at: i64) -> Result<()> {
        self.store.exec(
            "UPDATE lane SET attempts = ?2, next_at = ?3 WHERE dest = ?1",
            &[dest.into(), attempts.into(), next_at.into()],
        )?;
        self.memory.borrow_mut().lanes.load(dest.to_owned(), attempts, next_at);
        Ok(())
    }

    fn put_back(&self, dest: &str, rows: impl Iterator<Item = (i64, i64)>, alone: bool) {
        let mut memory = self.memory.borrow_mut();
        let Some(lane) = memory.lanes.0.get_mut(dest) else { return };
        for (seq, at) in rows {
            lane.flights.remove(&seq);
            lane.waiting.insert(seq, at);
            if alone {
                lane.alone.push(seq);
            }
        }
    }

    /// Rows that have arrived: nobody waits for them any more, and the next [`Outbox::flush`] takes them out of the table.
    fn leave(&self, dest: &str, rows: &[i64]) {
        let mut memory = self.memory.borrow_mut();
        memory.acknowledged.extend(rows);
        memory.lanes.drop_rows(dest, rows);
    }

    /// Takes acknowledged rows out of the table; true when there were any. In a commit that is made anyway they cost no sync of
    /// their own, so the accepts' commit does it, and a drain some time after its end. Until then a crash sends them once more,
    /// which consumers expect.
    ///
    /// # Errors
    /// [`crate::Error::Store`]; the rows are kept for the next time.
    pub fn flush(&self) -> Result<bool> {
        let rows = core::mem::take(&mut self.memory.borrow_mut().acknowledged);
        if rows.is_empty() {
            return Ok(false);
        }
        let list = format!("{:?}", rows.iter().collect::<Vec<_>>());
        let deleted =
            self.store.exec("DELETE FROM outbox WHERE seq IN (SELECT value FROM json_each(?1))", &[(&list).into()]);
        if let Err(e) = deleted {
            self.memory.borrow_mut().acknowledged.extend(rows);
            return Err(e);
        }
        self.find_oldest()?;
        Ok(true)
    }

    /// Forgets a row that has left the table.
    pub(super) fn gone(&self, dest: &str, seq: i64) -> Result<()> {
        self.memory.borrow_mut().lanes.drop_rows(dest, &[seq]);
        self.find_oldest()
    }

    fn find_oldest(&self) -> Result<()> {
        let first = self.store.exec("SELECT accepted_at FROM outbox ORDER BY seq LIMIT 1", &[])?.first();
        self.memory.borrow_mut().oldest = first.map(|row| row.int(0)).transpose()?;
        Ok(())
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
