//! What request goes where, who may send it, and what goes wrong with it.

use super::error::Refused;
use super::event::Prefer;
use super::state::State;
use super::{Shared, control, delta, oauth, people, subscribe, views, write};
use crate::provider::{Answer, Fault, Request};
use serde_json::{Value, json};
use std::time::Duration;

/// A route of Graph, after `/me` or `/users/{id}`.
struct Route {
    name: &'static str,
    /// The calendar in the path; `None`: the default one, or any for an event by its id.
    calendar: Option<String>,
    id: String,
}

fn route(method: &str, path: &[&str]) -> Route {
    let (calendar, rest) = match path {
        ["calendars", id, rest @ ..] if !rest.is_empty() => (Some((*id).to_owned()), rest),
        ["calendar", rest @ ..] if !rest.is_empty() => (None, rest),
        _ => (None, path),
    };
    let mut id = String::new();
    let mut with = |own: &str, name: &'static str| {
        own.clone_into(&mut id);
        name
    };
    let name = match (method, rest) {
        ("GET", []) => "me",
        ("GET", ["mailboxSettings"]) => "mailboxSettings",
        ("POST", ["revokeSignInSessions"]) => "revokeSignInSessions",
        ("GET", ["calendars"]) => "calendars.list",
        ("GET", ["calendar"]) => "calendars.default",
        ("GET", ["calendars", own]) => with(own, "calendars.get"),
        ("POST", ["getSchedule" | "microsoft.graph.getSchedule"]) => "getSchedule",
        ("GET", ["events"]) => "events.list",
        ("POST", ["events"]) => "events.create",
        ("GET", ["calendarView"]) => "calendarView.list",
        ("GET", ["calendarView", "delta" | "delta()" | "microsoft.graph.delta" | "microsoft.graph.delta()"]) => {
            "calendarView.delta"
        }
        ("GET", ["events", own]) => with(own, "events.get"),
        ("PATCH", ["events", own]) => with(own, "events.update"),
        ("DELETE", ["events", own]) => with(own, "events.delete"),
        ("GET", ["events", own, "instances"]) => with(own, "events.instances"),
        ("POST", ["events", own, "accept"]) => with(own, "events.accept"),
        ("POST", ["events", own, "tentativelyAccept"]) => with(own, "events.tentativelyAccept"),
        ("POST", ["events", own, "decline"]) => with(own, "events.decline"),
        ("POST", ["events", own, "cancel"]) => with(own, "events.cancel"),
        _ => "unknown",
    };
    Route { name, calendar, id }
}

/// The name of a request's route, and whose it is: `me`, or the name after `users`.
fn named(request: &Request, segments: &[String]) -> (Route, Option<String>) {
    let words: Vec<&str> = segments.iter().map(String::as_str).collect();
    let plain = |name: &'static str, id: &str| (Route { name, calendar: None, id: id.to_owned() }, None);
    match (request.method.as_str(), words.as_slice()) {
        ("GET", [_, "oauth2", "v2.0", "authorize"]) => plain("authorize", ""),
        ("POST", [_, "oauth2", "v2.0", "token"]) => plain("token", ""),
        ("GET", [_, "discovery", "v2.0", "keys"]) => plain("keys", ""),
        ("POST", ["v1.0", "subscriptions"]) => plain("subscriptions.create", ""),
        ("GET", ["v1.0", "subscriptions"]) => plain("subscriptions.list", ""),
        ("GET", ["v1.0", "subscriptions", id]) => plain("subscriptions.get", id),
        ("PATCH", ["v1.0", "subscriptions", id]) => plain("subscriptions.update", id),
        ("DELETE", ["v1.0", "subscriptions", id]) => plain("subscriptions.delete", id),
        ("POST", ["v1.0", "subscriptions", id, "reauthorize"]) => plain("subscriptions.reauthorize", id),
        (method, ["v1.0", "me", rest @ ..]) => (route(method, rest), Some("me".to_owned())),
        (method, ["v1.0", "users", who, rest @ ..]) => (route(method, rest), Some((*who).to_owned())),
        _ => plain("unknown", ""),
    }
}

