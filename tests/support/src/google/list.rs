//! `events.list` and `events.instances` (reference, guide "Synchronize resources efficiently").

use super::error::Refused;
use super::event::{render, render_deleted};
use super::instances::{self, Window, times};
use super::singles;
use super::state::{Calendar, State, Stored};
use crate::provider::{Request, rfc3339_ms, text};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const DEFAULT_PAGE: usize = 250;
const MOST: usize = 2500;

/// What may not come with a sync token.
const NOT_WITH_SYNC: &[&str] = &[
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
];

/// What must be the same in every request of one synchronization.
const SAME_IN_SYNC: &[&str] = &["singleEvents", "eventTypes", "showHiddenInvitations", "maxAttendees", "timeZone"];

/// What a page token or a sync token stands for. Clients see base64 of it and must not look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// `p`: page, `s`: sync.
    pub kind: char,
    pub calendar: String,
    pub generation: u64,
    /// The parameters that must stay.
    pub same: String,
    /// Changes after this one are told (incremental), or everything (`None`).
    pub since: Option<u64>,
    /// Changes up to this one belong to this round.
    pub bound: u64,
    /// What was told so far of it; with single events the number of items.
    pub after: u64,
    /// A round of single events.
    pub round: Option<u64>,
    /// `timeMin` and `timeMax`, milliseconds since 1970.
    pub window: (Option<i64>, Option<i64>),
}

impl Cursor {
    pub fn window(&self) -> Window {
        let at = |ms: Option<i64>| ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        Window { from: at(self.window.0), to: at(self.window.1) }
    }

    pub fn write(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        B64.encode(text)
    }

    fn read(text: &str, kind: char) -> Option<Self> {
        let cursor: Self = serde_json::from_slice(&B64.decode(text).ok()?).ok()?;
        (cursor.kind == kind).then_some(cursor)
    }
}

/// The parameters of a list.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub size: usize,
    pub deleted: bool,
    pub single: bool,
    pub window: Window,
    pub zone: Option<String>,
    pub attendees: Option<usize>,
    same: String,
    updated_min: Option<i64>,
    order: Option<String>,
    text: Option<String>,
    uid: Option<String>,
    properties: Vec<(&'static str, String, String)>,
}

pub(crate) fn flag(request: &Request, name: &str) -> Result<bool, Refused> {
    match request.param(name) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Refused::invalid(&format!("Invalid boolean value for {name}"))),
    }
}

pub(crate) fn time(request: &Request, name: &str) -> Result<Option<Timestamp>, Refused> {
    // "must be an RFC3339 timestamp with mandatory time zone offset"
    let parse = |text: &str| text.parse().map_err(|_| Refused::new(400, "global", "badRequest", "Bad Request"));
    request.param(name).map(parse).transpose()
}

pub(crate) fn page_size(request: &Request, default: usize, most: usize) -> Result<usize, Refused> {
    match request.param("maxResults") {
        None => Ok(default),
        Some(text) => {
            let size: usize = text.parse().map_err(|_| Refused::invalid("Invalid value for maxResults"))?;
            // larger ones are not refused: "the page size can never be larger than 2500 events"
            if size == 0 { Err(Refused::invalid("Invalid value for maxResults")) } else { Ok(size.min(most)) }
        }
    }
}

fn asked(request: &Request, state: &State, now: i64) -> Result<Asked, Refused> {
    let window = Window { from: time(request, "timeMin")?, to: time(request, "timeMax")? };
    if let (Some(from), Some(to)) = (window.from, window.to)
        && from >= to
    {
        return Err(Refused::range_empty());
    }
    let single = flag(request, "singleEvents")?;
    let order = request.param("orderBy");
    match order {
        Some("startTime") if !single => {
            let message = "The requested ordering is not available for the particular query.";
            return Err(Refused::new(400, "calendar", "orderingNotAvailable", message));
        }
        None | Some("startTime" | "updated") => {}
        Some(_) => return Err(Refused::invalid("Invalid value for orderBy")),
    }
    let updated_min = time(request, "updatedMin")?.map(Timestamp::as_millisecond);
    if updated_min.is_some_and(|at| at < now - state.settings.updated_min_s * 1000) {
        return Err(Refused::updated_min());
    }
    let mut properties = Vec::new();
    for (parameter, kind) in [("privateExtendedProperty", "private"), ("sharedExtendedProperty", "shared")] {
        for (_, value) in request.query.iter().filter(|(name, _)| name == parameter) {
            let pair = value.split_once('=').ok_or_else(|| Refused::invalid("Invalid extended property constraint"))?;
            properties.push((kind, pair.0.to_owned(), pair.1.to_owned()));
        }
    }
    let zone = request.param("timeZone").map(str::to_owned);
    if zone.as_ref().is_some_and(|zone| !crate::provider::is_zone(zone)) {
        return Err(Refused::invalid("Invalid time zone."));
    }
    let deleted = flag(request, "showDeleted")?;
    let plain = |name: &&str| request.param(name).filter(|value| *value != "false").unwrap_or_default();
    let same: Vec<&str> = SAME_IN_SYNC.iter().map(plain).collect();
    Ok(Asked {
        size: page_size(request, DEFAULT_PAGE, MOST)?.min(state.settings.page_most.unwrap_or(MOST)),
        deleted,
        single,
        window,
        zone,
        attendees: request.param("maxAttendees").and_then(|text| text.parse().ok()),
        same: format!("{}|{deleted}", same.join("|")),
        updated_min,
        order: order.map(str::to_owned),
        text: request.param("q").map(str::to_lowercase),
        uid: request.param("iCalUID").map(str::to_owned),
        properties,
    })
}

