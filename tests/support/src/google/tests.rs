//! The rules over HTTP.

mod faults;
mod oauth;
mod push;
mod sync;
mod write;

use super::{Google, SCOPE};
use crate::provider::{Answer, Request, send};
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const ANN: &str = "ann@x.test";
pub(super) const BEN: &str = "ben@x.test";

/// A server with two people, and a token of the first.
pub(super) struct Stage {
    pub google: Google,
    token: String,
}

pub(super) fn stage() -> Stage {
    let google = Google::start().unwrap();
    google.account(ANN, "Europe/Berlin");
    google.account(BEN, "America/New_York");
    google.clock().freeze(1_790_000_000_000);
    let token = google.access_token(ANN, &[SCOPE]);
    Stage { google, token }
}

pub(super) fn call(google: &Google, request: &Request, target: &str) -> std::io::Result<Answer> {
    send(&format!("{}{target}", google.url()), request, Duration::from_secs(20))
}

impl Stage {
    pub fn try_send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> std::io::Result<Answer> {
        let target = format!("/calendar/v3{target}");
        let mut request = Request::new(method, &target).bearer(&self.token);
        for (name, value) in headers {
            request = request.with(name, value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        call(&self.google, &request, &target)
    }

    pub fn send(&self, method: &str, target: &str, body: Option<Value>) -> Answer {
        self.try_send(method, target, &[], body).unwrap()
    }

    /// The JSON of an answer that must be 200.
    pub fn get(&self, target: &str) -> Value {
        let answer = self.send("GET", target, None);
        assert_eq!(answer.status, 200, "{target}: {}", answer.value());
        answer.value()
    }

    pub fn post(&self, target: &str, body: Value) -> Value {
        let answer = self.send("POST", target, Some(body));
        assert_eq!(answer.status, 200, "{target}: {}", answer.value());
        answer.value()
    }

    pub fn refused(&self, method: &str, target: &str, body: Option<Value>) -> (u16, String) {
        reason(&self.send(method, target, body))
    }

    pub fn event(&self, day: u32) -> Value {
        self.post("/calendars/primary/events", meeting(day))
    }
}

pub(super) fn reason(answer: &Answer) -> (u16, String) {
    let value = answer.value();
    assert_eq!(value["error"]["code"], answer.status, "the code is in the body: {value}");
    (answer.status, value["error"]["errors"][0]["reason"].as_str().unwrap_or_default().to_owned())
}

pub(super) fn is(status: u16, reason: &str) -> (u16, String) {
    (status, reason.to_owned())
}

pub(super) fn meeting(day: u32) -> Value {
    json!({
        "summary": format!("meeting {day}"),
        "start": {"dateTime": format!("2026-10-{day:02}T10:00:00+02:00")},
        "end": {"dateTime": format!("2026-10-{day:02}T11:00:00+02:00")},
    })
}

pub(super) fn series() -> Value {
    json!({
        "summary": "series",
        "start": {"dateTime": "2026-10-19T10:00:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-10-19T11:00:00", "timeZone": "Europe/Berlin"},
        "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"],
    })
}

pub(super) fn ids(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}
