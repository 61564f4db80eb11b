//! Accepting: message and idempotency record in one statement.

use super::{BACKSTOP_MS, DAY_MS, MAX_BYTES, MAX_OLDEST_MS, Outbox, RETRY_AFTER_S, day_of};
use crate::{Error, Result, Value};
use attune_contracts::{Problem, ProblemCode};

/// Longest stored body, bytes: a row of the platform's SQLite has at most 2 MB.
const MAX_STORED: usize = 1_900_000;

/// Accepts between two looks at the size of the database.
const SIZE_EVERY: u32 = 64;

/// A message to a destination.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// Short name of a queue, `room:<tenant>` for the ControlRoom of a tenant, `object:<name>` for any object, `bucket:<name>` for a
    /// bucket, where the message lies under its id, or `erase:<name>` for a bucket from which the object of that key goes.
    pub to: &'a str,
    /// Message id: the same for every repeat.
    pub id: &'a str,
    /// The whole envelope, JSON.
    pub body: &'a str,
    /// W3C trace context, sent as an attribute.
    pub traceparent: Option<&'a str>,
}

/// A message that must be accepted once.
#[derive(Debug, Clone, Copy)]
pub struct Accept<'a> {
    /// Natural key or route and `Idempotency-Key`; unique within the tenant.
    pub key: &'a str,
    /// Fingerprint of route and body, made at the door. 128 bits of it are kept.
    pub fingerprint: &'a str,
    /// What to answer repeats with; empty when the caller can derive it from the key (it then costs no space).
    pub answer: &'a str,
    /// The message.
    pub message: Message<'a>,
}

/// What became of an accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// For a repeat: the first answer. Nothing was written.
    pub repeat: Option<String>,
    /// When the alarm has to be armed at the latest, ms since 1970; a repeat needs none.
    pub alarm_at: Option<i64>,
}

impl Outbox {
    /// Accepts a message once per key. Durable as soon as the statement is: answer 202 then, and start a drain.
    ///
    /// # Errors
    /// `idempotency_mismatch` for a known key with another fingerprint; `overloaded` above 2 GB or 15 minutes of oldest
    /// age, except for repeats; `payload_too_large`; [`Error::Store`].
    pub fn accept(&self, accept: &Accept<'_>, now_ms: i64) -> Result<Accepted> {
        let fingerprint = short(accept.fingerprint);
        if let Err(full) = self.room_for(accept.message.body, now_ms) {
            let known = self.recall(accept.key, accept.fingerprint, now_ms)?;
            return known.map(|first| Accepted { repeat: Some(first), alarm_at: None }).ok_or(full);
        }
        self.know_lane(accept.message.to)?;
        let (seq, day) = (self.memory.borrow().last_seq + 1, day_of(now_ms));
        let message = &accept.message;
        let inserted = self.store.exec(
            "INSERT INTO outbox (seq, dest, id, accepted_at, day, key, fingerprint, answer, traceparent, body) \
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 WHERE NOT EXISTS \
             (SELECT 1 FROM idempotency WHERE day IN (?5 - 1, ?5, ?5 + 1) AND key = ?6) RETURNING seq",
            &[
                seq.into(),
                message.to.into(),
                message.id.into(),
                now_ms.into(),
                day.into(),
                accept.key.into(),
                fingerprint.into(),
                accept.answer.into(),
                message.traceparent.into(),
                message.body.into(),
            ],
        )?;
        if inserted.is_empty() {
            let first = self.recall(accept.key, accept.fingerprint, now_ms)?;
            return Ok(Accepted { repeat: Some(first.ok_or(Error::Stored("idempotency record"))?), alarm_at: None });
        }
        let mut memory = self.memory.borrow_mut();
        memory.oldest_day = Some(memory.oldest_day.map_or(day, |oldest| oldest.min(day)));
        memory.inserted(seq, now_ms);
        Ok(Accepted { repeat: None, alarm_at: Some(now_ms + BACKSTOP_MS) })
    }

