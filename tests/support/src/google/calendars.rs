//! `calendarList`, `calendars`, `freebusy` (reference).

use super::error::Refused;
use super::event::etag;
use super::instances::{self, Window, times};
use super::list::{flag, page_size};
use super::state::{Calendar, Entry, State};
use crate::provider::{Request, rfc3339_s, text, zone};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Most calendars of one free/busy query (reference, `calendarExpansionMax`).
const MOST_CALENDARS: usize = 50;

fn entry(email: &str, calendar: &Calendar, entry: &Entry) -> Value {
    let mut told = entry.own.clone();
    told["kind"] = "calendar#calendarListEntry".into();
    told["etag"] = etag(entry.changed).into();
    told["id"] = calendar.id.clone().into();
    if entry.role == "none" {
        told["deleted"] = true.into();
        return told;
    }
    told["summary"] = calendar.summary.clone().into();
    told["timeZone"] = calendar.zone.clone().into();
    told["accessRole"] = entry.role.clone().into();
    told["selected"] = true.into();
    told["defaultReminders"] = json!([{"method": "popup", "minutes": 10}]);
    told["conferenceProperties"] = json!({"allowedConferenceSolutionTypes": ["hangoutsMeet"]});
    if calendar.id == email {
        told["primary"] = true.into();
    }
    told
}

/// `GET /users/me/calendarList`.
pub(crate) fn list(state: &State, request: &Request, email: &str) -> Result<Value, Refused> {
    let deleted = flag(request, "showDeleted")?;
    let min_role = request.param("minAccessRole");
    let since: Option<u64> = match request.param("syncToken") {
        Some(_) if min_role.is_some() => {
            return Err(Refused::invalid("minAccessRole cannot be used with a sync token."));
        }
        Some(_) if request.param("showDeleted") == Some("false") => {
            return Err(Refused::invalid("Sync token cannot be used with showDeleted set to false."));
        }
        Some(token) => {
            let (generation, seq) =
                token.strip_prefix("cl").and_then(|rest| rest.split_once('.')).ok_or_else(Refused::full_sync)?;
            if generation.parse() != Ok(state.generation) {
                return Err(Refused::full_sync());
            }
            Some(seq.parse().map_err(|_| Refused::full_sync())?)
        }
        None => None,
    };
    let rank = |role: &str| ["freeBusyReader", "reader", "writer", "owner"].iter().position(|known| *known == role);
    let account = state.accounts.get(email).ok_or_else(Refused::not_found)?;
    let chosen = account.list.iter().filter(|(_, entry)| match since {
        Some(since) => entry.changed > since,
        None => (deleted || entry.role != "none") && min_role.is_none_or(|min| rank(&entry.role) >= rank(min)),
    });
    let all: Vec<Value> =
        chosen.filter_map(|(id, own)| Some(self::entry(email, state.calendars.get(id)?, own))).collect();
    let size = page_size(request, 100, 250)?.min(state.settings.page_most.unwrap_or(250));
    let skip: usize = request
        .param("pageToken")
        .map_or(Ok(0), str::parse)
        .map_err(|_| Refused::invalid("Invalid page token value."))?;
    let mut told = json!({
        "kind": "calendar#calendarList", "etag": format!("\"p{}\"", state.seq),
        "items": all.iter().skip(skip).take(size).collect::<Vec<_>>(),
    });
    if skip + size < all.len() {
        told["nextPageToken"] = (skip + size).to_string().into();
    } else {
        told["nextSyncToken"] = format!("cl{}.{}", state.generation, state.seq).into();
    }
    Ok(told)
}

/// `GET /users/me/calendarList/{id}`.
pub(crate) fn get_entry(state: &State, email: &str, id: &str) -> Result<Value, Refused> {
    let found = state.accounts.get(email).and_then(|account| account.list.get(id)).filter(|entry| entry.role != "none");
    Ok(entry(email, state.calendars.get(id).ok_or_else(Refused::not_found)?, found.ok_or_else(Refused::not_found)?))
}

