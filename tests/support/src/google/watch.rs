//! Notification channels (guide "Push notifications").

use super::error::Refused;
use super::state::State;
use crate::provider::{Push, Request, text};
use jiff::Timestamp;
use serde_json::{Value, json};

/// What is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Resource {
    /// The events of a calendar.
    Events(String),
    /// The calendar list of an account.
    List(String),
}

/// A channel.
#[derive(Debug, Clone)]
pub(crate) struct Channel {
    id: String,
    pub resource: Resource,
    resource_id: String,
    resource_uri: String,
    address: String,
    token: Option<String>,
    account: String,
    pub until_ms: i64,
    number: u64,
}

impl Channel {
    /// The next message. Numbers grow, "but are not sequential".
    pub fn message(&mut self, state: &str, seq: u64) -> Push {
        self.number += if self.number == 0 { 1 } else { 1 + seq % 7 };
        let expires = Timestamp::from_millisecond(self.until_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let mut request = Request::new("POST", &self.address)
            .with("x-goog-channel-id", &self.id)
            .with("x-goog-message-number", &self.number.to_string())
            .with("x-goog-resource-id", &self.resource_id)
            .with("x-goog-resource-state", state)
            .with("x-goog-resource-uri", &self.resource_uri)
            .with("x-goog-channel-expiration", &expires.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
            .with("user-agent", "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)");
        if let Some(token) = &self.token {
            request = request.with("x-goog-channel-token", token);
        }
        Push { url: self.address.clone(), request, about: self.id.clone(), tries: 0 }
    }
}

/// "https or localhost": plain HTTP is accepted only for this machine, which is where tests listen.
fn good_address(address: &str) -> bool {
    let local = ["http://localhost", "http://127.0.0.1"].iter().any(|host| address.starts_with(host));
    address.starts_with("https://") || local
}

/// `POST …/watch`.
pub(crate) fn watch(
    state: &mut State,
    request: &Request,
    account: &str,
    resource: Resource,
    base: &str,
    now: i64,
) -> Result<Value, Refused> {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let id = text(&body, "id").to_owned();
    if id.is_empty() {
        return Err(Refused::required("Missing channel id."));
    }
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_+/=".contains(&byte);
    if id.len() > 64 || !id.bytes().all(known) {
        return Err(Refused::new(400, "global", "channelIdInvalid", "Channel id must match [A-Za-z0-9\\-_\\+/=]+"));
    }
    if !["web_hook", "webhook"].contains(&text(&body, "type")) {
        return Err(Refused::invalid("Unknown channel type"));
    }
    let address = text(&body, "address").to_owned();
    if !good_address(&address) {
        let message = format!("WebHook callback must be HTTPS: {address}");
        return Err(Refused::new(400, "global", "push.webhookUrlNotHttps", &message));
    }
    let token = body.get("token").and_then(Value::as_str).map(str::to_owned);
    if token.as_ref().is_some_and(|token| token.len() > 256) {
        return Err(Refused::invalid("Channel token is too long."));
    }
    if !state.channel_ids.insert(id.clone()) {
        let message = format!("Channel id {id} not unique");
        return Err(Refused::new(400, "global", "channelIdNotUnique", &message));
    }
    // the more restrictive of what is asked for and the limit
    let most = now + state.settings.channel_most_s * 1000;
    let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
    let ttl = number(&body["params"]["ttl"]).map(|seconds| now + seconds * 1000);
    let until_ms = number(&body["expiration"]).or(ttl).unwrap_or(most).min(most);
    if until_ms <= now {
        return Err(Refused::invalid("Channel expiration lies in the past."));
    }
    let (resource_id, path) = match &resource {
        Resource::Events(calendar) => (format!("r-{calendar}"), format!("calendars/{calendar}/events")),
        Resource::List(email) => (format!("l-{email}"), "users/me/calendarList".to_owned()),
    };
    let resource_id = crate::oidc::encode(&resource_id);
    let mut channel = Channel {
        id: id.clone(),
        resource,
        resource_id: resource_id.clone(),
        resource_uri: format!("{base}/calendar/v3/{path}?alt=json"),
        address,
        token: token.clone(),
        account: account.to_owned(),
        until_ms,
        number: 0,
    };
    // "sync" tells that the channel is made; its number is 1
    let sync = channel.message("sync", 0);
    state.outgoing.push(sync);
    let mut told = json!({
        "kind": "api#channel", "id": id, "resourceId": resource_id, "resourceUri": channel.resource_uri,
        "expiration": until_ms.to_string(),
    });
    if let Some(token) = token {
        told["token"] = token.into();
    }
    state.channels.insert(id, channel);
    Ok(told)
}

/// `POST /channels/stop`.
pub(crate) fn stop(state: &mut State, request: &Request, account: &str) -> Result<(), Refused> {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let id = text(&body, "id");
    let found = state
        .channels
        .get(id)
        .filter(|channel| channel.resource_id == text(&body, "resourceId") && channel.account == account);
    if found.is_none() {
        return Err(Refused::new(404, "global", "notFound", &format!("Channel '{id}' not found for project")));
    }
    state.channels.remove(id);
    Ok(())
}
