//! The local tier: what this isolate holds of buckets. No runtime types: tested on the host.

use attune_identity::limits::{Answer, Ask, Bucket, Denied, Local, Policy, Rate, Remaining, Step};
use attune_objects::limiter::{Question, Verdict};
use std::collections::HashMap;

/// Most buckets remembered. Beyond, the idle ones are forgotten, and if that is not enough all: leases are lost then, and nobody
/// gets more than before.
const MOST: usize = 8_192;
/// How long an isolate goes on without its Limiter, ms.
const GRACE_MS: i64 = 10_000;
/// What an isolate spends meanwhile, as a part of the rate: the largest lease is the same part of the burst.
const SPARE: u32 = 20;

/// What is known of one bucket.
#[derive(Debug, Default)]
struct Known {
    local: Local,
    /// When the object last answered.
    answered_at: Option<i64>,
    /// What is spent while it cannot be reached.
    spare: Option<Bucket>,
}

/// What to do with a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    /// Paid from leases; what is left, in the order of the policies.
    Allowed(Vec<Remaining>),
    /// Refused by the policy of this index.
    Denied(usize, Denied),
    /// To be asked of the object; then [`Tiers::answered`], or [`Tiers::unreachable`].
    Ask(Pending),
}

/// A request that waits for the object.
#[derive(Debug, PartialEq, Eq)]
pub struct Pending {
    /// For each policy what was taken from its lease, or else what to ask.
    steps: Vec<Result<Remaining, Ask>>,
}

impl Pending {
    /// The questions, in the order of the policies that ask.
    pub fn questions(&self, policies: &[Policy]) -> Vec<Question> {
        let ask = |(policy, step): (&Policy, &Result<Remaining, Ask>)| {
            let ask = *step.as_ref().err()?;
            Some(Question { name: policy.bucket.clone(), rate: policy.rate, ask })
        };
        policies.iter().zip(&self.steps).filter_map(ask).collect()
    }
}

/// Why a request does not pass.
#[derive(Debug, PartialEq, Eq)]
pub enum Stop {
    /// The policy of this index refuses.
    Denied(usize, Denied),
    /// The object cannot be reached, and has not been for too long.
    Unreachable,
}

/// All buckets of this isolate.
#[derive(Debug, Default)]
pub struct Tiers {
    buckets: HashMap<String, Known>,
    /// Until when some bucket may refuse: as long as none does, none is asked whether it does.
    refusing_until: i64,
}

impl Tiers {
    /// Judges a request that costs one token of each bucket. If one is known to refuse, none is taken from.
    pub fn decide(&mut self, policies: &[Policy], now: i64) -> Decision {
        if now < self.refusing_until
            && let Some((index, denied)) = self.refusal(policies, now)
        {
            return Decision::Denied(index, denied);
        }
        self.make_room(policies.len(), now);
        let mut steps = Vec::with_capacity(policies.len());
        for (index, policy) in policies.iter().enumerate() {
            match self.take(&policy.bucket, now) {
                Step::Allowed(remaining) => steps.push(Ok(remaining)),
                Step::Ask(ask) => steps.push(Err(ask)),
                Step::Denied(denied) => {
                    self.give_back(policies, &steps, now);
                    return Decision::Denied(index, denied);
                }
            }
        }
        match steps.iter().map(|step| step.as_ref().ok().copied()).collect() {
            Some(left) => Decision::Allowed(left),
            None => Decision::Ask(Pending { steps }),
        }
    }

    /// The first policy that is known to refuse, and its refusal. Nothing is taken.
    pub fn refusal(&self, policies: &[Policy], now: i64) -> Option<(usize, Denied)> {
        let refusal = |(index, policy): (usize, &Policy)| {
            self.buckets.get(&policy.bucket)?.local.refusal(1, now).map(|denied| (index, denied))
        };
        policies.iter().enumerate().find_map(refusal)
    }