/// `GET /calendars/{id}`.
pub(crate) fn get(state: &State, id: &str) -> Result<Value, Refused> {
    let calendar = state.calendars.get(id).ok_or_else(Refused::not_found)?;
    Ok(json!({
        "kind": "calendar#calendar", "etag": etag(0), "id": calendar.id, "summary": calendar.summary, "timeZone": calendar.zone,
        "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
    }))
}

/// `POST /freeBusy`.
pub(crate) fn free_busy(state: &State, request: &Request, email: &str) -> Result<Value, Refused> {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let time = |name: &str| -> Result<Timestamp, Refused> {
        let written = text(&body, name);
        if written.is_empty() {
            return Err(Refused::required(&format!("Missing {name} parameter.")));
        }
        written.parse().map_err(|_| Refused::new(400, "global", "badRequest", "Bad Request"))
    };
    let (from, to) = (time("timeMin")?, time("timeMax")?);
    if from >= to {
        return Err(Refused::range_empty());
    }
    if body["calendarExpansionMax"].as_u64().is_some_and(|most| most > MOST_CALENDARS as u64) {
        return Err(Refused::invalid("calendarExpansionMax is at most 50."));
    }
    let answer_zone = zone(text(&body, "timeZone"));
    let most =
        body["calendarExpansionMax"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(MOST_CALENDARS);
    let mut calendars = json!({});
    let items = body["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (at, item) in items.iter().enumerate() {
        let id = text(item, "id");
        let own = if id == "primary" { email } else { id };
        let error = |reason: &str| json!({"errors": [{"domain": "global", "reason": reason}], "busy": []});
        let allowed = state.role(email, own).is_some() || state.settings.free_busy_of_all;
        calendars[id] = match state.calendars.get(own).filter(|_| allowed) {
            _ if at >= most => error("tooManyCalendarsRequested"),
            None => error("notFound"),
            Some(calendar) => {
                let busy = busy(calendar, Window { from: Some(from), to: Some(to) });
                let tell = |at: Timestamp| rfc3339_s(at, &answer_zone);
                let busy: Vec<Value> = busy.iter().map(|(a, b)| json!({"start": tell(*a), "end": tell(*b)})).collect();
                json!({"busy": busy})
            }
        };
    }
    let tell = |at: Timestamp| rfc3339_s(at, &answer_zone);
    Ok(json!({"kind": "calendar#freeBusy", "timeMin": tell(from), "timeMax": tell(to), "calendars": calendars}))
}

/// Busy times of a calendar, in order, joined, cut to the window: opaque, not cancelled, not declined by its person.
fn busy(calendar: &Calendar, window: Window) -> Vec<(Timestamp, Timestamp)> {
    let mut all = Vec::new();
    for stored in calendar.events.values().filter(|stored| stored.master().is_none() && !stored.cancelled()) {
        let instances = if stored.json.get("recurrence").is_some() {
            instances::expand(calendar, stored, window, false)
        } else {
            vec![stored.clone()]
        };
        for instance in instances {
            let attendees = instance.json["attendees"].as_array().map(Vec::as_slice).unwrap_or_default();
            let declined = attendees.iter().any(|attendee| {
                text(attendee, "email").eq_ignore_ascii_case(calendar.address())
                    && attendee["responseStatus"] == "declined"
            });
            let free = text(&instance.json, "transparency") == "transparent";
            if let (false, Some((start, end))) = (declined || free, times(calendar, &instance.json))
                && window.has(start, end)
            {
                let (from, to) = (window.from.unwrap_or(start), window.to.unwrap_or(end));
                all.push((start.max(from), end.min(to)));
            }
        }
    }
    all.sort();
    let mut joined: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (start, end) in all.into_iter().filter(|(start, end)| start < end) {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}
