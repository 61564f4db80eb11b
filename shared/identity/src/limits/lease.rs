//! The exact bucket of an object, and what it lends to isolates.
//!
//! A lent token may be spent until its lease ends, so it still takes its place in the bucket: what is in the bucket and what is
//! lent are together never more than `burst`. So whatever isolates do with their leases, the tokens spent in any time are
//! those of one bucket, or fewer; fewer by what ends unspent, and that is kept small by lending little when little is there.

use super::bucket::{Bucket, Denied, Rate, Remaining, nano};
use serde::{Deserialize, Serialize};

/// Longest lease.
const LONGEST_MS: u64 = 1_000;
/// Leases end on these steps, so that one number per step is remembered, and not every lease.
const STEP_MS: i64 = 100;
/// Longest time for which a refused isolate keeps away though a token may be there earlier.
const GATHER_MS: u64 = 250;

/// What an isolate asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Tokens that the request in hand costs: all or nothing.
    pub need: u32,
    /// Tokens that it would like to have for the next requests.
    pub want: u32,
}

/// What an isolate may spend besides what it needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Tokens.
    pub tokens: u32,
    /// How long, **counted by the isolate from the moment before it asked**: so clocks need not agree.
    pub ttl_ms: u64,
    /// What is left in the bucket.
    pub remaining: Remaining,
}

/// The answer to an [`Ask`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The need is met, and there may be more.
    Granted(Lease),
    /// Nothing.
    Denied(Denied),
}

/// Tokens lent until a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Hold {
    until: i64,
    tokens: u32,
}

/// The exact bucket. To be kept by the object; where it is lost, [`Shared::new`] with an empty bucket never gives more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    bucket: Bucket,
    held: Vec<Hold>,
}

impl Shared {
    /// With nothing lent.
    pub fn new(bucket: Bucket) -> Self {
        Self { bucket, held: Vec::new() }
    }

    /// Judges a request, and lends.
    pub fn ask(&mut self, rate: &Rate, ask: Ask, now_ms: i64) -> Answer {
        self.settle(rate, now_ms);
        let cap = self.cap(rate);
        let remaining = match self.bucket.take_below(rate, ask.need, cap, now_ms) {
            Ok(remaining) => remaining,
            Err(denied) => return Answer::Denied(self.later(rate, ask.need, cap, denied, now_ms)),
        };
        let ttl_ms = ttl(rate);
        // a twentieth of the burst at most, and a quarter of what is there: the last tokens go one by one
        let tokens = ask.want.min(rate.burst / 20).min(remaining.tokens / 4);
        if tokens == 0 || ttl_ms == 0 {
            return Answer::Granted(Lease { tokens: 0, ttl_ms: 0, remaining });
        }
        let remaining = self.bucket.take_below(rate, tokens, cap, now_ms).unwrap_or(remaining);
        self.hold(now_ms, ttl_ms, tokens);
        Answer::Granted(Lease { tokens, ttl_ms, remaining })
    }

    /// Tokens that are lent and not yet over.
    pub fn lent(&self) -> u32 {
        self.held.iter().fold(0, |sum, hold| sum.saturating_add(hold.tokens))
    }

    /// Whether everything is as new, and need not be kept.
    pub fn is_idle(&mut self, rate: &Rate, now_ms: i64) -> bool {
        self.settle(rate, now_ms);
        self.held.is_empty() && self.bucket.is_full(rate, now_ms)
    }

    /// What the bucket may hold beside what is lent.
    fn cap(&self, rate: &Rate) -> u32 {
        rate.burst.saturating_sub(self.lent())
    }

    /// Ends the leases whose time is over, one after the other: until its end each kept its place in the bucket, and what came
    /// back meanwhile found no more place than that.
    fn settle(&mut self, rate: &Rate, now_ms: i64) {
        self.held.sort_unstable_by_key(|hold| hold.until);
        while let Some(first) = self.held.first().filter(|hold| hold.until <= now_ms) {
            let until = first.until;
            self.bucket.refill(rate, self.cap(rate), until);
            self.held.remove(0);
        }
    }

    fn hold(&mut self, now_ms: i64, ttl_ms: u64, tokens: u32) {
        let end = now_ms.saturating_add(i64::try_from(ttl_ms).unwrap_or(i64::MAX));
        let until = end.div_euclid(STEP_MS).saturating_add(1).saturating_mul(STEP_MS);
        match self.held.iter_mut().find(|hold| hold.until == until) {
            Some(hold) => hold.tokens = hold.tokens.saturating_add(tokens),
            None => self.held.push(Hold { until, tokens }),
        }
    }

    /// When to come back: not before there is place in the bucket for what is needed, and, where tokens come fast, not for
    /// each of them.
    fn later(&self, rate: &Rate, need: u32, cap: u32, denied: Denied, now_ms: i64) -> Denied {
        let gather = rate.ms_for(nano(rate.burst / 10)).min(GATHER_MS);
        let place = if need > cap { self.held.iter().map(|hold| hold.until).min() } else { None };
        let place = place.map_or(0, |until| u64::try_from(until.saturating_sub(now_ms)).unwrap_or(0));
        Denied { wait_ms: denied.wait_ms.map(|wait| wait.max(gather).max(place)), remaining: denied.remaining }
    }
}

/// How long a lease lasts: a quarter of the time in which the bucket fills, so that what is lent never stands in the way of
/// what comes back.
fn ttl(rate: &Rate) -> u64 {
    let ttl = rate.ms_for(nano(rate.burst)) / 4;
    if ttl < STEP_MS.unsigned_abs() { 0 } else { ttl.min(LONGEST_MS) }
}
