//! The first tier, in an isolate: it spends what was lent, and remembers a refusal for as long as it holds.

use super::bucket::{Denied, Remaining};
use super::lease::{Answer, Ask};

/// Requests are counted over this time, ms.
const WINDOW_MS: i64 = 1_000;
/// An answer that takes longer is not waited for before more is asked.
const LATE_MS: i64 = 1_000;

/// What to do with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Paid from the lease.
    Allowed(Remaining),
    /// Refused, as the object did a moment ago.
    Denied(Denied),
    /// Ask the object, then hand its answer to [`Local::answered`].
    Ask(Ask),
}

/// What an isolate knows of one bucket.
#[derive(Debug, Clone)]
pub struct Local {
    left: u32,
    expires_at: i64,
    /// How long a lease of this bucket lasts, ms.
    ttl_ms: u64,
    /// The window that is counted: its beginning, what was asked in it, and in the one before.
    window: (i64, u32, u32),
    asked_at: Option<i64>,
    /// A need that was refused, until when, and with what.
    refused: Option<(u32, i64, Denied)>,
    remaining: Remaining,
}

impl Default for Local {
    fn default() -> Self {
        Self {
            left: 0,
            expires_at: i64::MIN,
            ttl_ms: WINDOW_MS.unsigned_abs(),
            window: (i64::MIN, 0, 0),
            asked_at: None,
            refused: None,
            remaining: Remaining { tokens: 0, next_ms: 0 },
        }
    }
}

impl Local {
    /// A request that costs `cost` tokens.
    pub fn take(&mut self, cost: u32, now_ms: i64) -> Step {
        self.count(cost, now_ms);
        if now_ms >= self.expires_at {
            self.left = 0;
        }
        if let Some(left) = self.left.checked_sub(cost) {
            self.left = left;
            return Step::Allowed(self.known());
        }
        match self.refused {
            Some((need, until, denied)) if now_ms < until && cost >= need => {
                let wait_ms = denied.wait_ms.map(|_| until.abs_diff(now_ms));
                return Step::Denied(Denied { wait_ms, remaining: denied.remaining });
            }
            Some((_, until, _)) if now_ms >= until => self.refused = None,
            _ => {}
        }
        // one request asks for a lease, those beside it for what they need
        let waiting = self.asked_at.is_some_and(|at| now_ms.saturating_sub(at) < LATE_MS);
        let want = if waiting { 0 } else { self.wish() };
        if want > 0 {
            self.asked_at = Some(now_ms);
        }
        Step::Ask(Ask { need: cost, want })
    }

    /// The object's answer to `ask`, which was sent at `sent_at`: a lease counts from then, a refusal from now.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn answered(&mut self, ask: Ask, sent_at: i64, answer: Answer, now_ms: i64) -> Result<Remaining, Denied> {
        if ask.want > 0 {
            self.asked_at = None;
        }
        match answer {
            Answer::Granted(lease) => {
                self.remaining = lease.remaining;
                if lease.tokens > 0 {
                    self.ttl_ms = lease.ttl_ms;
                    let end = sent_at.saturating_add(i64::try_from(lease.ttl_ms).unwrap_or(0));
                    // two leases end with the earlier one
                    self.expires_at = if self.left > 0 { self.expires_at.min(end) } else { end };
                    self.left = self.left.saturating_add(lease.tokens);
                }
                Ok(self.known())
            }
            Answer::Denied(denied) => {
                // a need above the burst is told each time by the object, whose table may change
                if let Some(wait) = denied.wait_ms {
                    let until = now_ms.saturating_add(i64::try_from(wait).unwrap_or(i64::MAX));
                    self.refused = Some((ask.need, until, denied));
                }
                Err(denied)
            }
        }
    }

    /// The refusal that still holds for a request of this cost, without counting the request: where several buckets judge a
    /// request, it is asked of all of them before any is taken from.
    pub fn refusal(&self, cost: u32, now_ms: i64) -> Option<Denied> {
        let (need, until, denied) = self.refused?;
        let left = if now_ms < self.expires_at { self.left } else { 0 };
        let wait_ms = denied.wait_ms.map(|_| until.abs_diff(now_ms));
        (now_ms < until && cost >= need && left < cost).then_some(Denied { wait_ms, remaining: denied.remaining })
    }

    /// Gives back what [`Step::Allowed`] took, because another bucket refused the request. What a lease that is over gave is gone.
    pub fn give_back(&mut self, cost: u32, now_ms: i64) {
        if now_ms < self.expires_at {
            self.left = self.left.saturating_add(cost);
        }
    }

    /// Whether nothing is lost when this is forgotten.
    pub fn is_idle(&self, now_ms: i64) -> bool {
        now_ms >= self.expires_at && self.refused.is_none_or(|(_, until, _)| now_ms >= until)
    }

    fn count(&mut self, cost: u32, now_ms: i64) {
        let (start, present, _) = self.window;
        let age = now_ms.saturating_sub(start);
        if !(0..WINDOW_MS).contains(&age) {
            let before = if (WINDOW_MS..2 * WINDOW_MS).contains(&age) { present } else { 0 };
            self.window = (now_ms, 0, before);
        }
        self.window.1 = self.window.1.saturating_add(cost);
    }

    /// What will surely be spent in the time of a lease: what came lately, less two standard deviations of such counts. A token
    /// that ends unspent is lost to everybody, so where little comes nothing is wished for.
    fn wish(&self) -> u32 {
        let (_, present, before) = self.window;
        let lately = u64::from(present.max(before)) * self.ttl_ms / WINDOW_MS.unsigned_abs();
        let sure = lately.saturating_sub(lately.saturating_mul(4).isqrt());
        u32::try_from(sure).unwrap_or(u32::MAX)
    }

    fn known(&self) -> Remaining {
        let Remaining { tokens, next_ms } = self.remaining;
        Remaining { tokens: tokens.saturating_add(self.left), next_ms }
    }
}