impl Asked {
    /// Whether a sync token follows: "must not be combined" with the filters; a range of time is fine the first time (guide on sync).
    fn can_sync(&self) -> bool {
        self.order.is_none()
            && self.text.is_none()
            && self.uid.is_none()
            && self.properties.is_empty()
            && self.updated_min.is_none()
    }

    fn matches(&self, json: &Value) -> bool {
        let has = |(kind, key, value): &(&str, String, String)| json["extendedProperties"][kind][key] == value.as_str();
        let words = ["summary", "description", "location"].map(|name| text(json, name).to_lowercase());
        let names = json["attendees"].to_string().to_lowercase();
        let found = |wanted: &String| words.iter().any(|text| text.contains(wanted)) || names.contains(wanted);
        let updated = || text(json, "updated").parse::<Timestamp>().map_or(0, Timestamp::as_millisecond);
        self.properties.iter().all(has)
            && self.text.as_ref().is_none_or(found)
            && self.uid.as_ref().is_none_or(|uid| json["iCalUID"] == uid.as_str())
            && self.updated_min.is_none_or(|min| updated() >= min)
    }

    /// Whether a full list has it.
    fn lists(&self, calendar: &Calendar, stored: &Stored) -> bool {
        if !self.matches(&stored.json) {
            return false;
        }
        if stored.cancelled() && !self.deleted && self.updated_min.is_none() {
            // "cancelled instances of recurring events will still be included if showDeleted and singleEvents are both False"
            return stored.master().is_some() && self.in_window(calendar, stored);
        }
        self.in_window(calendar, stored)
    }

    fn in_window(&self, calendar: &Calendar, stored: &Stored) -> bool {
        if self.window.from.is_none() && self.window.to.is_none() {
            return true;
        }
        if stored.json.get("recurrence").is_some() {
            return !instances::expand(calendar, stored, self.window, true).is_empty();
        }
        let original = super::event::Moment::of(&stored.json["originalStartTime"], &calendar.zone);
        let original = original.map(|at| at.instant(&calendar.zone)).map(|at| (at, at));
        times(calendar, &stored.json).or(original).is_none_or(|(start, end)| self.window.has(start, end))
    }

    pub fn tell(&self, calendar: &Calendar, stored: &Stored) -> Value {
        if stored.cancelled() {
            return render_deleted(stored, calendar);
        }
        render(calendar, stored, self.zone.as_deref(), self.attendees)
    }
}

/// The round that a request begins or goes on with.
fn cursor(state: &State, request: &Request, calendar: &str, asked: &Asked) -> Result<Cursor, Refused> {
    let check = |cursor: Cursor| {
        if cursor.calendar != calendar {
            return Err(Refused::invalid("The token belongs to another calendar."));
        }
        if cursor.generation < state.generation {
            return Err(Refused::full_sync());
        }
        if cursor.same != asked.same {
            return Err(Refused::invalid("The parameters are not those of the initial request."));
        }
        Ok(cursor)
    };
    if let Some(sync) = request.param("syncToken") {
        if let Some(name) = NOT_WITH_SYNC.iter().find(|name| request.param(name).is_some()) {
            return Err(Refused::invalid(&format!("Sync token cannot be used with parameter {name}.")));
        }
        if request.param("showDeleted") == Some("false") {
            return Err(Refused::invalid("Sync token cannot be used with showDeleted set to false."));
        }
        let cursor = Cursor::read(sync, 's').ok_or_else(|| Refused::invalid("Invalid sync token value."))?;
        let cursor = check(cursor)?;
        if request.param("pageToken").is_none() {
            return Ok(Cursor {
                kind: 'p',
                since: Some(cursor.bound),
                bound: state.seq,
                after: cursor.bound,
                ..cursor
            });
        }
    }
    if let Some(page) = request.param("pageToken") {
        return check(Cursor::read(page, 'p').ok_or_else(|| Refused::invalid("Invalid page token value."))?);
    }
    Ok(Cursor {
        kind: 'p',
        calendar: calendar.to_owned(),
        generation: state.generation,
        same: asked.same.clone(),
        since: None,
        bound: state.seq,
        after: 0,
        round: None,
        window: (asked.window.from.map(Timestamp::as_millisecond), asked.window.to.map(Timestamp::as_millisecond)),
    })
}

