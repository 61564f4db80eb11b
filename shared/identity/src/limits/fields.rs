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
pub fn policy(policies: impl IntoIterator<Item = (Tier, Rate)>) -> String {
    let mut field = String::new();
    for (tier, rate) in policies {
        begin(&mut field, tier);
        // writing to a String cannot fail
        let _ = write!(field, ";q={};w={}", rate.burst, rate.window_s());
    }
    field
}

/// The value of `RateLimit`: what is left by each policy that was asked. Empty: leave the field out. Written for every answer, so
/// without the machinery of formatting.
pub fn limit(states: impl IntoIterator<Item = (Tier, Remaining)>) -> String {
    let mut field = String::with_capacity(96);
    let mut digits = itoa::Buffer::new();
    for (tier, remaining) in states {
        begin(&mut field, tier);
        field.push_str(";r=");
        field.push_str(digits.format(remaining.tokens));
        if remaining.next_ms > 0 {
            field.push_str(";t=");
            field.push_str(digits.format(remaining.next_ms.div_ceil(1000)));
        }
    }
    field
}

fn begin(field: &mut String, tier: Tier) {
    if !field.is_empty() {
        field.push_str(", ");
    }
    field.push('"');
    field.push_str(tier.as_str());
    field.push('"');
}

/// The value of `Retry-After` in whole seconds, at least 1 and never before the end of `t`; `None`: it will never work.
pub fn retry_after_s(denied: &Denied) -> Option<u64> {
    denied.wait_ms.map(|wait| wait.max(denied.remaining.next_ms).div_ceil(1000).max(1))
}
