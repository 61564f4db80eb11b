//! `events.insert`, `import`, `patch`, `update`, `delete`, `move` (reference, "Events").

use super::error::Refused;
use super::event::{check, merge, render, writable};
use super::instances;
use super::invite;
use super::state::{State, Stored};
use crate::provider::{Request, number, rfc3339_ms, text};
use serde_json::{Value, json};

/// Who writes where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub account: &'a str,
    pub calendar: &'a str,
    pub now: i64,
}

/// "Characters allowed in the ID are those used in base32hex encoding, i.e. lowercase letters a-v and digits 0-9; between 5 and 1024."
fn good_id(id: &str) -> bool {
    (5..=1024).contains(&id.len()) && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'v'))
}

fn version(request: &Request, name: &str, known: &[&str]) -> Result<i64, Refused> {
    let text = request.param(name).unwrap_or("0");
    if !known.contains(&text) {
        return Err(Refused::invalid(&format!("Invalid value for {name}")));
    }
    Ok(text.parse().unwrap_or_default())
}

/// `conferenceDataVersion`, and whether `sendUpdates` is one of its words.
fn parameters(request: &Request) -> Result<bool, Refused> {
    if request.param("sendUpdates").is_some_and(|value| !["all", "externalOnly", "none"].contains(&value)) {
        return Err(Refused::invalid("Invalid value for sendUpdates"));
    }
    Ok(version(request, "conferenceDataVersion", &["0", "1"])? == 1)
}

fn body(request: &Request) -> Result<Value, Refused> {
    let parsed: Option<Value> = serde_json::from_slice(&request.body).ok();
    parsed.filter(Value::is_object).ok_or_else(|| Refused::new(400, "global", "parseError", "Parse Error"))
}

/// `POST /calendars/{id}/events`.
pub(crate) fn insert(state: &mut State, request: &Request, place: Place<'_>) -> Result<Value, Refused> {
    let conferences = parameters(request)?;
    create(state, &body(request)?, place, conferences)
}

/// Stores a new event of an organizer.
pub(crate) fn create(state: &mut State, body: &Value, place: Place<'_>, conferences: bool) -> Result<Value, Refused> {
    let Place { calendar: calendar_id, now, .. } = place;
    let calendar = state.calendars.get(calendar_id).ok_or_else(Refused::not_found)?;
    let id = match body.get("id").and_then(Value::as_str) {
        Some(id) if !good_id(id) => return Err(Refused::invalid("Invalid resource id value.")),
        // "only one of them should be supplied at event creation time" (reference, `iCalUID`)
        Some(_) if body.get("iCalUID").is_some() => {
            return Err(Refused::invalid("Only one of id and iCalUID should be supplied."));
        }
        // an id is never free again, also after its event was deleted
        Some(id) if calendar.events.contains_key(id) => return Err(Refused::duplicate()),
        Some(id) => id.to_owned(),
        None => {
            state.next += 1;
            format!("{:026x}", u128::from(state.next).wrapping_mul(0x1_0000_0000_0193))
        }
    };
    let mut json = writable(body);
    let person = json!({"email": calendar.address()});
    check(&mut json, &calendar.zone)?;
    json["id"] = id.as_str().into();
    json["iCalUID"] = body.get("iCalUID").cloned().unwrap_or_else(|| format!("{id}@google.com").into());
    json["created"] = rfc3339_ms(now).into();
    json["creator"] = json!({"email": place.account});
    json["organizer"] = person;
    json["sequence"] = number(body, "sequence").unwrap_or(0).into();
    json["eventType"] = body.get("eventType").cloned().unwrap_or_else(|| "default".into());
    if json.get("status").is_none() {
        json["status"] = "confirmed".into();
    }
    if json.get("reminders").is_none() {
        json["reminders"] = json!({"useDefault": true});
    }
    let wanted = take_conference(&mut json);
    if conferences {
        set_conference(state, &mut json, wanted, None, place)?;
    }
    state.put(calendar_id, &id, json, now);
    invite::spread(state, calendar_id, &id, now);
    told(state, calendar_id, &id)
}

/// `POST /calendars/{id}/events/import`: a private copy of an event of somebody.
pub(crate) fn import(state: &mut State, request: &Request, place: Place<'_>) -> Result<Value, Refused> {
    let conferences = parameters(request)?;
    let body = body(request)?;
    let uid = text(&body, "iCalUID").to_owned();
    if uid.is_empty() {
        return Err(Refused::required("Missing iCalUID."));
    }
    let calendar = state.calendars.get(place.calendar).ok_or_else(Refused::not_found)?;
    if calendar.events.values().any(|stored| stored.json["iCalUID"] == uid.as_str() && !stored.cancelled()) {
        return Err(Refused::duplicate());
    }
    let made = create(state, &json!({"start": body["start"], "end": body["end"], "iCalUID": uid}), place, false)?;
    let id = text(&made, "id").to_owned();
    let mut stored = state.stored(place.calendar, &id).map(|stored| stored.json.clone()).unwrap_or_default();
    merge(&mut stored, &writable(&body));
    for name in ["organizer", "originalStartTime"] {
        if let Some(value) = body.get(name) {
            stored[name] = value.clone();
        }
    }
    if !conferences {
        take_conference(&mut stored);
    }
    let zone = state.calendars.get(place.calendar).map(|calendar| calendar.zone.clone()).unwrap_or_default();
    check(&mut stored, &zone)?;
    state.put(place.calendar, &id, stored, place.now);
    told(state, place.calendar, &id)
}