/// `GET /calendars/{id}/events`.
pub(crate) fn list(
    state: &mut State,
    request: &Request,
    calendar_id: &str,
    role: &str,
    now: i64,
) -> Result<Value, Refused> {
    let asked = asked(request, state, now)?;
    let mut cursor = cursor(state, request, calendar_id, &asked)?;
    let (items, more) =
        if asked.single { singles::page(state, &asked, &mut cursor, now)? } else { page(state, &asked, &mut cursor)? };
    let calendar = state.calendars.get(calendar_id).ok_or_else(Refused::not_found)?;
    let items: Vec<Value> =
        items.into_iter().map(|item| if role == "freeBusyReader" { hide(&item) } else { item }).collect();
    let mut told = json!({
        "kind": "calendar#events",
        "etag": format!("\"p{}\"", state.seq),
        "summary": calendar.summary,
        "updated": rfc3339_ms(calendar.updated_ms),
        "timeZone": asked.zone.as_ref().unwrap_or(&calendar.zone),
        "accessRole": role,
        "defaultReminders": [],
        "items": items,
    });
    if more {
        told["nextPageToken"] = cursor.write().into();
    } else if asked.can_sync() {
        told["nextSyncToken"] = Cursor { kind: 's', ..cursor }.write().into();
    }
    Ok(told)
}

/// The next items by their changes, so that what changes meanwhile moves to the next round and nothing is told twice in one.
fn page(state: &State, asked: &Asked, cursor: &mut Cursor) -> Result<(Vec<Value>, bool), Refused> {
    let calendar = state.calendars.get(&cursor.calendar).ok_or_else(Refused::not_found)?;
    let synced = Asked { window: cursor.window(), ..Asked::default() };
    let chosen = |stored: &&Stored| match cursor.since {
        Some(since) => stored.changed > since && (stored.cancelled() || synced.in_window(calendar, stored)),
        None => asked.lists(calendar, stored),
    };
    let in_round = |stored: &&Stored| stored.changed > cursor.after && stored.changed <= cursor.bound;
    let mut items: Vec<&Stored> = calendar.events.values().filter(in_round).filter(chosen).collect();
    items.sort_by_key(|stored| stored.changed);
    let more = items.len() > asked.size;
    items.truncate(asked.size);
    if let Some(last) = items.last() {
        cursor.after = last.changed;
    }
    Ok((items.into_iter().map(|stored| asked.tell(calendar, stored)).collect(), more))
}

/// What readers of free and busy times see.
fn hide(item: &Value) -> Value {
    let mut hidden = json!({"visibility": "private"});
    for name in ["kind", "etag", "id", "status", "start", "end", "recurringEventId", "originalStartTime", "recurrence"]
    {
        if let Some(value) = item.get(name) {
            hidden[name] = value.clone();
        }
    }
    hidden
}

/// `GET /calendars/{id}/events/{id}/instances`.
pub(crate) fn instances(
    state: &State,
    request: &Request,
    calendar_id: &str,
    id: &str,
    role: &str,
) -> Result<Value, Refused> {
    let calendar = state.calendars.get(calendar_id).ok_or_else(Refused::not_found)?;
    let master = calendar.events.get(id).ok_or_else(Refused::not_found)?;
    let window = Window { from: time(request, "timeMin")?, to: time(request, "timeMax")? };
    let asked = Asked { window, zone: request.param("timeZone").map(str::to_owned), ..Asked::default() };
    let mut all = instances::expand(calendar, master, window, flag(request, "showDeleted")?);
    if let Some(original) = request.param("originalStart") {
        let wanted: Option<Timestamp> = original.parse().ok();
        let at = |stored: &Stored| super::event::Moment::of(&stored.json["originalStartTime"], &calendar.zone);
        all.retain(|stored| at(stored).map(|at| at.instant(&calendar.zone)) == wanted);
    }
    let size = page_size(request, DEFAULT_PAGE, MOST)?.min(state.settings.page_most.unwrap_or(MOST));
    let skip: usize = request
        .param("pageToken")
        .map_or(Ok(0), str::parse)
        .map_err(|_| Refused::invalid("Invalid page token value."))?;
    let items: Vec<Value> = all.iter().skip(skip).take(size).map(|stored| asked.tell(calendar, stored)).collect();
    let mut told = json!({
        "kind": "calendar#events", "summary": calendar.summary, "timeZone": calendar.zone, "accessRole": role, "items": items,
    });
    if skip + size < all.len() {
        told["nextPageToken"] = (skip + size).to_string().into();
    }
    Ok(told)
}
