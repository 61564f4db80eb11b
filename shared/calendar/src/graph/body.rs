//! What is sent: times with their zones, and nothing that the server alone writes.

use super::event::write;
use super::recurrence::{self, Unsupported};
use super::{meeting, time, zone};
use crate::event::Item;
use crate::wire::Zones;
use crate::zone::Zone;
use serde_json::{Map, Value};

/// Members that the server alone writes, or that are not set through the event.
const READ_ONLY: &[&str] = &[
    "id",
    "iCalUId",
    "uid",
    "seriesMasterId",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "originalStart",
    "isCancelled",
    "organizer",
    "isOrganizer",
    "lastModifiedDateTime",
    "createdDateTime",
    "changeKey",
    "webLink",
    "onlineMeeting",
    "onlineMeetingUrl",
    "bodyPreview",
    "hasAttachments",
    "responseStatus",
    "type",
    "isDraft",
    "occurrenceId",
    "transactionId",
    "attachments",
    "calendar",
    "instances",
    "extensions",
    "exceptionOccurrences",
    "cancelledOccurrences",
];

/// What a creation takes.
///
/// # Errors
/// [`Unsupported`]: Graph cannot express the recurrence.
pub fn body(item: &Item, home: &Zone) -> Result<Map<String, Value>, Unsupported> {
    let zones = &Zones::new(home, zone::resolve);
    let mut object = write(item, home);
    let Some(event) = item.events.first() else { return Ok(object) };
    READ_ONLY.iter().for_each(|name| drop(object.remove(*name)));
    object.retain(|name, value| !value.is_null() && !name.contains('@'));
    object.insert("start".to_owned(), time::write(&event.start, zones).into());
    object.insert("end".to_owned(), time::write(&event.end, zones).into());
    object.insert("isAllDay".to_owned(), event.start.is_date().into());
    if !event.recurrence.is_empty() {
        object.insert("recurrence".to_owned(), recurrence::write(&event.recurrence, &event.start, zones)?);
    }
    let kind = object.get("onlineMeetingProvider").and_then(Value::as_str).filter(|kind| *kind != "unknown");
    let kind = kind.unwrap_or(meeting::TEAMS).to_owned();
    if event.conference.is_some() {
        object.insert("onlineMeetingProvider".to_owned(), kind.into());
    } else {
        object.remove("onlineMeetingProvider");
    }
    for attendee in object.get_mut("attendees").and_then(Value::as_array_mut).into_iter().flatten() {
        attendee.as_object_mut().map(|attendee| attendee.remove("status"));
    }
    // `locations` always corresponds with `location`: a new one replaces them
    let name = |location: Option<&Value>| location.and_then(|location| location.get("displayName")).cloned();
    let first = object.get("locations").map(|all| name(all.get(0)));
    if first.is_some_and(|first| first != name(object.get("location"))) {
        object.remove("locations");
    }
    Ok(object)
}

/// What an update takes to make `from` into `to`: the members that changed, whole. Empty where nothing changed.
///
/// The body of an online meeting holds the lines to join it; it is sent only where the description changed.
///
/// # Errors
/// [`Unsupported`]: the recurrence changed into one that Graph cannot express.
pub fn changes(from: &Item, to: &Item, home: &Zone) -> Result<Map<String, Value>, Unsupported> {
    let [mut before, mut after] = [from.clone(), to.clone()];
    let same = |items: [&Item; 2]| {
        let [a, b] = items.map(|item| item.events.first().map(|event| &event.recurrence));
        a == b
    };
    let recurrence = |item: &mut Item| item.events.iter_mut().for_each(|event| event.recurrence = Default::default());
    // a rule that Graph cannot express is no hindrance where it stays
    let kept = same([from, to]) && body(to, home).is_err();
    if kept {
        recurrence(&mut before);
        recurrence(&mut after);
    }
    // what it was is read for comparison only
    let before = body(&before, home).or_else(|_| {
        recurrence(&mut before);
        body(&before, home)
    })?;
    let mut after = body(&after, home)?;
    let gone: Vec<String> = before.keys().filter(|name| !after.contains_key(*name)).cloned().collect();
    let moved = ["start", "end", "isAllDay", "recurrence"].iter().any(|name| before.get(*name) != after.get(*name));
    // these depend on each other
    let together =
        |name: &str| moved && (["start", "end", "isAllDay"].contains(&name) || name == "recurrence" && !kept);
    after.retain(|name, value| before.get(name) != Some(value) || together(name));
    for name in gone {
        if name == "recurrence" {
            after.insert(name, Value::Null);
        }
    }
    Ok(after)
}