/// Answers a request.
pub(super) fn answer(shared: &Shared, request: &Request) -> Option<Answer> {
    let segments = request.segments();
    if segments.first().is_some_and(|first| first == "_test") {
        return Some(control::answer(shared, request, &segments));
    }
    let (route, who) = named(request, &segments);
    let plan = {
        let mut state = shared.lock();
        *state.tally.entry(route.name.to_owned()).or_default() += 1;
        state.faults.take(request)
    };
    // a request that takes longer is one of those at the same time
    let account = shared.access(request).map(|access| access.account);
    let concurrent = enter(shared, account.as_deref());
    if plan.delay_ms > 0 {
        std::thread::sleep(Duration::from_millis(plan.delay_ms));
    }
    let answer = match &plan.fault {
        Some(Fault::DropBefore) => None,
        Some(Fault::FailBefore { status, retry_after_s }) => Some(Refused::service(*status, *retry_after_s).answer()),
        Some(Fault::Throttle { retry_after_s, .. }) => {
            let message = "Application is over its MailboxConcurrency limit.";
            Some(Refused::throttled(*retry_after_s, message).answer())
        }
        Some(Fault::ExpireCursor) => {
            let state = shared.lock();
            Some(delta::gone(&state, &shared.url, request, delta::window_of(&state, request)).answer())
        }
        fault => {
            if matches!(fault, Some(Fault::ExpireAccess)) {
                shared.lock().tokens.access.remove(request.token().unwrap_or_default());
            }
            let answer = perform(shared, request, &route, who.as_deref(), concurrent);
            match fault {
                Some(Fault::DropAfter) => None,
                Some(Fault::FailAfter { status }) => Some(Refused::service(*status, None).answer()),
                _ => Some(answer),
            }
        }
    };
    leave(shared, account.as_deref());
    answer
}

fn enter(shared: &Shared, account: Option<&str>) -> u32 {
    let mut state = shared.lock();
    let mailbox = account.and_then(|account| state.mailboxes.get_mut(account));
    mailbox.map_or(0, |mailbox| {
        mailbox.at_once += 1;
        mailbox.at_once
    })
}

fn leave(shared: &Shared, account: Option<&str>) {
    let mut state = shared.lock();
    if let Some(mailbox) = account.and_then(|account| state.mailboxes.get_mut(account)) {
        mailbox.at_once -= 1;
    }
}

fn perform(shared: &Shared, request: &Request, route: &Route, who: Option<&str>, concurrent: u32) -> Answer {
    match route.name {
        "authorize" => oauth::authorize(shared, request),
        "token" => oauth::token(shared, request),
        "keys" => Answer::json(200, &json!({"keys": [shared.key.jwk()]})),
        "unknown" => Refused::new(404, "ResourceNotFound", "Resource not found for the segment.").answer(),
        _ => {
            let answer = graph(shared, request, route, who, concurrent).unwrap_or_else(|refused| refused.answer());
            let applied = Prefer::of(request).ok().and_then(|prefer| prefer.applied());
            match applied.filter(|_| answer.status < 300) {
                Some(applied) => answer.with("preference-applied", &applied),
                None => answer,
            }
        }
    }
}

fn graph(
    shared: &Shared,
    request: &Request,
    route: &Route,
    who: Option<&str>,
    concurrent: u32,
) -> Result<Answer, Refused> {
    let access = shared.access(request).ok_or_else(Refused::unauthorized)?;
    let email = access.account.as_str();
    let need: &[&str] = match route.name {
        "me" | "revokeSignInSessions" => &["User.Read", "User.ReadWrite"],
        "mailboxSettings" => &["MailboxSettings.Read", "MailboxSettings.ReadWrite"],
        "events.create"
        | "events.update"
        | "events.delete"
        | "events.accept"
        | "events.tentativelyAccept"
        | "events.decline"
        | "events.cancel" => &["Calendars.ReadWrite", "Calendars.ReadWrite.Shared"],
        _ => &["Calendars.Read", "Calendars.ReadWrite", "Calendars.Read.Shared", "Calendars.ReadWrite.Shared"],
    };
    if !access.scopes.iter().any(|scope| need.contains(&scope.as_str())) {
        return Err(Refused::denied());
    }
    let most = shared.lock().settings.at_once;
    if concurrent > most {
        return Err(Refused::throttled(Some(1), "Application is over its MailboxConcurrency limit."));
    }
    if route.name == "subscriptions.create" {
        return subscribe(shared, request, email);
    }
    shared.change(|state, now| {
        if !state.within_quota(email, now) {
            return Err(Refused::throttled(Some(60), "Application is over its RequestRate limit."));
        }
        if who.is_some_and(|who| who != "me" && state.mailbox(who).is_none_or(|mailbox| mailbox.email != email)) {
            return Err(Refused::denied());
        }
        dispatch(state, &shared.url, request, route, email, now)
    })
}

