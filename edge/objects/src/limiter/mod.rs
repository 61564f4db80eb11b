//! Limiter: exact token buckets by name, and leases of them to isolates (`attune_identity::limits` does the arithmetic).
//!
//! **Never above.** A bucket in memory is the truth while the object lives. The table holds what is left of it if the object
//! dies: always less or as much, because a row is written *ahead*, for tokens that will be taken next. So losing the memory
//! gives nobody a token, and costs a bucket at most the part that was written ahead: 5 % of its burst.
//!
//! **Few writes.** A bucket is written again when the row would give more than the memory does, and with each lease, which
//! stands for many requests. Buckets of fewer than 20 tokens are written each time: sign-ins, not traffic.
//!
//! **All or nothing.** A request is judged by several buckets of one object at once: if one refuses, none has given anything.

mod schema;

pub use schema::SCHEMA;

use crate::schema::migrate;
use crate::store::transact;
use crate::{Error, Result, Row, SharedStore};
use attune_identity::limits::{Answer, Ask, Bucket, Denied, Lease, Rate, Shared};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::HashMap;

/// Most buckets in memory; beyond, all are forgotten, which costs each what was written ahead.
pub const MAX_BUCKETS: usize = 20_000;
/// Most buckets asked for at a time.
pub const MAX_QUESTIONS: usize = 16;
/// Longest name, bytes.
pub const MAX_NAME: usize = 200;
/// Idle buckets are swept at this interval, ms, a thousand at a time.
pub const SWEEP_MS: i64 = 60_000;
const SWEEP_STEP: i64 = 1_000;
/// Beyond the time in which a bucket fills, all leases of it are over.
const LEASES_OVER_MS: i64 = 2_000;

/// What is asked of one bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Name of the bucket, such as `user:usr_…:voice`.
    pub name: String,
    /// Its rate, from the table of limits as the asker has it.
    pub rate: Rate,
    /// What is needed, and what would be liked for the next requests.
    pub ask: Ask,
}

/// The answers, in the order of the questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Were all granted? If not, nothing was taken and nothing lent.
    pub allowed: bool,
    /// What each bucket says.
    pub answers: Vec<Answer>,
}

/// A bucket in memory.
#[derive(Debug, Clone)]
struct Kept {
    shared: Shared,
    /// What the row says; `None`: there is no row, which says that the bucket is full.
    stored: Option<Shared>,
}

impl Kept {
    /// Would the bucket gain if the row were read in its place? Whole tokens are compared, and a tie counts as a gain.
    fn row_gives_more(&mut self, rate: &Rate, now_ms: i64) -> bool {
        let Some(stored) = &mut self.stored else { return true };
        left(stored, rate, now_ms) >= left(&mut self.shared, rate, now_ms)
    }
}

/// Whole tokens in a bucket.
fn left(shared: &mut Shared, rate: &Rate, now_ms: i64) -> u32 {
    match shared.ask(rate, Ask { need: 0, want: 0 }, now_ms) {
        Answer::Granted(Lease { remaining, .. }) | Answer::Denied(Denied { remaining, .. }) => remaining.tokens,
    }
}

/// The object.
pub struct Limiter {
    store: SharedStore,
    memory: RefCell<HashMap<String, Kept>>,
}

impl std::fmt::Debug for Limiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Limiter")
    }
}

impl Limiter {
    /// Opens the object.
    ///
    /// # Errors
    /// [`Error::Newer`], [`Error::Store`].
    pub fn open(store: SharedStore) -> Result<Self> {
        migrate(&*store, &[SCHEMA])?;
        Ok(Self { store, memory: RefCell::default() })
    }

