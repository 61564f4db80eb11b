//! Subscriptions and their notifications (Graph, "subscription resource type", "change notifications", "lifecycle events").

use super::error::Refused;
use super::event::{Prefer, TYPE};
use super::state::{Settings, State};
use crate::provider::{Push, Request, encode, rfc3339_ms, send, text};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

/// "Any value under 45 minutes after the time of the request is automatically set to 45 minutes after the request time."
const LEAST_MS: i64 = 45 * 60_000;
/// Before the end, those who asked for lifecycle notifications are told, milliseconds.
const WARN_MS: i64 = 15 * 60_000;

/// A subscription.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub id: String,
    pub owner: String,
    /// A calendar by its id, or all of the mailbox.
    calendar: Option<String>,
    resource: String,
    kinds: Vec<String>,
    url: String,
    lifecycle: Option<String>,
    client_state: Option<String>,
    pub until_ms: i64,
    immutable: bool,
    warned: bool,
}

impl Subscription {
    pub fn told(&self) -> Value {
        json!({
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity",
            "id": self.id, "resource": self.resource, "applicationId": "app", "changeType": self.kinds.join(","),
            "clientState": self.client_state, "notificationUrl": self.url, "lifecycleNotificationUrl": self.lifecycle,
            "expirationDateTime": rfc3339_ms(self.until_ms), "creatorId": self.owner, "latestSupportedTlsVersion": "v1_2",
        })
    }

    fn push(&self, url: &str, notification: &Value) -> Push {
        let request = Request::new("POST", url).json(&json!({"value": [notification]}));
        Push { url: url.to_owned(), request, about: self.id.clone(), tries: 0 }
    }

    fn base(&self) -> Value {
        json!({
            "subscriptionId": self.id, "subscriptionExpirationDateTime": rfc3339_ms(self.until_ms), "tenantId": "test",
            "clientState": self.client_state,
        })
    }

    fn lifecycle(&self, event: &str) -> Option<Push> {
        let mut told = self.base();
        told["lifecycleEvent"] = event.into();
        Some(self.push(self.lifecycle.as_ref()?, &told))
    }
}

fn invalid(message: &str) -> Refused {
    Refused::new(400, "InvalidRequest", message)
}

/// "https", and for this machine plain HTTP, which is where tests listen.
fn good_url(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://localhost") || url.starts_with("http://127.0.0.1")
}

fn expiration(body: &Value, settings: &Settings, now: i64) -> Result<i64, Refused> {
    let written = text(body, "expirationDateTime");
    let at: Timestamp = written.parse().map_err(|_| invalid("The expirationDateTime is required."))?;
    let at = at.as_millisecond();
    if at <= now {
        return Err(invalid("Subscription expiration date is invalid. It lies in the past."));
    }
    if at > now + settings.subscription_most_s * 1000 {
        let minutes = settings.subscription_most_s / 60;
        return Err(invalid(&format!("Subscription expiration can only be {minutes} minutes in the future.")));
    }
    Ok(at.max(now + LEAST_MS))
}

/// What a request to subscribe asks for, checked.
pub(crate) fn read(state: &State, request: &Request, email: &str, now: i64) -> Result<Subscription, Refused> {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let kinds: Vec<String> = text(&body, "changeType").split(',').map(|kind| kind.trim().to_owned()).collect();
    if !kinds.iter().all(|kind| ["created", "updated", "deleted"].contains(&kind.as_str())) {
        return Err(invalid("The changeType is not valid."));
    }
    let url = text(&body, "notificationUrl").to_owned();
    let lifecycle = body["lifecycleNotificationUrl"].as_str().map(str::to_owned);
    if !good_url(&url) || lifecycle.as_ref().is_some_and(|url| !good_url(url)) {
        return Err(invalid("Notification endpoint must be an absolute https URL."));
    }
    let client_state = body["clientState"].as_str().map(str::to_owned);
    if client_state.as_ref().is_some_and(|text| text.len() > 128) {
        return Err(invalid("The clientState is at most 128 characters long."));
    }
    let resource = text(&body, "resource").to_owned();
    let path: Vec<&str> = resource.trim_matches('/').split('/').collect();
    let (who, rest) = match path.as_slice() {
        ["me", rest @ ..] => (Some(email), rest),
        ["users", name, rest @ ..] => (state.mailbox(name).map(|mailbox| mailbox.email.as_str()), rest),
        _ => (None, path.as_slice()),
    };
    if who != Some(email) {
        return Err(Refused::denied());
    }
    let calendar = match rest {
        ["events"] => None,
        ["calendar", "events"] => state.default_calendar(email),
        ["calendars", id, "events"] => {
            let own = state.calendars.get(*id).filter(|calendar| calendar.owner == email);
            Some(own.ok_or_else(Refused::not_found)?.id.clone())
        }
        _ => return Err(invalid("The resource is not supported.")),
    };
    let same = |known: &&Subscription| {
        known.resource == resource && known.kinds == kinds && known.url == url && known.owner == email
    };
    if let Some(known) = state.subscriptions.values().find(same) {
        let message = format!("Subscription Id {} already exists for the requested combination", known.id);
        return Err(Refused::new(409, "ExtensionError", &message));
    }
    let until_ms = expiration(&body, &state.settings, now)?;
    let immutable = Prefer::of(request)?.immutable;
    let (id, owner) = (String::new(), email.to_owned());
    Ok(Subscription {
        id,
        owner,
        calendar,
        resource,
        kinds,
        url,
        lifecycle,
        client_state,
        until_ms,
        immutable,
        warned: false,
    })
}

