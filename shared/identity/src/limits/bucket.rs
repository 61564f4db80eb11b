//! A token bucket in integers.

use serde::{Deserialize, Serialize};

/// Billionths of a token. The level of the fullest bucket, 10^15, is exact in a double as well (JSON, SQLite by way of JavaScript).
const NANO: u64 = 1_000_000_000;
/// The slowest rate: at 50 billionths per millisecond the part that is cut off is below 2 %.
const SLOWEST: u64 = 50;
const LARGEST: u32 = 1_000_000;

/// `tokens` in every `seconds`, and `burst` at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Tokens of a full bucket.
    pub burst: u32,
    /// Tokens that come back in `seconds`.
    pub tokens: u32,
    /// The time in which they do.
    pub seconds: u32,
}

impl Rate {
    /// Whether the arithmetic can do this rate.
    pub fn is_valid(&self) -> bool {
        (1..=LARGEST).contains(&self.burst)
            && (1..=LARGEST).contains(&self.tokens)
            && self.seconds >= 1
            && self.nano_per_ms() >= SLOWEST
    }

    /// What comes back in a millisecond, rounded down.
    pub(super) const fn nano_per_ms(&self) -> u64 {
        let seconds = if self.seconds == 0 { 1 } else { self.seconds };
        self.tokens as u64 * (NANO / 1000) / seconds as u64
    }

    /// Milliseconds until `nano` have come back, rounded up.
    pub(super) const fn ms_for(&self, nano: u64) -> u64 {
        let each = self.nano_per_ms();
        nano.div_ceil(if each == 0 { 1 } else { each })
    }

    /// The time in which an empty bucket fills, in whole seconds, rounded up: the window of the policy.
    pub fn window_s(&self) -> u64 {
        (u64::from(self.burst) * u64::from(self.seconds)).div_ceil(u64::from(self.tokens.max(1))).max(1)
    }
}

pub(super) const fn nano(tokens: u32) -> u64 {
    tokens as u64 * NANO
}

/// What is left in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remaining {
    /// Whole tokens.
    pub tokens: u32,
    /// Milliseconds until there is one more; 0: the bucket is full.
    pub next_ms: u64,
}

/// Nothing was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denied {
    /// Milliseconds after which it may work; `None`: it costs more than the bucket ever holds.
    pub wait_ms: Option<u64>,
    /// What is left.
    pub remaining: Remaining,
}

/// A token bucket. The rate is an argument of each call, so that a new table holds for stored buckets at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    level: u64,
    at: i64,
}

impl Bucket {
    /// A full bucket: for somebody who was never seen.
    pub fn full(rate: &Rate, now_ms: i64) -> Self {
        Self { level: nano(rate.burst), at: now_ms }
    }

    /// An empty bucket: for somebody whose bucket was lost, so that losing it never gives more.
    pub fn empty(now_ms: i64) -> Self {
        Self { level: 0, at: now_ms }
    }

    /// Takes `cost` tokens, or none.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn take(&mut self, rate: &Rate, cost: u32, now_ms: i64) -> Result<Remaining, Denied> {
        self.take_below(rate, cost, rate.burst, now_ms)
    }

    /// What is left now.
    pub fn remaining(&mut self, rate: &Rate, now_ms: i64) -> Remaining {
        self.refill(rate, rate.burst, now_ms);
        self.state(rate, rate.burst)
    }

    /// As [`Bucket::take`], in a bucket that holds no more than `cap`.
    pub(super) fn take_below(&mut self, rate: &Rate, cost: u32, cap: u32, now_ms: i64) -> Result<Remaining, Denied> {
        self.refill(rate, cap, now_ms);
        match self.level.checked_sub(nano(cost)) {
            Some(rest) => {
                self.level = rest;
                Ok(self.state(rate, cap))
            }
            None => {
                let wait_ms = (cost <= rate.burst).then(|| rate.ms_for(nano(cost) - self.level));
                Err(Denied { wait_ms, remaining: self.state(rate, cap) })
            }
        }
    }

    /// Whether the bucket is as good as new, and need not be kept.
    pub fn is_full(&mut self, rate: &Rate, now_ms: i64) -> bool {
        self.refill(rate, rate.burst, now_ms);
        self.level == nano(rate.burst)
    }

    /// Brings the bucket to the present, where it holds no more than `cap`.
    pub(super) fn refill(&mut self, rate: &Rate, cap: u32, now_ms: i64) {
        // a clock that goes back gives nothing, and what it gave before is not given again
        let elapsed = u64::try_from(now_ms.saturating_sub(self.at)).unwrap_or(0);
        let gain = elapsed.saturating_mul(rate.nano_per_ms());
        self.level = self.level.saturating_add(gain).min(nano(cap));
        self.at = self.at.max(now_ms);
    }

    fn state(&self, rate: &Rate, cap: u32) -> Remaining {
        let tokens = u32::try_from(self.level / NANO).unwrap_or(u32::MAX);
        let next_ms = if self.level >= nano(cap) { 0 } else { rate.ms_for(NANO - self.level % NANO) };
        Remaining { tokens, next_ms }
    }
}
