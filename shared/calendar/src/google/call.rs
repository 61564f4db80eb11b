//! The requests.

use super::event::{response, write_attendee};
use crate::event::{Item, Response};
use crate::http::Request;
use crate::url::Url;
use crate::wire;
use attune_domain::{Millis, Secret};
use serde_json::{Map, Value, json};

/// The API, as one account sees it.
#[derive(Debug, Clone, Copy)]
pub struct Google<'a> {
    /// [`super::BASE`], or a server that stands in for it.
    pub base: &'a str,
    /// The access token.
    pub token: &'a Secret<String>,
}

/// Who is told of a change (`sendUpdates`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendUpdates {
    /// Everybody invited.
    All,
    /// Guests who do not use Google Calendar.
    ExternalOnly,
    /// Nobody.
    None,
}

impl SendUpdates {
    fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::ExternalOnly => "externalOnly",
            Self::None => "none",
        }
    }
}

impl Google<'_> {
    /// `maxResults` of events: the most that is allowed.
    const EVENTS: &'static str = "2500";
    /// `maxResults` of calendars: the most that is allowed.
    const CALENDARS: &'static str = "250";

    fn url(&self, path: &[&str]) -> Url {
        Url::new(self.base, path)
    }

    fn send(&self, method: &'static str, url: Url, body: Option<&Value>) -> Request {
        wire::request(method, url.text(), self.token, body)
    }

    fn event(&self, calendar: &str, id: &str) -> Url {
        self.url(&["calendars", calendar, "events", id])
    }

    /// `calendarList.list`: the calendars of the account. `sync` and `page` are the tokens of [`Next`](crate::page::Next).
    pub fn calendars(&self, sync: Option<&str>, page: Option<&str>) -> Request {
        let url = self.url(&["users", "me", "calendarList"]).with("maxResults", Self::CALENDARS);
        self.send("GET", url.with_some("syncToken", sync).with_some("pageToken", page), None)
    }

    /// `events.list`: all events of a calendar, or with `sync` those that changed since that token was given. On the
    /// further pages of a list `sync` stays what it was on the first and `page` is the token of the page before.
    pub fn events(&self, calendar: &str, sync: Option<&str>, page: Option<&str>) -> Request {
        let url = self.url(&["calendars", calendar, "events"]).with("maxResults", Self::EVENTS);
        self.send("GET", url.with_some("syncToken", sync).with_some("pageToken", page), None)
    }

    /// `events.get`.
    pub fn get(&self, calendar: &str, id: &str) -> Request {
        self.send("GET", self.event(calendar, id), None)
    }

    /// `events.instances`: the instances of a series that overlap a span of time, cancelled ones too.
    pub fn instances(&self, calendar: &str, id: &str, from: Millis, to: Millis, page: Option<&str>) -> Request {
        let url = self.url(&["calendars", calendar, "events", id, "instances"]).with("maxResults", Self::EVENTS);
        let url =
            url.with("showDeleted", "true").with("timeMin", &wire::rfc3339(from)).with("timeMax", &wire::rfc3339(to));
        self.send("GET", url.with_some("pageToken", page), None)
    }

    /// `events.insert` of [`body`](super::body) under an id of [`client_id`](super::client_id). Refused with
    /// [`Conflict`](crate::failure::Failure::Conflict) when it was inserted before, by an earlier try whose outcome
    /// was not known.
    pub fn insert(&self, calendar: &str, id: &str, mut body: Map<String, Value>, send: SendUpdates) -> Request {
        body.insert("id".to_owned(), id.into());
        let url = self.url(&["calendars", calendar, "events"]);
        self.send("POST", Self::written(url, send), Some(&body.into()))
    }

    /// `events.update`: the event becomes `body`, if it is still the version `etag`.
    pub fn update(
        &self,
        calendar: &str,
        id: &str,
        etag: Option<&str>,
        body: Map<String, Value>,
        send: SendUpdates,
    ) -> Request {
        let url = Self::written(self.event(calendar, id), send);
        if_match(self.send("PUT", url, Some(&body.into())), etag)
    }

    /// `events.patch`: the members of [`patch`](super::patch) change, if it is still the version `etag`.
    pub fn patch(
        &self,
        calendar: &str,
        id: &str,
        etag: Option<&str>,
        patch: Map<String, Value>,
        send: SendUpdates,
    ) -> Request {
        let url = Self::written(self.event(calendar, id), send);
        if_match(self.send("PATCH", url, Some(&patch.into())), etag)
    }

    /// `events.delete`, if it is still the version `etag`. [`NotFound`](crate::failure::Failure::NotFound) says that
    /// it was gone already.
    pub fn delete(&self, calendar: &str, id: &str, etag: Option<&str>, send: SendUpdates) -> Request {
        let url = self.event(calendar, id).with("sendUpdates", send.word());
        if_match(self.send("DELETE", url, None), etag)
    }

    /// `events.move`: another calendar of the account becomes its organizer. Of a series the master only; its id stays.
    pub fn move_to(&self, calendar: &str, id: &str, to: &str, send: SendUpdates) -> Request {
        let url = self.url(&["calendars", calendar, "events", id, "move"]).with("destination", to);
        self.send("POST", url.with("sendUpdates", send.word()), None)
    }

    /// Answers an invitation: the account's own `responseStatus`, in the list of attendees as it was read, since a patch
    /// replaces arrays whole; so only against the version it was read from. `None` where the account is not invited.
    pub fn respond(
        &self,
        calendar: &str,
        item: &Item,
        with: Response,
        comment: Option<&str>,
        send: SendUpdates,
    ) -> Option<Request> {
        let event = item.events.first()?;
        event.attendees.iter().find(|attendee| attendee.person.own)?;
        let attendees = event.attendees.iter().map(|attendee| {
            let mut object = write_attendee(attendee);
            if attendee.person.own {
                object.insert("responseStatus".to_owned(), response(with).into());
                crate::verbatim::put(&mut object, "comment", comment);
            }
            Value::from(object)
        });
        let mut body = Map::new();
        body.insert("attendees".to_owned(), attendees.collect::<Vec<_>>().into());
        Some(self.patch(calendar, &item.id, item.etag.as_deref(), body, send))
    }

    /// `freebusy.query` for calendars by id or people by address, at most 50 (`calendarExpansionMax`).
    pub fn free_busy(&self, ids: &[&str], from: Millis, to: Millis) -> Request {
        let items: Vec<_> = ids.iter().map(|id| json!({"id": id})).collect();
        let body = json!({"timeMin": wire::rfc3339(from), "timeMax": wire::rfc3339(to), "items": items});
        self.send("POST", self.url(&["freeBusy"]), Some(&body))
    }

    /// `events.watch`: asks for a push to `address` whenever the calendar's events change. `id` is ours, at most 64
    /// characters (`[A-Za-z0-9\-_\+/=]+`), never used before; `token` comes back in every push, at most 256
    /// characters.
    pub fn watch(&self, calendar: &str, id: &str, token: &Secret<String>, address: &str, ttl_s: u32) -> Request {
        let body = json!({
            "id": id, "type": "web_hook", "address": address, "token": token.expose(), "params": {"ttl": ttl_s.to_string()},
        });
        self.send("POST", self.url(&["calendars", calendar, "events", "watch"]), Some(&body))
    }

    /// `channels.stop`.
    pub fn stop(&self, id: &str, resource_id: &str) -> Request {
        self.send("POST", self.url(&["channels", "stop"]), Some(&json!({"id": id, "resourceId": resource_id})))
    }

    /// Conferences are in bodies (`conferenceDataVersion=1`): without it they are not looked at.
    fn written(url: Url, send: SendUpdates) -> Url {
        url.with("conferenceDataVersion", "1").with("sendUpdates", send.word())
    }
}

fn if_match(mut request: Request, etag: Option<&str>) -> Request {
    request.headers.extend(etag.map(|etag| ("if-match", etag.to_owned())));
    request
}