    /// Judges one request by all its buckets in this object. Arm the alarm for [`Limiter::next_alarm`] afterwards.
    ///
    /// # Errors
    /// [`Error::Stored`] for a rate, a name or a number of questions that the Worker never sends; [`Error::Store`]. Nothing was
    /// taken then.
    pub fn ask(&self, questions: &[Question], now_ms: i64) -> Result<Verdict> {
        let good = |q: &Question| q.rate.is_valid() && (1..=MAX_NAME).contains(&q.name.len());
        let twice = |(index, q): (usize, &Question)| questions.iter().take(index).any(|other| other.name == q.name);
        let many = questions.len() > MAX_QUESTIONS;
        if many || !questions.iter().all(good) || questions.iter().enumerate().any(twice) {
            return Err(Error::Stored("question to a limiter"));
        }
        let mut asked = Vec::with_capacity(questions.len());
        let mut answers = Vec::with_capacity(questions.len());
        for question in questions {
            let mut kept = self.kept(question, now_ms)?;
            answers.push(kept.shared.ask(&question.rate, question.ask, now_ms));
            asked.push(kept);
        }
        let allowed = answers.iter().all(|answer| matches!(answer, Answer::Granted(_)));
        if !allowed {
            // the others have given nothing after all, so there is no lease to spend
            let void = |answer| match answer {
                Answer::Granted(lease) => Answer::Granted(Lease { tokens: 0, ttl_ms: 0, ..lease }),
                Answer::Denied(denied) => Answer::Denied(denied),
            };
            return Ok(Verdict { allowed, answers: answers.into_iter().map(void).collect() });
        }
        let mut behind = Vec::new();
        for (index, ((question, kept), answer)) in questions.iter().zip(&mut asked).zip(&answers).enumerate() {
            // a lease goes into the row, so that after a crash it still has its place
            let lent = matches!(answer, Answer::Granted(lease) if lease.tokens > 0);
            if lent || (question.ask.need > 0 && kept.row_gives_more(&question.rate, now_ms)) {
                behind.push(index);
            }
        }
        let mut write = || {
            for &index in &behind {
                if let (Some(question), Some(kept)) = (questions.get(index), asked.get_mut(index)) {
                    kept.stored = Some(self.write_ahead(question, &kept.shared, now_ms)?);
                }
            }
            Ok(())
        };
        // one statement is a transaction by itself
        if behind.len() < 2 {
            write()?
        } else {
            transact(&*self.store, write)?
        };
        let mut memory = self.memory.borrow_mut();
        if memory.len() + asked.len() > MAX_BUCKETS {
            memory.clear();
        }
        for (question, kept) in questions.iter().zip(asked) {
            memory.insert(question.name.clone(), kept);
        }
        Ok(Verdict { allowed, answers })
    }

    /// A bucket from memory, from its row, or new and full.
    fn kept(&self, question: &Question, now_ms: i64) -> Result<Kept> {
        if let Some(kept) = self.memory.borrow().get(&question.name) {
            return Ok(kept.clone());
        }
        let sql = "SELECT state FROM bucket WHERE name = ?1";
        let found = self.store.exec(sql, &[(&question.name).into()])?.first();
        Ok(match found {
            Some(mut row) => {
                // a row that nobody can read is an empty bucket: it never gives more
                let shared = read(&mut row).unwrap_or_else(|_| Shared::new(Bucket::empty(now_ms)));
                Kept { stored: Some(shared.clone()), shared }
            }
            None => Kept { shared: Shared::new(Bucket::full(&question.rate, now_ms)), stored: None },
        })
    }

    /// Writes what will be left when a part more was taken. Gives what was written.
    fn write_ahead(&self, question: &Question, shared: &Shared, now_ms: i64) -> Result<Shared> {
        let rate = &question.rate;
        let mut later = shared.clone();
        let ahead = (rate.burst / 20).min(left(&mut later, rate, now_ms));
        later.ask(rate, Ask { need: ahead, want: 0 }, now_ms);
        let state = serde_json::to_string(&later).map_err(|_| Error::Stored("bucket"))?;
        let fills = i64::try_from(rate.window_s()).unwrap_or(i64::MAX >> 20).min(1 << 32) * 1_000;
        self.store.exec(
            "INSERT INTO bucket (name, state, idle_at) VALUES (?1, ?2, ?3) \
             ON CONFLICT (name) DO UPDATE SET state = ?2, idle_at = ?3",
            &[(&question.name).into(), (&state).into(), (now_ms + fills + LEASES_OVER_MS).into()],
        )?;
        Ok(later)
    }

    /// To be called by the alarm: forgets buckets that are as good as new, a bounded number.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn on_alarm(&self, now_ms: i64) -> Result<()> {
        let rows = self.store.exec(
            "DELETE FROM bucket WHERE name IN (SELECT name FROM bucket WHERE idle_at <= ?1 ORDER BY idle_at LIMIT ?2) \
             RETURNING name",
            &[now_ms.into(), SWEEP_STEP.into()],
        )?;
        let mut memory = self.memory.borrow_mut();
        for mut row in rows {
            memory.remove(&row.text(0)?);
        }
        Ok(())
    }

    /// When the object has to wake next; `None`: there is nothing to forget.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn next_alarm(&self, now_ms: i64) -> Result<Option<i64>> {
        let first = self.store.exec("SELECT idle_at FROM bucket ORDER BY idle_at LIMIT 1", &[])?.first();
        let first = first.map(|row| row.int(0)).transpose()?;
        Ok(first.map(|at| at.max(now_ms + SWEEP_MS)))
    }
}

fn read(row: &mut Row) -> Result<Shared> {
    serde_json::from_str(&row.text(0)?).map_err(|_| Error::Stored("bucket"))
}