fn told(state: &State, calendar: &str, id: &str) -> Result<Value, Refused> {
    let calendar = state.calendars.get(calendar).ok_or_else(Refused::not_found)?;
    Ok(render(calendar, calendar.events.get(id).ok_or_else(Refused::not_found)?, None, None))
}

/// An event, or the instance that its id names. The flag: it is not stored yet.
pub(crate) fn find(state: &State, calendar: &str, id: &str) -> Result<(Stored, bool), Refused> {
    let calendar = state.calendars.get(calendar).ok_or_else(Refused::not_found)?;
    if let Some(stored) = calendar.events.get(id) {
        return Ok((stored.clone(), false));
    }
    let (master, original) = instances::find(calendar, id).ok_or_else(Refused::not_found)?;
    Ok((instances::instance(calendar, master, &original), true))
}

fn precondition(request: &Request, stored: &Stored) -> Result<(), Refused> {
    let etag = stored.etag();
    let named = |header: &str| header == "*" || header.split(',').any(|known| known.trim() == etag);
    match request.header("if-match") {
        Some(header) if !named(header) => Err(Refused::precondition()),
        _ => Ok(()),
    }
}

/// `PATCH` and `PUT /calendars/{id}/events/{id}`.
pub(crate) fn change(
    state: &mut State,
    request: &Request,
    place: Place<'_>,
    id: &str,
    whole: bool,
) -> Result<Value, Refused> {
    let conferences = parameters(request)?;
    let body = body(request)?;
    let (stored, _) = find(state, place.calendar, id)?;
    precondition(request, &stored)?;
    apply(state, &body, place, &stored, whole, conferences)
}

/// Changes an event by the members of a body.
pub(crate) fn apply(
    state: &mut State,
    body: &Value,
    place: Place<'_>,
    stored: &Stored,
    whole: bool,
    conferences: bool,
) -> Result<Value, Refused> {
    let Place { calendar: calendar_id, now, .. } = place;
    let calendar = state.calendars.get(calendar_id).ok_or_else(Refused::not_found)?;
    let (zone, address) = (calendar.zone.clone(), calendar.address().to_owned());
    let before = &stored.json;
    let id = text(before, "id").to_owned();
    let mut json = before.clone();
    let mut patch = writable(body);
    if whole {
        // "always updates the entire event resource": what is not sent is gone
        let keep = ["sequence", "status", "conferenceData", "eventType"];
        if let Some(event) = json.as_object_mut() {
            let sent = writable(&Value::Object(event.clone()));
            event.retain(|name, _| keep.contains(&name.as_str()) || sent.get(name).is_none());
        }
    }
    let wanted = take_conference(&mut patch);
    merge(&mut json, &patch);
    check(&mut json, &zone)?;
    // "Invalid sequence value": below the current one
    let sequence = number(before, "sequence").unwrap_or(0);
    if number(body, "sequence").is_some_and(|sent| sent < sequence) {
        let message = "Invalid sequence value. The specified sequence number is below the current sequence number of the \
                       resource. Re-fetch the resource and use its sequence number on the following request.";
        return Err(Refused::invalid(message));
    }
    invite::check_shared(before, &json, &address)?;
    let moved = ["start", "end", "recurrence"].iter().any(|name| before.get(name) != json.get(name));
    if moved && number(body, "sequence").is_none_or(|sent| sent == sequence) {
        json["sequence"] = (sequence + 1).into();
    }
    if conferences {
        set_conference(state, &mut json, wanted, before.get("conferenceData"), place)?;
    }
    if text(&json, "status") == "cancelled" {
        remove(state, calendar_id, &id, json, now);
        return told(state, calendar_id, &id);
    }
    let recurs = json.get("recurrence").is_some();
    state.put(calendar_id, &id, json, now);
    if moved && recurs {
        drop_strays(state, calendar_id, &id, now);
    }
    invite::spread(state, calendar_id, &id, now);
    told(state, calendar_id, &id)
}

/// Exceptions whose original starts a changed series has no more are gone.
fn drop_strays(state: &mut State, calendar_id: &str, master_id: &str, now: i64) {
    let Some(calendar) = state.calendars.get(calendar_id) else { return };
    let exceptions = instances::exceptions(calendar, master_id);
    let strays = exceptions.into_iter().filter(|exception| {
        let id = text(&exception.json, "id");
        !exception.cancelled() && instances::find(calendar, id).is_none()
    });
    let strays: Vec<Value> = strays.map(|exception| exception.json.clone()).collect();
    for mut json in strays {
        json["status"] = "cancelled".into();
        let id = text(&json, "id").to_owned();
        state.put(calendar_id, &id, json, now);
    }
}

