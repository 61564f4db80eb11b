//! What request goes where, who may send it, and what goes wrong with it.

use super::error::Refused;
use super::state::State;
use super::watch::{self, Resource};
use super::write::{self, Place};
use super::{Shared, calendars, control, event, list, oauth};
use crate::provider::{Access, Answer, Fault, Request};
use serde_json::{Value, json};
use std::time::Duration;

const AUTH: &str = "https://www.googleapis.com/auth/";

/// What a scope must allow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    List,
    Read,
    Write,
    FreeBusy,
}

impl Need {
    fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::List => &["calendar", "calendar.readonly", "calendar.calendarlist", "calendar.calendarlist.readonly"],
            Self::Read => &["calendar", "calendar.readonly", "calendar.events", "calendar.events.readonly"],
            Self::Write => &["calendar", "calendar.events", "calendar.events.owned"],
            Self::FreeBusy => &["calendar", "calendar.readonly", "calendar.freebusy", "calendar.events.freebusy"],
        }
    }
}

/// The name of a route in the reference; what was asked for in it.
fn route<'a>(method: &str, segments: &'a [String]) -> (&'static str, &'a [String]) {
    let words: Vec<&str> = segments.iter().map(String::as_str).collect();
    let name = match (method, words.as_slice()) {
        ("GET", ["o", "oauth2", "v2", "auth"]) => "auth",
        ("POST", ["token"]) => "token",
        ("POST", ["revoke"]) => "revoke",
        ("GET", ["oauth2", "v3", "certs"]) => "certs",
        ("GET", ["oauth2", "v3", "userinfo"]) => "userinfo",
        (_, ["calendar", "v3", rest @ ..]) => {
            let name = match (method, rest) {
                ("GET", ["users", "me", "calendarList"]) => "calendarList.list",
                ("POST", ["users", "me", "calendarList", "watch"]) => "calendarList.watch",
                ("GET", ["users", "me", "calendarList", _]) => "calendarList.get",
                ("GET", ["calendars", _]) => "calendars.get",
                ("GET", ["calendars", _, "events"]) => "events.list",
                ("POST", ["calendars", _, "events"]) => "events.insert",
                ("POST", ["calendars", _, "events", "import"]) => "events.import",
                ("POST", ["calendars", _, "events", "watch"]) => "events.watch",
                ("GET", ["calendars", _, "events", _]) => "events.get",
                ("PATCH", ["calendars", _, "events", _]) => "events.patch",
                ("PUT", ["calendars", _, "events", _]) => "events.update",
                ("DELETE", ["calendars", _, "events", _]) => "events.delete",
                ("POST", ["calendars", _, "events", _, "move"]) => "events.move",
                ("GET", ["calendars", _, "events", _, "instances"]) => "events.instances",
                ("POST", ["freeBusy"]) => "freebusy.query",
                ("POST", ["channels", "stop"]) => "channels.stop",
                _ => "unknown",
            };
            return (name, segments.get(2..).unwrap_or_default());
        }
        _ => "unknown",
    };
    (name, segments)
}

/// Answers a request.
pub(super) fn answer(shared: &Shared, request: &Request) -> Option<Answer> {
    let segments = request.segments();
    if segments.first().is_some_and(|first| first == "_test") {
        return Some(control::answer(shared, request, &segments));
    }
    let (name, place) = route(&request.method, &segments);
    let plan = {
        let mut state = shared.lock();
        *state.tally.entry(name.to_owned()).or_default() += 1;
        state.faults.take(request)
    };
    if plan.delay_ms > 0 {
        std::thread::sleep(Duration::from_millis(plan.delay_ms));
    }
    match &plan.fault {
        Some(Fault::DropBefore) => return None,
        Some(Fault::FailBefore { status, retry_after_s }) => {
            return Some(Refused::backend(*status).after(*retry_after_s).answer());
        }
        Some(Fault::Throttle { status, retry_after_s, reason }) => {
            return Some(Refused::throttled(*status, reason.as_deref(), *retry_after_s).answer());
        }
        Some(Fault::ExpireCursor) => return Some(Refused::full_sync().answer()),
        Some(Fault::ExpireAccess) => {
            shared.lock().tokens.access.remove(request.token().unwrap_or_default());
        }
        _ => {}
    }
    let answer = perform(shared, request, name, place);
    match plan.fault {
        Some(Fault::DropAfter) => None,
        Some(Fault::FailAfter { status }) => Some(Refused::backend(status).answer()),
        _ => Some(answer),
    }
}

