//! Meetings between mailboxes of this server: attendees with a mailbox here have a copy with an id of its own and the same UID, and
//! their responses come back. Singles and whole series; exceptions of a series stay in the organizer's calendar.

use super::state::{State, Stored};
use crate::provider::text;
use serde_json::{Value, json};

fn organizer(json: &Value) -> &str {
    text(&json["organizer"]["emailAddress"], "address")
}

fn addresses(json: &Value) -> Vec<String> {
    let all = json["attendees"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().map(|attendee| text(&attendee["emailAddress"], "address").to_owned()).collect()
}

/// Calendar and core of the copy that a mailbox has.
fn copy_of(state: &State, email: &str, uid: &str) -> Option<(String, String)> {
    let mut own = state.calendars.values().filter(|calendar| calendar.owner == email);
    own.find_map(|calendar| {
        let same = |stored: &Stored| stored.of.is_none() && text(&stored.json, "uid") == uid;
        let core = calendar.events.iter().find(|(_, stored)| same(stored)).map(|(core, _)| core.clone())?;
        Some((calendar.id.clone(), core))
    })
}

/// Brings an organizer's change to the attendees.
pub(crate) fn spread(state: &mut State, place: &str, core: &str, now: i64) {
    let Some(calendar) = state.calendars.get(place) else { return };
    let Some(stored) = calendar.events.get(core).cloned() else { return };
    let owner = calendar.owner.clone();
    if stored.of.is_some() || !organizer(&stored.json).eq_ignore_ascii_case(&owner) {
        return;
    }
    for email in addresses(&stored.json) {
        if email.eq_ignore_ascii_case(&owner) || !state.mailboxes.contains_key(&email) {
            continue;
        }
        let old = copy_of(state, &email, text(&stored.json, "uid"));
        let mut copy = Stored { cancelled: Default::default(), created_ms: now, ..stored.clone() };
        let members = copy.json.as_object_mut();
        members.into_iter().for_each(|members| drop(members.remove("transactionId")));
        copy.json["responseStatus"] = json!({"response": "notResponded", "time": "0001-01-01T00:00:00Z"});
        // until it is answered
        copy.json["showAs"] = "tentative".into();
        let (place, core) = match old {
            Some((place, core)) => {
                let before = state.calendars.get(&place).and_then(|calendar| calendar.events.get(&core)).cloned();
                let before = before.unwrap_or_default();
                let same_time = ["start", "end"].iter().all(|name| before.json[*name] == copy.json[*name]);
                if same_time {
                    for name in ["responseStatus", "showAs"] {
                        copy.json[name] = before.json[name].clone();
                    }
                }
                copy.cancelled = before.cancelled;
                (place, core)
            }
            None => {
                let Some(place) = state.default_calendar(&email) else { continue };
                state.next += 1;
                (place, format!("{:010}", state.next))
            }
        };
        state.put(&place, &core, copy, now);
    }
}

/// The copies of a meeting that goes are cancelled: they stay, with `isCancelled`, until their people remove them.
pub(crate) fn withdraw(state: &mut State, place: &str, core: &str, now: i64) {
    let Some(calendar) = state.calendars.get(place) else { return };
    let Some(stored) = calendar.events.get(core).cloned() else { return };
    if stored.of.is_some() || !organizer(&stored.json).eq_ignore_ascii_case(&calendar.owner) {
        return;
    }
    let owner = calendar.owner.clone();
    for email in addresses(&stored.json).into_iter().filter(|email| !email.eq_ignore_ascii_case(&owner)) {
        let Some((place, core)) = copy_of(state, &email, text(&stored.json, "uid")) else { continue };
        let copy = state.calendars.get(&place).and_then(|calendar| calendar.events.get(&core)).cloned();
        if let Some(mut copy) = copy {
            copy.json["isCancelled"] = true.into();
            copy.json["showAs"] = "free".into();
            state.put(&place, &core, copy, now);
        }
    }
}

/// Sets the status of an attendee.
pub(crate) fn answer(json: &mut Value, email: &str, status: &Value) {
    for attendee in json["attendees"].as_array_mut().into_iter().flatten() {
        if text(&attendee["emailAddress"], "address").eq_ignore_ascii_case(email) {
            attendee["status"] = status.clone();
        }
    }
}

/// A response reaches the organizer.
pub(crate) fn respond(state: &mut State, json: &Value, email: &str, status: &Value, now: i64) {
    let Some((place, core)) = copy_of(state, organizer(json), text(json, "uid")) else { return };
    let found = state.calendars.get(&place).and_then(|calendar| calendar.events.get(&core)).cloned();
    if let Some(mut own) = found {
        answer(&mut own.json, email, status);
        state.put(&place, &core, own, now);
    }
}