/// The handshake goes on while others are served.
fn subscribe(shared: &Shared, request: &Request, email: &str) -> Result<Answer, Refused> {
    let now = shared.clock.now_ms();
    let (subscription, settings, seed) = {
        let state = shared.lock();
        (subscribe::read(&state, request, email, now)?, state.settings.clone(), state.next)
    };
    if settings.handshake {
        subscribe::handshake(&subscription, Duration::from_millis(settings.handshake_ms), seed)?;
    }
    Ok(Answer::json(201, &shared.change(|state, _| subscribe::keep(state, subscription))))
}

fn dispatch(
    state: &mut State,
    url: &str,
    request: &Request,
    route: &Route,
    email: &str,
    now: i64,
) -> Result<Answer, Refused> {
    let ok = |value: Value| Answer::json(200, &value);
    let mailbox = state.mailboxes.get(email).ok_or_else(Refused::not_found)?;
    let place = match &route.calendar {
        Some(id) => id.clone(),
        None => state.default_calendar(email).unwrap_or_default(),
    };
    let calendar = state.calendars.get(&place).filter(|calendar| calendar.owner == email);
    let calendar = calendar.ok_or_else(Refused::not_found)?;
    let id = route.id.as_str();
    match route.name {
        "me" => Ok(ok(people::person(mailbox))),
        "mailboxSettings" => Ok(ok(people::settings(mailbox))),
        "revokeSignInSessions" => {
            state.tokens.revoke_account(email);
            Ok(ok(json!({"value": true})))
        }
        "calendars.list" => people::calendars(state, url, request, email).map(ok),
        "calendars.default" => Ok(ok(people::calendar(calendar))),
        "calendars.get" => {
            let found = state.calendars.get(id).filter(|calendar| calendar.owner == email);
            Ok(ok(people::calendar(found.ok_or_else(Refused::not_found)?)))
        }
        "getSchedule" => people::schedule(state, request).map(ok),
        "events.list" => views::list(url, request, &[calendar]).map(ok),
        "events.create" => write::create(state, request, &place, now).map(|told| Answer::json(201, &told)),
        "calendarView.list" => views::view(url, request, calendar).map(ok),
        "calendarView.delta" => delta::delta(state, url, request, &place).map(ok),
        "events.get" => views::get(state, request, email, id).map(ok),
        "events.instances" => views::instances(state, url, request, email, id).map(ok),
        "events.update" => write::update(state, request, email, id, now).map(ok),
        "events.delete" => write::delete(state, request, email, id, now).map(|()| Answer::empty(204)),
        "events.cancel" => write::cancel(state, email, id, now).map(|()| Answer::empty(202)),
        "events.accept" | "events.tentativelyAccept" | "events.decline" => {
            let word = route.name.trim_start_matches("events.");
            write::respond(state, request, email, id, word, now).map(|()| Answer::empty(202))
        }
        "subscriptions.list" => {
            let own = state.subscriptions.values().filter(|known| known.owner == email);
            Ok(ok(json!({"value": own.map(|known| known.told()).collect::<Vec<_>>()})))
        }
        "subscriptions.update" => subscribe::renew(state, request, email, id, now).map(ok),
        "subscriptions.get" | "subscriptions.delete" | "subscriptions.reauthorize" => {
            let found = state.subscriptions.get(id).filter(|known| known.owner == email);
            let told = found.ok_or_else(subscribe::missing)?.told();
            if route.name == "subscriptions.get" {
                return Ok(ok(told));
            }
            if route.name == "subscriptions.delete" {
                state.subscriptions.remove(id);
            }
            Ok(Answer::empty(204))
        }
        _ => Err(Refused::not_found()),
    }
}
