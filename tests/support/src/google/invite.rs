//! Invitations between calendars of this server (guide "Invite users to events"): attendees with a calendar here get a copy under the same
//! id, their responses come back, and what is shared only the organizer changes.

use super::error::Refused;
use super::state::State;
use crate::provider::text;
use serde_json::{Value, json};

/// What belongs to each copy alone (guide: "private" properties), beside the own response.
const PRIVATE: &[&str] =
    &["reminders", "colorId", "transparency", "visibility", "extendedProperties", "updated", "status"];

const SHARED: &[&str] = &["start", "end", "recurrence", "summary", "description", "location", "conferenceData"];

fn organizer(json: &Value) -> &str {
    text(&json["organizer"], "email")
}

fn response_of<'a>(json: &'a Value, email: &str) -> Option<&'a str> {
    let attendees = json["attendees"].as_array()?;
    let own = attendees.iter().find(|attendee| text(attendee, "email").eq_ignore_ascii_case(email))?;
    own["responseStatus"].as_str()
}

fn addresses(json: &Value) -> Vec<String> {
    let attendees = json["attendees"].as_array().map(Vec::as_slice).unwrap_or_default();
    attendees.iter().map(|attendee| text(attendee, "email").to_owned()).collect()
}

/// An attendee changes the own response and private properties only, unless guests may modify.
pub(crate) fn check_shared(before: &Value, after: &Value, address: &str) -> Result<(), Refused> {
    let foreign = !organizer(before).is_empty() && !organizer(before).eq_ignore_ascii_case(address);
    if !foreign || before["guestsCanModify"] == true {
        return Ok(());
    }
    let mut others_before = addresses(before);
    let mut others_after = addresses(after);
    others_before.sort();
    others_after.sort();
    let others = |json: &Value| -> Vec<Option<String>> {
        let mut all = addresses(json);
        all.retain(|email| !email.eq_ignore_ascii_case(address));
        all.sort();
        all.iter().map(|email| response_of(json, email).map(str::to_owned)).collect()
    };
    let same = SHARED.iter().all(|name| before.get(name) == after.get(name))
        && others_before == others_after
        && others(before) == others(after);
    if same { Ok(()) } else { Err(Refused::organizer()) }
}

/// Brings a change to the other calendars: from the organizer to the attendees, from an attendee the response to the organizer.
pub(crate) fn spread(state: &mut State, calendar: &str, id: &str, now: i64) {
    let Some(json) = state.stored(calendar, id).map(|stored| stored.json.clone()) else { return };
    let organizer = organizer(&json).to_owned();
    if organizer.eq_ignore_ascii_case(calendar) {
        for email in addresses(&json).into_iter().filter(|email| !email.eq_ignore_ascii_case(calendar)) {
            if !state.calendars.contains_key(&email) {
                continue;
            }
            let mut copy = json.clone();
            if let Some(old) = state.stored(&email, id).map(|stored| stored.json.clone()) {
                for name in PRIVATE.iter().filter(|name| **name != "status") {
                    copy[*name] = old.get(name).cloned().unwrap_or_default();
                }
                // who has deleted the invitation does not get it again
                let away = text(&old, "status") == "cancelled" && response_of(&json, &email) == Some("declined");
                if old == copy || away {
                    continue;
                }
            } else {
                for name in PRIVATE.iter().filter(|name| !["status", "updated"].contains(name)) {
                    copy[*name] = Value::Null;
                }
                copy["reminders"] = json!({"useDefault": true});
            }
            if let Some(event) = copy.as_object_mut() {
                event.retain(|_, value| !value.is_null());
            }
            state.put(&email, id, copy, now);
        }
        uninvite(state, calendar, id, &json, now);
        return;
    }
    // what a deleted copy says is told by `decline`
    let response = response_of(&json, calendar).filter(|_| text(&json, "status") != "cancelled").map(str::to_owned);
    let Some(response) = response else { return };
    respond(state, &organizer, id, calendar, &response, now);
}

/// Copies in calendars of people who are not attendees any more are cancelled.
fn uninvite(state: &mut State, calendar: &str, id: &str, json: &Value, now: i64) {
    let invited = addresses(json);
    let others = state.calendars.values().filter(|other| other.id != calendar && !invited.contains(&other.id));
    let copies = others.filter_map(|other| other.events.get(id).map(|stored| (other.id.clone(), stored.clone())));
    let copies: Vec<_> =
        copies.filter(|(_, stored)| !stored.cancelled() && organizer(&stored.json) == calendar).collect();
    for (other, stored) in copies {
        let mut json = stored.json;
        json["status"] = "cancelled".into();
        state.put(&other, id, json, now);
    }
}

fn respond(state: &mut State, organizer: &str, id: &str, email: &str, response: &str, now: i64) {
    let Some(mut json) = state.stored(organizer, id).map(|stored| stored.json.clone()) else { return };
    if response_of(&json, email) == Some(response) {
        return;
    }
    for attendee in json["attendees"].as_array_mut().into_iter().flatten() {
        if text(attendee, "email").eq_ignore_ascii_case(email) {
            attendee["responseStatus"] = response.into();
        }
    }
    state.put(organizer, id, json, now);
}

/// Who deletes an invitation declines it.
pub(crate) fn decline(state: &mut State, calendar: &str, json: &Value, now: i64) {
    let organizer = organizer(json).to_owned();
    if !organizer.eq_ignore_ascii_case(calendar) && response_of(json, calendar).is_some() {
        let id = text(json, "id").to_owned();
        respond(state, &organizer, &id, calendar, "declined", now);
    }
}
