//! Push notifications (developers.google.com/calendar/api/guides/push): headers only, lossy, never renewed by themselves.

use super::check;
use crate::failure::Failure;
use crate::http::Response;
use crate::wire;
use attune_domain::{Millis, Secret};
use jiff::fmt::rfc2822;
use serde_json::Value;

/// A channel that was opened: what [`Google::stop`](super::Google::stop) needs, and when it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Our id.
    pub id: String,
    /// Google's id of what is watched: the same for every channel to it.
    pub resource_id: String,
    /// When it ends. A new channel is opened before (at half its life); an existing one cannot be renewed.
    pub expires: Option<Millis>,
}

/// The answer of [`Google::watch`](super::Google::watch).
///
/// # Errors
/// [`super::failure`]; or the answer is no channel.
pub fn channel(response: &Response) -> Result<Channel, Failure> {
    check(response)?;
    let body = wire::object(response)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned).ok_or_else(wire::unreadable);
    // a number of 64 bits: written as a text
    let expires =
        body.get("expiration").and_then(|at| at.as_str().and_then(|at| at.parse().ok()).or_else(|| at.as_i64()));
    Ok(Channel { id: text("id")?, resource_id: text("resourceId")?, expires: expires.map(Millis) })
}

/// A push, as its headers tell. Not believed before [`Push::is_of`] said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// `X-Goog-Channel-ID`: our id of the channel.
    pub channel: String,
    /// `X-Goog-Channel-Token`: what we gave to [`Google::watch`](super::Google::watch).
    pub token: Option<Secret<String>>,
    /// `X-Goog-Channel-Expiration`.
    pub expires: Option<Millis>,
    /// `X-Goog-Message-Number`: 1 for `sync`, then rising, with gaps.
    pub number: u64,
    /// `X-Goog-Resource-ID`.
    pub resource_id: String,
    /// `X-Goog-Resource-URI`.
    pub resource_uri: Option<String>,
    /// `X-Goog-Resource-State`.
    pub state: State,
}

/// What a push says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The channel is open: no change.
    Sync,
    /// Something changed: list what.
    Exists,
    /// What is watched is gone.
    NotExists,
}

/// Why headers are no push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PushFault {
    /// A header that every push has is missing, or empty.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// A header that is not what it should be.
    #[error("the header {0} is not readable")]
    Unreadable(&'static str),
}

impl Push {
    /// Reads the headers of a push; `header` gives the value of a name in any case.
    ///
    /// # Errors
    /// [`PushFault`] names the header.
    pub fn read<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Result<Self, PushFault> {
        let needed =
            |name: &'static str| header(name).filter(|value| !value.is_empty()).ok_or(PushFault::Missing(name));
        const NUMBER: &str = "x-goog-message-number";
        const STATE: &str = "x-goog-resource-state";
        Ok(Self {
            channel: needed("x-goog-channel-id")?.to_owned(),
            token: header("x-goog-channel-token").map(|token| Secret::new(token.to_owned())),
            expires: header("x-goog-channel-expiration")
                .and_then(|at| rfc2822::parse(at).ok())
                .map(|at| Millis(at.timestamp().as_millisecond())),
            number: needed(NUMBER)?.parse().map_err(|_| PushFault::Unreadable(NUMBER))?,
            resource_id: needed("x-goog-resource-id")?.to_owned(),
            resource_uri: header("x-goog-resource-uri").map(str::to_owned),
            state: match needed(STATE)? {
                "sync" => State::Sync,
                "exists" => State::Exists,
                "not_exists" => State::NotExists,
                _ => return Err(PushFault::Unreadable(STATE)),
            },
        })
    }

    /// Does it come from that channel? `resource_id` is not known before the answer to `watch` was read, which the
    /// first push may overtake.
    pub fn is_of(&self, channel: &str, resource_id: Option<&str>, token: &Secret<String>) -> bool {
        self.channel == channel
            && resource_id.is_none_or(|id| id == self.resource_id)
            && wire::is_known(token, self.token.as_ref().map(|token| token.expose().as_str()))
    }
}
