//! Subscriptions (learn.microsoft.com/graph/api/resources/subscription).

use super::check;
use crate::failure::Failure;
use crate::http::Response;
use crate::wire;
use attune_domain::Millis;
use serde_json::Value;

/// The longest life of a subscription to events, in minutes: under three days with the older limit, which every
/// tenant honours.
pub const MAX_MINUTES: u32 = 4230;

/// A subscription, as the server granted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id: notifications name it.
    pub id: String,
    /// When it ends: the server's word, which may be earlier than what was asked for. It is renewed at half its life.
    pub expires: Millis,
}

/// The answer of [`Graph::subscribe`](super::Graph::subscribe) and [`Graph::renew`](super::Graph::renew).
///
/// # Errors
/// [`super::failure`]; or the answer is no subscription.
pub fn subscription(response: &Response) -> Result<Subscription, Failure> {
    check(response)?;
    let body = wire::object(response)?;
    let id = body.get("id").and_then(Value::as_str).ok_or_else(wire::unreadable)?.to_owned();
    let expires = wire::millis(body.get("expirationDateTime")).ok_or_else(wire::unreadable)?;
    Ok(Subscription { id, expires })
}