    /// The object has answered what was sent at `sent_at`.
    ///
    /// # Errors
    /// [`Stop::Denied`]; [`Stop::Unreachable`] where the answer does not fit the questions.
    pub fn answered(
        &mut self,
        policies: &[Policy],
        pending: &Pending,
        verdict: Verdict,
        sent_at: i64,
        now: i64,
    ) -> Result<Vec<Remaining>, Stop> {
        let mut answers = verdict.answers.into_iter();
        let mut left = Vec::with_capacity(policies.len());
        let mut denied = None;
        let mut refusing_until = self.refusing_until;
        for (index, (policy, step)) in policies.iter().zip(&pending.steps).enumerate() {
            let ask = match step {
                Ok(remaining) => {
                    left.push(*remaining);
                    continue;
                }
                Err(ask) => *ask,
            };
            let Some(answer) = answers.next() else { return Err(Stop::Unreachable) };
            let known = self.known(&policy.bucket);
            (known.answered_at, known.spare) = (Some(now), None);
            let refuses = matches!(answer, Answer::Denied(_));
            match known.local.answered(ask, sent_at, answer, now) {
                Ok(remaining) => left.push(remaining),
                Err(refusal) if refuses => {
                    let wait = refusal.wait_ms.map_or(0, |wait| i64::try_from(wait).unwrap_or(i64::MAX));
                    refusing_until = refusing_until.max(now.saturating_add(wait));
                    denied = denied.or(Some((index, refusal)));
                }
                Err(_) => {}
            }
        }
        self.refusing_until = refusing_until;
        match denied {
            None if verdict.allowed => Ok(left),
            None => Err(Stop::Unreachable),
            Some((index, refusal)) => {
                self.give_back(policies, &pending.steps, now);
                Err(Stop::Denied(index, refusal))
            }
        }
    }

    /// The object cannot be reached. Every isolate that it answered in the last ten seconds goes on with a twentieth of the rate,
    /// which is the most that was lent to it at a time; the object lends nothing meanwhile. After that, or where nothing was
    /// ever lent, the answer is 503: a limit that nobody can keep must not become no limit.
    ///
    /// # Errors
    /// [`Stop`].
    pub fn unreachable(&mut self, policies: &[Policy], pending: &Pending, now: i64) -> Result<Vec<Remaining>, Stop> {
        let mut left = Vec::with_capacity(policies.len());
        for (index, (policy, step)) in policies.iter().zip(&pending.steps).enumerate() {
            if let Ok(remaining) = step {
                left.push(*remaining);
                continue;
            }
            let rate = spare(policy.rate);
            let known = self.known(&policy.bucket);
            let taken = match known.answered_at {
                Some(at) if now.saturating_sub(at) <= GRACE_MS => {
                    known.spare.get_or_insert_with(|| Bucket::full(&rate, now)).take(&rate, 1, now)
                }
                _ => {
                    self.give_back(policies, &pending.steps, now);
                    return Err(Stop::Unreachable);
                }
            };
            match taken {
                Ok(remaining) => left.push(remaining),
                Err(denied) => {
                    self.give_back(policies, &pending.steps, now);
                    return Err(Stop::Denied(index, denied));
                }
            }
        }
        Ok(left)
    }

    fn give_back(&mut self, policies: &[Policy], steps: &[Result<Remaining, Ask>], now: i64) {
        for (policy, _) in policies.iter().zip(steps).filter(|(_, step)| step.is_ok()) {
            self.known(&policy.bucket).local.give_back(1, now);
        }
    }

    fn take(&mut self, bucket: &str, now: i64) -> Step {
        // a name is copied only for a bucket that is new
        match self.buckets.get_mut(bucket) {
            Some(known) => known.local.take(1, now),
            None => self.known(bucket).local.take(1, now),
        }
    }

    fn known(&mut self, bucket: &str) -> &mut Known {
        self.buckets.entry(bucket.to_owned()).or_default()
    }

    fn make_room(&mut self, more: usize, now: i64) {
        if self.buckets.len() + more > MOST {
            self.buckets.retain(|_, known| !known.local.is_idle(now));
        }
        if self.buckets.len() + more > MOST {
            self.buckets.clear();
        }
    }
}

/// A twentieth of a rate.
fn spare(rate: Rate) -> Rate {
    let burst = (rate.burst / SPARE).max(1);
    let seconds = rate.seconds.saturating_mul(SPARE);
    let slow = Rate { burst, tokens: rate.tokens, seconds };
    if slow.is_valid() { slow } else { Rate { burst, ..rate } }
}

#[cfg(test)]
#[path = "tiers_tests.rs"]
mod tests;