/// Cancels an event; the exceptions of a master go with it, without tombstones of their own.
fn remove(state: &mut State, calendar_id: &str, id: &str, mut json: Value, now: i64) {
    json["status"] = "cancelled".into();
    if let Some(calendar) = state.calendars.get_mut(calendar_id)
        && json.get("recurrence").is_some()
    {
        let strays = instances::exceptions(calendar, id);
        let strays: Vec<String> = strays.iter().map(|stored| text(&stored.json, "id").to_owned()).collect();
        calendar.events.retain(|id, _| !strays.contains(id));
    }
    state.put(calendar_id, id, json, now);
    invite::spread(state, calendar_id, id, now);
}

/// `DELETE /calendars/{id}/events/{id}`.
pub(crate) fn delete(state: &mut State, request: &Request, place: Place<'_>, id: &str) -> Result<(), Refused> {
    parameters(request)?;
    let (stored, _) = find(state, place.calendar, id)?;
    if stored.cancelled() {
        return Err(Refused::deleted());
    }
    precondition(request, &stored)?;
    erase(state, place, &stored);
    Ok(())
}

/// Deletes an event or an instance; an invitation that is deleted is declined.
pub(crate) fn erase(state: &mut State, place: Place<'_>, stored: &Stored) {
    let id = text(&stored.json, "id").to_owned();
    invite::decline(state, place.calendar, &stored.json, place.now);
    remove(state, place.calendar, &id, stored.json.clone(), place.now);
}

/// `POST /calendars/{id}/events/{id}/move`.
pub(crate) fn transfer(
    state: &mut State,
    request: &Request,
    place: Place<'_>,
    id: &str,
    to: &str,
) -> Result<Value, Refused> {
    parameters(request)?;
    let (stored, unsaved) = find(state, place.calendar, id)?;
    if stored.cancelled() {
        return Err(Refused::deleted());
    }
    if unsaved || stored.master().is_some() {
        let message = "Cannot change the organizer of an instance.";
        return Err(Refused::new(400, "calendar", "cannotChangeOrganizerOfInstance", message));
    }
    let calendar = state.calendars.get(place.calendar).ok_or_else(Refused::not_found)?;
    if stored.json["organizer"]["email"] != calendar.address() || text(&stored.json, "eventType") != "default" {
        let message = "Cannot change the organizer of the event.";
        return Err(Refused::new(400, "calendar", "cannotChangeOrganizer", message));
    }
    let target = state.calendars.get(to).ok_or_else(Refused::not_found)?;
    if target.events.contains_key(id) {
        return Err(Refused::duplicate());
    }
    let address = target.address().to_owned();
    let exceptions: Vec<Value> =
        instances::exceptions(calendar, id).iter().map(|exception| exception.json.clone()).collect();
    remove(state, place.calendar, id, stored.json.clone(), place.now);
    for mut json in exceptions.into_iter().chain([stored.json]) {
        json["organizer"] = json!({"email": address});
        let id = text(&json, "id").to_owned();
        state.put(to, &id, json, place.now);
    }
    told(state, to, id)
}

fn take_conference(json: &mut Value) -> Option<Value> {
    json.as_object_mut()?.remove("conferenceData")
}

/// `conferenceData` of a request with version 1: a create request, a copy, or null to take it away.
fn set_conference(
    state: &mut State,
    json: &mut Value,
    wanted: Option<Value>,
    before: Option<&Value>,
    place: Place<'_>,
) -> Result<(), Refused> {
    let Some(wanted) = wanted else { return Ok(()) };
    if wanted.is_null() {
        take_conference(json);
        if let Some(event) = json.as_object_mut() {
            event.remove("hangoutLink");
        }
        return Ok(());
    }
    let Some(request) = wanted.get("createRequest") else {
        json["conferenceData"] = wanted;
        return Ok(());
    };
    let request_id = text(request, "requestId");
    if request_id.is_empty() {
        return Err(Refused::required("Missing conference request id."));
    }
    // "if an ID provided is the same as for the previous request, the request is ignored" (reference, `requestId`)
    if before.is_some_and(|before| before["createRequest"]["requestId"] == request_id) {
        return Ok(());
    }
    let kind = text(&request["conferenceSolutionKey"], "type");
    if !["", "hangoutsMeet", "eventHangout", "eventNamedHangout"].contains(&kind) {
        return Err(Refused::invalid("Invalid conference type value."));
    }
    json["conferenceData"] = json!({"createRequest": {
        "requestId": request_id,
        "conferenceSolutionKey": {"type": "hangoutsMeet"},
        "status": {"statusCode": "pending"},
    }});
    let ready = place.now + state.settings.conference_ms;
    state.conferences.push((place.calendar.to_owned(), text(json, "id").to_owned(), ready));
    Ok(())
}
