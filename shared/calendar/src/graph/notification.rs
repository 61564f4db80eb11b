//! What Graph posts to us: the handshake, change notifications, lifecycle notifications.

use crate::url;
use crate::wire;
use attune_domain::{Secret, json};
use serde::Deserialize;

/// The `validationToken` of a query (without `?`), decoded: it is to be echoed as `text/plain` with status 200 within
/// 10 seconds. Nothing longer than 4 KiB is.
pub fn validation_token(query: &str) -> Option<String> {
    url::parameter(query, "validationToken").filter(|token| !token.is_empty() && token.len() <= 4096)
}

/// One notification. Not believed before [`Notification::is_of`] said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Which subscription.
    pub subscription: String,
    /// `clientState`: what we gave with the subscription.
    pub client_state: Option<Secret<String>>,
    /// The id of the event that changed; a lifecycle notification has none.
    pub event: Option<String>,
    /// What happened to the subscription itself.
    pub lifecycle: Option<Lifecycle>,
}

/// `lifecycleEvent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifecycle {
    /// `reauthorizationRequired`: renew it, or authorize it again, or it stops.
    ReauthorizationRequired,
    /// `subscriptionRemoved`: it is gone; make a new one, and sync.
    SubscriptionRemoved,
    /// `missed`: notifications were not delivered; sync.
    Missed,
    /// A word that is not known here: sync.
    Other,
}

impl Notification {
    /// Does it come from that subscription?
    pub fn is_of(&self, subscription: &str, client_state: &Secret<String>) -> bool {
        self.subscription == subscription
            && wire::is_known(client_state, self.client_state.as_ref().map(|state| state.expose().as_str()))
    }
}

#[derive(Deserialize)]
struct Posted {
    value: Vec<One>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct One {
    subscription_id: String,
    #[serde(default)]
    client_state: Option<Secret<String>>,
    #[serde(default)]
    lifecycle_event: Option<String>,
    #[serde(default)]
    resource_data: Option<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    id: Option<String>,
}

/// The notifications of a body, of several subscriptions maybe. `None` where it is none of the documented.
pub fn notifications(body: &[u8]) -> Option<Vec<Notification>> {
    let posted: Posted = json::from_slice(body).ok()?;
    let one = |one: One| Notification {
        subscription: one.subscription_id,
        client_state: one.client_state,
        event: one.resource_data.and_then(|data| data.id),
        lifecycle: one.lifecycle_event.map(|word| match word.as_str() {
            "reauthorizationRequired" => Lifecycle::ReauthorizationRequired,
            "subscriptionRemoved" => Lifecycle::SubscriptionRemoved,
            "missed" => Lifecycle::Missed,
            _ => Lifecycle::Other,
        }),
    };
    Some(posted.value.into_iter().map(one).collect())
}