fn perform(shared: &Shared, request: &Request, name: &str, place: &[String]) -> Answer {
    match name {
        "auth" => oauth::authorize(shared, request),
        "token" => oauth::token(shared, request),
        "revoke" => oauth::revoke(shared, request),
        "userinfo" => oauth::person(shared, request),
        "certs" => Answer::json(200, &json!({"keys": [shared.key.jwk()]})),
        "unknown" => Refused::not_found().answer(),
        _ => api(shared, request, name, place).unwrap_or_else(|refused| refused.answer()),
    }
}

fn api(shared: &Shared, request: &Request, name: &str, place: &[String]) -> Result<Answer, Refused> {
    let access = shared.access(request).ok_or_else(Refused::unauthorized)?;
    let need = match name {
        "calendarList.list" | "calendarList.get" | "calendarList.watch" | "calendars.get" => Need::List,
        "freebusy.query" => Need::FreeBusy,
        "events.list" | "events.get" | "events.instances" | "events.watch" | "channels.stop" => Need::Read,
        _ => Need::Write,
    };
    let allows = |scope: &String| scope.strip_prefix(AUTH).is_some_and(|scope| need.scopes().contains(&scope));
    if !access.scopes.iter().any(allows) {
        return Err(Refused::scopes());
    }
    shared.change(|state, now| {
        if !state.within_quota(&access.account, now) {
            let status = state.settings.quota_status;
            let reason = if status == 403 { "userRateLimitExceeded" } else { "rateLimitExceeded" };
            return Err(Refused::throttled(status, Some(reason), None));
        }
        state.settle(now);
        dispatch(state, request, name, place, &access, (&shared.url, now))
    })
}

fn dispatch(
    state: &mut State,
    request: &Request,
    name: &str,
    place: &[String],
    access: &Access,
    (base, now): (&str, i64),
) -> Result<Answer, Refused> {
    let email = access.account.as_str();
    let ok = |value: Value| Answer::json(200, &value);
    let at = |index: usize| place.get(index).map(String::as_str).unwrap_or_default();
    match name {
        "calendarList.list" => return calendars::list(state, request, email).map(ok),
        "calendarList.get" => return calendars::get_entry(state, email, primary(at(3), email)).map(ok),
        "calendarList.watch" => {
            return watch::watch(state, request, email, Resource::List(email.to_owned()), base, now).map(ok);
        }
        "freebusy.query" => return calendars::free_busy(state, request, email).map(ok),
        "channels.stop" => return watch::stop(state, request, email).map(|()| Answer::empty(204)),
        _ => {}
    }
    let calendar = primary(at(1), email);
    let role = state.role(email, calendar).ok_or_else(Refused::not_found)?.to_owned();
    let writes = !matches!(name, "calendars.get" | "events.list" | "events.get" | "events.instances" | "events.watch");
    if writes && !["owner", "writer"].contains(&role.as_str()) {
        return Err(Refused::writer());
    }
    let place = Place { account: email, calendar, now };
    let id = at(3);
    match name {
        "calendars.get" => calendars::get(state, calendar).map(ok),
        "events.list" => list::list(state, request, calendar, &role, now).map(ok),
        "events.instances" => list::instances(state, request, calendar, id, &role).map(ok),
        "events.insert" => write::insert(state, request, place).map(ok),
        "events.import" => write::import(state, request, place).map(ok),
        "events.get" => get(state, request, calendar, id),
        "events.patch" => write::change(state, request, place, id, false).map(ok),
        "events.update" => write::change(state, request, place, id, true).map(ok),
        "events.delete" => write::delete(state, request, place, id).map(|()| Answer::empty(204)),
        "events.move" => {
            let to = primary(request.param("destination").ok_or_else(|| Refused::required("Required"))?, email);
            if !state.role(email, to).is_some_and(|role| ["owner", "writer"].contains(&role)) {
                return Err(Refused::not_found());
            }
            write::transfer(state, request, place, id, to).map(ok)
        }
        "events.watch" => watch::watch(state, request, email, Resource::Events(calendar.to_owned()), base, now).map(ok),
        _ => Err(Refused::not_found()),
    }
}

fn primary<'a>(id: &'a str, email: &'a str) -> &'a str {
    if id == "primary" { email } else { id }
}

/// A deleted event is still told, with `status: cancelled`; `If-None-Match` with its version is 304.
fn get(state: &State, request: &Request, calendar: &str, id: &str) -> Result<Answer, Refused> {
    let (stored, _) = write::find(state, calendar, id)?;
    if request.header("if-none-match") == Some(stored.etag().as_str()) {
        return Ok(Answer::empty(304));
    }
    let most = request.param("maxAttendees").and_then(|text| text.parse().ok());
    let calendar = state.calendars.get(calendar).ok_or_else(Refused::not_found)?;
    let told = event::render(calendar, &stored, request.param("timeZone"), most);
    Ok(Answer::json(200, &told).with("etag", &stored.etag()))
}
