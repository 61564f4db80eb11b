//! Create, update, delete, cancel, respond (Graph, methods of "event").

use super::error::Refused;
use super::event::{Prefer, check, render, writable};
use super::invite;
use super::state::{Calendar, State, Stored};
use super::views;
use crate::provider::{Request, rfc3339_ms, text};
use serde_json::{Value, json};

fn body(request: &Request) -> Result<Value, Refused> {
    let parsed: Option<Value> = serde_json::from_slice(&request.body).ok();
    parsed.ok_or_else(|| Refused::new(400, "RequestBodyRead", "The request body is not JSON."))
}

fn told(state: &State, place: &str, core: &str, prefer: &Prefer) -> Result<Value, Refused> {
    let calendar = state.calendars.get(place).ok_or_else(Refused::not_found)?;
    let stored = calendar.events.get(core).ok_or_else(Refused::not_found)?;
    Ok(render(calendar, core, stored, views::kind(stored), prefer))
}

/// `POST …/events`.
pub(crate) fn create(state: &mut State, request: &Request, place: &str, now: i64) -> Result<Value, Refused> {
    let prefer = Prefer::of(request)?;
    let core = make(state, &body(request)?, place, now)?;
    told(state, place_of(state, place, &core), &core, &prefer)
}

/// A repeated create may have found its event in another calendar.
fn place_of<'a>(state: &'a State, place: &'a str, core: &str) -> &'a str {
    let has = |calendar: &&Calendar| calendar.events.contains_key(core);
    state.calendars.values().find(has).map_or(place, |calendar| calendar.id.as_str())
}

/// Stores a new event of an organizer; the core of its id.
pub(crate) fn make(state: &mut State, body: &Value, place: &str, now: i64) -> Result<String, Refused> {
    let mut json = writable(body)?;
    check(&json)?;
    let owner = state.calendars.get(place).map(|calendar| calendar.owner.clone()).ok_or_else(Refused::not_found)?;
    let transaction = text(&json, "transactionId").to_owned();
    let mailbox = state.mailboxes.get(&owner).ok_or_else(Refused::not_found)?;
    // "for the server to avoid redundant POST operations in case of client retries to create the same event"
    if let Some((calendar, core)) = mailbox.transactions.get(&transaction).filter(|_| !transaction.is_empty())
        && state.calendars.get(calendar).is_some_and(|calendar| calendar.events.contains_key(core))
    {
        if state.settings.conflict_on_transaction {
            let message = "Your request can't be completed. An event with the same transactionId exists.";
            return Err(Refused::new(409, "ErrorDuplicateTransactionId", message));
        }
        return Ok(core.clone());
    }
    state.next += 1;
    let core = format!("{:010}", state.next);
    json["uid"] = format!("040000008200E00074C5B7101A82E00800000000{core}").into();
    json["organizer"] = json!({"emailAddress": {"name": owner, "address": owner}});
    let has_attendees = json["attendees"].as_array().is_some_and(|all| !all.is_empty());
    json["responseStatus"] =
        json!({"response": if has_attendees { "organizer" } else { "none" }, "time": "0001-01-01T00:00:00Z"});
    answerless(&mut json);
    meet(&mut json, state.next, None);
    let stored = Stored { json, created_ms: now, ..Stored::default() };
    state.put(place, &core, stored, now);
    if let Some(mailbox) = state.mailboxes.get_mut(&owner)
        && !transaction.is_empty()
    {
        mailbox.transactions.insert(transaction, (place.to_owned(), core.clone()));
    }
    invite::spread(state, place, &core, now);
    Ok(core)
}

/// Attendees without an answer have none yet.
fn answerless(json: &mut Value) {
    for attendee in json["attendees"].as_array_mut().into_iter().flatten() {
        if attendee["status"].is_null() {
            attendee["status"] = json!({"response": "none", "time": "0001-01-01T00:00:00Z"});
        }
        if attendee["type"].is_null() {
            attendee["type"] = "required".into();
        }
    }
}

/// An online meeting is made once; "subsequently, Outlook ignores any further changes to isOnlineMeeting".
fn meet(json: &mut Value, seed: u64, before: Option<&Value>) {
    if let Some(before) = before.filter(|before| before["isOnlineMeeting"] == true) {
        for name in ["isOnlineMeeting", "onlineMeeting", "onlineMeetingProvider"] {
            json[name] = before[name].clone();
        }
        return;
    }
    if json["isOnlineMeeting"] == true {
        let url = format!("https://teams.microsoft.com/l/meetup-join/19%3ameeting_{seed}%40thread.v2/0");
        json["onlineMeeting"] = json!({"joinUrl": url, "conferenceId": format!("{seed}"), "tollNumber": "+1 000"});
        json["onlineMeetingProvider"] = "teamsForBusiness".into();
    }
}

fn precondition(request: &Request, stored: &Stored) -> Result<(), Refused> {
    match request.header("if-match") {
        Some(header) if header != "*" && header != stored.etag() => Err(Refused::changed()),
        _ => Ok(()),
    }
}

/// `PATCH …/events/{id}`; an occurrence becomes an exception.
pub(crate) fn update(state: &mut State, request: &Request, email: &str, id: &str, now: i64) -> Result<Value, Refused> {
    let prefer = Prefer::of(request)?;
    let (place, core, stored, kind) = views::find(state, email, id)?;
    precondition(request, &stored)?;
    apply(state, &body(request)?, (&place, &core), stored, kind, now)?;
    told(state, &place, &core, &prefer)
}