    /// Adds a message that belongs to a change of state, inside the transaction of that change.
    ///
    /// # Errors
    /// `payload_too_large`, [`Error::Store`]. After an error that takes the transaction back: [`Outbox::reload`].
    pub fn post(&self, message: &Message<'_>, now_ms: i64) -> Result<()> {
        check_size(message.body)?;
        self.know_lane(message.to)?;
        let seq = self.memory.borrow().last_seq + 1;
        self.store.exec(
            "INSERT INTO outbox (seq, dest, id, accepted_at, traceparent, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            &[
                seq.into(),
                message.to.into(),
                message.id.into(),
                now_ms.into(),
                message.traceparent.into(),
                message.body.into(),
            ],
        )?;
        self.memory.borrow_mut().inserted(seq, now_ms);
        Ok(())
    }

    /// The first answer under a key, if it was used in the last 24 hours (up to 48).
    ///
    /// # Errors
    /// `idempotency_mismatch` when the fingerprint was another, [`Error::Store`].
    pub fn recall(&self, key: &str, fingerprint: &str, now_ms: i64) -> Result<Option<String>> {
        let found = self.store.exec(
            "SELECT fingerprint, answer FROM idempotency WHERE day IN (?1 - 1, ?1, ?1 + 1) AND key = ?2",
            &[day_of(now_ms).into(), key.into()],
        )?;
        let Some(mut row) = found.first() else { return Ok(None) };
        if row.text(0)? != short(fingerprint) {
            let detail = "the key was used for another request in the last 24 hours";
            return Err(Error::refused(ProblemCode::IdempotencyMismatch, detail));
        }
        row.text(1).map(Some)
    }

    /// Keeps the answer of a command that was carried out, inside the transaction of its change.
    ///
    /// # Errors
    /// [`Error::Store`], also when the key is known already.
    pub fn remember(&self, key: &str, fingerprint: &str, answer: &str, now_ms: i64) -> Result<()> {
        let day = day_of(now_ms);
        let params: [Value<'_>; 4] = [day.into(), key.into(), short(fingerprint).into(), answer.into()];
        self.store.exec("INSERT INTO idempotency (day, key, fingerprint, answer) VALUES (?1, ?2, ?3, ?4)", &params)?;
        let mut memory = self.memory.borrow_mut();
        memory.oldest_day = Some(memory.oldest_day.map_or(day, |oldest| oldest.min(day)));
        Ok(())
    }

    /// Is there room for one more message? Commands of the ControlRoom ask too, except for freeze and rollback, which
    /// always work.
    ///
    /// # Errors
    /// `overloaded`, `payload_too_large`.
    pub fn room_for(&self, body: &str, now_ms: i64) -> Result<()> {
        check_size(body)?;
        let late = self.memory.borrow().oldest.is_some_and(|oldest| now_ms - oldest > MAX_OLDEST_MS);
        if late || self.size() > MAX_BYTES {
            let why = if late { "the oldest waits for too long" } else { "too much is waiting" };
            let problem = Problem::new(ProblemCode::Overloaded, format!("the hand-off is full: {why}"));
            return Err(problem.retry_after(RETRY_AFTER_S).into());
        }
        Ok(())
    }

    /// Size of the database, asked once in [`SIZE_EVERY`] times: 64 messages of the largest size are 120 MB, far from the
    /// 8 GB between the limit and what the platform allows.
    fn size(&self) -> u64 {
        let mut memory = self.memory.borrow_mut();
        let (size, age) = match memory.size {
            Some((size, age)) if age < SIZE_EVERY => (size, age + 1),
            _ => (self.store.size_bytes(), 1),
        };
        memory.size = Some((size, age));
        size
    }

    fn know_lane(&self, dest: &str) -> Result<()> {
        if !self.memory.borrow().lanes.knows(dest) {
            self.store
                .exec("INSERT OR IGNORE INTO lane (dest, attempts, next_at) VALUES (?1, 0, 0)", &[dest.into()])?;
            self.memory.borrow_mut().lanes.load(dest.to_owned(), 0, 0);
        }
        Ok(())
    }

    /// Deletes expired idempotency records, a bounded number; true when there may be more.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn purge(&self, now_ms: i64) -> Result<bool> {
        let keep_from = day_of(now_ms) - 1;
        if self.memory.borrow().oldest_day.is_none_or(|oldest| oldest >= keep_from) {
            return Ok(false);
        }
        self.store.exec(
            "DELETE FROM idempotency WHERE (day, key) IN \
             (SELECT day, key FROM idempotency WHERE day < ?1 ORDER BY day, key LIMIT ?2)",
            &[keep_from.into(), super::PURGE_STEP.into()],
        )?;
        let left = self.store.exec("SELECT min(day) FROM idempotency", &[])?;
        let oldest = left.first().map(|row| row.maybe_int(0)).transpose()?.flatten();
        self.memory.borrow_mut().oldest_day = oldest;
        Ok(oldest.is_some_and(|oldest| oldest < keep_from))
    }

    /// When the next idempotency record expires, ms since 1970.
    pub(super) fn purge_at(&self) -> Option<i64> {
        self.memory.borrow().oldest_day.map(|day| (day + 2) * DAY_MS)
    }
}

impl super::Memory {
    fn inserted(&mut self, seq: i64, now_ms: i64) {
        self.last_seq = seq;
        self.oldest.get_or_insert(now_ms);
    }
}

fn check_size(body: &str) -> Result<()> {
    if body.len() > MAX_STORED {
        return Err(Error::refused(ProblemCode::PayloadTooLarge, "the message cannot be stored"));
    }
    Ok(())
}

/// The kept part of a fingerprint: 32 hex digits. The table holds two days of them.
fn short(fingerprint: &str) -> &str {
    fingerprint.get(..32).unwrap_or(fingerprint)
}
