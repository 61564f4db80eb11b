//! The rules over HTTP.

mod delta;
mod faults;
mod oauth;
mod subscribe;
mod write;

use super::{Microsoft, SCOPES};
use crate::provider::{Answer, Request, send};
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const ANN: &str = "ann@x.test";
pub(super) const BEN: &str = "ben@x.test";
pub(super) const NOW: i64 = 1_790_000_000_000;

/// A server with two people, and a token of the first.
pub(super) struct Stage {
    pub server: Microsoft,
    token: String,
}

pub(super) fn stage() -> Stage {
    let server = Microsoft::start().unwrap();
    server.account(ANN, "W. Europe Standard Time");
    server.account(BEN, "Eastern Standard Time");
    server.clock().freeze(NOW);
    let token = server.access_token(ANN, SCOPES);
    Stage { server, token }
}

pub(super) fn call(server: &Microsoft, request: &Request, target: &str) -> std::io::Result<Answer> {
    send(&format!("{}{target}", server.url()), request, Duration::from_secs(20))
}

impl Stage {
    pub fn try_send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> std::io::Result<Answer> {
        // links are whole addresses
        let target = target.strip_prefix(self.server.url()).map_or_else(|| format!("/v1.0{target}"), str::to_owned);
        let mut request = Request::new(method, &target).bearer(&self.token);
        for (name, value) in headers {
            request = request.with(name, value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        call(&self.server, &request, &target)
    }

    pub fn send(&self, method: &str, target: &str, body: Option<Value>) -> Answer {
        self.try_send(method, target, &[], body).unwrap()
    }

    pub fn get_with(&self, target: &str, headers: &[(&str, &str)]) -> Value {
        let answer = self.try_send("GET", target, headers, None).unwrap();
        assert_eq!(answer.status, 200, "{target}: {}", answer.value());
        answer.value()
    }

    pub fn get(&self, target: &str) -> Value {
        self.get_with(target, &[])
    }

    pub fn create(&self, event: Value) -> Value {
        let answer = self.send("POST", "/me/events", Some(event));
        assert_eq!(answer.status, 201, "{}", answer.value());
        answer.value()
    }

    pub fn refused(&self, method: &str, target: &str, body: Option<Value>) -> (u16, String) {
        code(&self.send(method, target, body))
    }

    /// As another person.
    pub fn of(&self, email: &str) -> Stage {
        Stage { server: self.server.clone(), token: self.server.access_token(email, SCOPES) }
    }
}

pub(super) fn code(answer: &Answer) -> (u16, String) {
    (answer.status, answer.value()["error"]["code"].as_str().unwrap_or_default().to_owned())
}

pub(super) fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

pub(super) fn meeting(day: u32) -> Value {
    json!({
        "subject": format!("meeting {day}"),
        "start": {"dateTime": format!("2026-10-{day:02}T10:00:00"), "timeZone": "W. Europe Standard Time"},
        "end": {"dateTime": format!("2026-10-{day:02}T11:00:00"), "timeZone": "Europe/Berlin"},
    })
}

pub(super) fn series() -> Value {
    let mut event = meeting(19);
    event["recurrence"] = json!({
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "monday"},
        "range": {"type": "numbered", "startDate": "2026-10-19", "numberOfOccurrences": 3},
    });
    event
}

pub(super) fn id(event: &Value) -> String {
    event["id"].as_str().unwrap().to_owned()
}

pub(super) fn event_path(event: &Value) -> String {
    format!("/me/events/{}", id(event).replace('=', "%3D"))
}