/// The handshake: each address must answer the validation token, decoded, as `text/plain` with 200, in time.
pub(crate) fn handshake(subscription: &Subscription, within: Duration, seed: u64) -> Result<(), Refused> {
    for url in std::iter::once(&subscription.url).chain(&subscription.lifecycle) {
        // signs that an address which does not decode gives away
        let token =
            format!("Validation: Testing client application reachability for subscription Request-Id: {seed:x}+&%2F=é");
        let joint = if url.contains('?') { '&' } else { '?' };
        let asked = format!("{url}{joint}validationToken={}", encode(&token));
        let request = Request::new("POST", &asked).with("content-type", "text/plain; charset=utf-8");
        let failed = |why: &str| {
            let message = format!("Subscription validation request failed. {why}");
            Err(Refused::new(400, "ValidationError", &message))
        };
        match send(&asked, &request, within) {
            Err(_) => return failed("The request did not complete in time or could not connect."),
            Ok(answer) if answer.status != 200 => {
                return failed(&format!(
                    "Notification endpoint must respond with 200 OK to validation request, not {}.",
                    answer.status
                ));
            }
            Ok(answer) if !answer.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")) => {
                return failed("The content type must be text/plain.");
            }
            Ok(answer) if answer.body != token.as_bytes() => {
                return failed("Response must match validationToken query parameter.");
            }
            Ok(_) => {}
        }
    }
    Ok(())
}

/// Keeps a subscription; as it is told.
pub(crate) fn keep(state: &mut State, mut subscription: Subscription) -> Value {
    state.next += 1;
    subscription.id = format!("7f105c7d-2dc5-4530-97cd-{:012x}", state.next);
    let told = subscription.told();
    state.subscriptions.insert(subscription.id.clone(), subscription);
    told
}

/// `PATCH /subscriptions/{id}`: a new end.
pub(crate) fn renew(state: &mut State, request: &Request, email: &str, id: &str, now: i64) -> Result<Value, Refused> {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let until_ms = expiration(&body, &state.settings, now)?;
    let found = state.subscriptions.get_mut(id).filter(|found| found.owner == email).ok_or_else(missing)?;
    (found.until_ms, found.warned) = (until_ms, false);
    Ok(found.told())
}

pub(crate) fn missing() -> Refused {
    Refused::new(404, "ResourceNotFound", "The object was not found.")
}

impl State {
    /// Tells the subscriptions of a calendar.
    pub fn notify(&mut self, calendar: &str, core: &str, kind: &str, now: i64) {
        let Some(place) = self.calendars.get(calendar) else { return };
        let Some(mailbox) = self.mailboxes.get(&place.owner) else { return };
        let etag = place.events.get(core).map(super::state::Stored::etag);
        let hears = |known: &&Subscription| {
            known.owner == place.owner
                && known.until_ms > now
                && known.calendar.as_ref().is_none_or(|id| id == calendar)
                && known.kinds.iter().any(|own| own == kind)
        };
        for subscription in self.subscriptions.values().filter(hears) {
            let id = Prefer { immutable: subscription.immutable, ..Prefer::default() }.id(core);
            let path = format!("Users/{}/Events/{id}", mailbox.id);
            let mut told = subscription.base();
            told["changeType"] = kind.into();
            told["resource"] = path.clone().into();
            told["resourceData"] = json!({"@odata.type": TYPE.replace("microsoft.graph.event", "Microsoft.Graph.Event"), "@odata.id": path, "@odata.etag": etag, "id": id});
            self.outgoing.push(subscription.push(&subscription.url, &told));
        }
    }

    /// A lifecycle notification to all that asked for them.
    pub fn lifecycle(&mut self, event: &str) {
        let told: Vec<Push> = self.subscriptions.values().filter_map(|known| known.lifecycle(event)).collect();
        self.outgoing.extend(told);
        if event == "subscriptionRemoved" {
            self.subscriptions.clear();
        }
    }

    /// A notification of this subscription was dropped.
    pub fn missed(&mut self, id: &str) {
        let told = self.subscriptions.get(id).and_then(|known| known.lifecycle("missed"));
        self.outgoing.extend(told);
    }

    /// Subscriptions end, and those that end soon are told.
    pub fn settle(&mut self, now: i64) {
        self.subscriptions.retain(|_, known| known.until_ms > now);
        let soon = self.subscriptions.values_mut().filter(|known| !known.warned && known.until_ms <= now + WARN_MS);
        for known in soon {
            known.warned = true;
            self.outgoing.extend(known.lifecycle("reauthorizationRequired"));
        }
    }
}