/// Changes an event by the members of a body.
pub(crate) fn apply(
    state: &mut State,
    body: &Value,
    (place, core): (&str, &str),
    stored: Stored,
    kind: &str,
    now: i64,
) -> Result<(), Refused> {
    let patch = writable(body)?;
    let before = stored.json.clone();
    let mut stored = stored;
    for (name, value) in patch.as_object().into_iter().flatten() {
        if name == "transactionId" && *value != before[name] {
            // "you can only set this property when creating the event"
            return Err(Refused::property("The transactionId cannot be changed."));
        }
        if name == "recurrence" && !value.is_null() && stored.of.is_some() {
            return Err(Refused::property("An occurrence has no recurrence of its own."));
        }
        if name == "singleValueExtendedProperties" {
            extend(&mut stored.json, value);
        } else {
            stored.json[name] = value.clone();
        }
    }
    if patch.get("location").is_some() && patch.get("locations").is_none() {
        // "any prior locations in the locations collection would be removed and replaced"
        stored.json["locations"] = json!([]);
    }
    answerless(&mut stored.json);
    meet(&mut stored.json, state.seq, Some(&before));
    check(&stored.json)?;
    let moved = ["start", "end", "recurrence"].iter().any(|name| before[*name] != stored.json[*name]);
    if kind == "seriesMaster" && moved {
        // exceptions do not outlive a new pattern (decided here, as Outlook does)
        stored.cancelled.clear();
        if let Some(calendar) = state.calendars.get_mut(place) {
            calendar.events.retain(|_, stored| stored.of.as_ref().is_none_or(|(master, _)| master != core));
        }
    }
    if kind == "occurrence" {
        stored.json["originalStart"] = rfc3339_ms(super::event::times(&before).0.as_millisecond()).into();
    }
    state.put(place, core, stored, now);
    invite::spread(state, place, core, now);
    Ok(())
}

/// Extended properties are set one by one.
fn extend(json: &mut Value, properties: &Value) {
    let mut all = json["singleValueExtendedProperties"].as_array().cloned().unwrap_or_default();
    for property in properties.as_array().into_iter().flatten() {
        all.retain(|own| own["id"] != property["id"]);
        if !property["value"].is_null() {
            all.push(property.clone());
        }
    }
    json["singleValueExtendedProperties"] = all.into();
}

/// `DELETE …/events/{id}`; a meeting's attendees are told.
pub(crate) fn delete(state: &mut State, request: &Request, email: &str, id: &str, now: i64) -> Result<(), Refused> {
    let (place, core, stored, _) = views::find(state, email, id)?;
    precondition(request, &stored)?;
    erase(state, &place, &core, &stored, now);
    Ok(())
}

/// Takes an event away, or an occurrence out of its series.
pub(crate) fn erase(state: &mut State, place: &str, core: &str, stored: &Stored, now: i64) {
    invite::withdraw(state, place, core, now);
    let Some((master_core, day)) = &stored.of else {
        state.remove(place, core, now);
        return;
    };
    state.remove(place, core, now);
    let master = state.calendars.get(place).and_then(|calendar| calendar.events.get(master_core)).cloned();
    if let Some(mut master) = master {
        master.cancelled.insert(*day);
        state.put(place, master_core, master, now);
    }
}

/// `POST …/events/{id}/cancel`: by the organizer only.
pub(crate) fn cancel(state: &mut State, email: &str, id: &str, now: i64) -> Result<(), Refused> {
    let (place, core, stored, _) = views::find(state, email, id)?;
    if !organizes(&stored, email) {
        return Err(Refused::request(
            "Your request can't be completed. You need to be an organizer to cancel a meeting.",
        ));
    }
    erase(state, &place, &core, &stored, now);
    Ok(())
}

fn organizes(stored: &Stored, email: &str) -> bool {
    text(&stored.json["organizer"]["emailAddress"], "address").eq_ignore_ascii_case(email)
}

/// `POST …/events/{id}/accept`, `tentativelyAccept`, `decline`.
pub(crate) fn respond(
    state: &mut State,
    request: &Request,
    email: &str,
    id: &str,
    word: &str,
    now: i64,
) -> Result<(), Refused> {
    let (place, core, mut stored, _) = views::find(state, email, id)?;
    if organizes(&stored, email) {
        let message =
            "Your request can't be completed. You can't respond to this meeting because you're the meeting organizer.";
        return Err(Refused::request(message));
    }
    let body: Value = if request.body.is_empty() { json!({}) } else { body(request)? };
    let known = ["comment", "sendResponse", "proposedNewTime"];
    if body.as_object().into_iter().flatten().any(|(name, _)| !known.contains(&name.as_str())) {
        return Err(Refused::new(400, "RequestBodyRead", "The request body has an unknown parameter."));
    }
    if !body["proposedNewTime"].is_null() {
        // "400 when proposedNewTime is used and allowNewTimeProposals is false, or sendResponse is false"
        let allowed = stored.json["allowNewTimeProposals"] != false && body["sendResponse"] != false;
        if word == "accept" || !allowed {
            return Err(Refused::request("Your request can't be completed. No new time may be proposed."));
        }
    }
    if body["sendResponse"] != false && stored.json["responseRequested"] == false {
        let message = "Your request can't be completed. The meeting organizer hasn't requested a response.";
        return Err(Refused::request(message));
    }
    let response = match word {
        "accept" => "accepted",
        "tentativelyAccept" => "tentativelyAccepted",
        _ => "declined",
    };
    let status = json!({"response": response, "time": rfc3339_ms(now)});
    stored.json["responseStatus"] = status.clone();
    invite::answer(&mut stored.json, email, &status);
    if body["sendResponse"] != false {
        invite::respond(state, &stored.json, email, &status, now);
    }
    if word == "decline" && state.settings.decline_removes {
        erase(state, &place, &core, &stored, now);
    } else {
        let shown = if word == "accept" { "busy" } else { "tentative" };
        stored.json["showAs"] = shown.into();
        state.put(&place, &core, stored, now);
    }
    Ok(())
}
