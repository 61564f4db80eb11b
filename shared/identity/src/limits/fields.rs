//! What the caller is told: `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-11, and `Retry-After`
//! (RFC 9110, section 10.2.3).
//!
//! A token bucket in the draft's terms: the quota `q` is the burst, the window `w` the time in which an empty bucket fills; `r`
//! is what is left, and `t` the time within which no more than that can be used: until the next token. No partition key is
//! given, because it would name an address, a person or a key.

use super::bucket::{Denied, Rate, Remaining};
use super::table::Tier;
use core::fmt::Write;

/// The value of `RateLimit-Policy`: the policies that hold for this request. Empty: leave the field out.
pub fn policy<'a>(policies: impl IntoIterator<Item = (Tier, &'a Rate)>) -> String {
    join(
        policies
            .into_iter()
            .map(|(tier, rate)| format!("\"{}\";q={};w={}", tier.as_str(), rate.burst, rate.window_s())),
    )
}

/// The value of `RateLimit`: what is left by each policy that was asked. Empty: leave the field out.
pub fn limit(states: impl IntoIterator<Item = (Tier, Remaining)>) -> String {
    join(states.into_iter().map(|(tier, remaining)| {
        let mut item = format!("\"{}\";r={}", tier.as_str(), remaining.tokens);
        if remaining.next_ms > 0 {
            // writing to a String cannot fail
            let _ = write!(item, ";t={}", remaining.next_ms.div_ceil(1000));
        }
        item
    }))
}

/// The value of `Retry-After` in whole seconds, at least 1 and never before the end of `t`; `None`: it will never work.
pub fn retry_after_s(denied: &Denied) -> Option<u64> {
    denied.wait_ms.map(|wait| wait.max(denied.remaining.next_ms).div_ceil(1000).max(1))
}

fn join(items: impl Iterator<Item = String>) -> String {
    items.fold(String::new(), |all, item| if all.is_empty() { item } else { all + ", " + &item })
}
