//! Google's event ↔ [`Item`].

use super::{conference, recurrence, time};
use crate::event::{Attendee, Busy, Event, Item, Person, Response, Status, Visibility};
use crate::page::Unreadable;
use crate::verbatim;
use crate::wire::Zones;
use crate::zone::Zone;
use serde_json::{Map, Value};

/// Members with a place in [`Item`] and [`Event`].
const PLACED: &[&str] = &[
    "id",
    "etag",
    "recurringEventId",
    "iCalUID",
    "status",
    "start",
    "end",
    "recurrence",
    "originalStartTime",
    "transparency",
    "visibility",
    "summary",
    "description",
    "location",
    "organizer",
    "attendees",
    "conferenceData",
    "sequence",
    "updated",
    "extendedProperties",
];
/// Members that the server alone writes; `id` and `iCalUID` are given once, at the creation.
const READ_ONLY: &[&str] = &[
    "kind",
    "etag",
    "id",
    "iCalUID",
    "htmlLink",
    "created",
    "updated",
    "creator",
    "organizer",
    "hangoutLink",
    "recurringEventId",
    "originalStartTime",
    "locked",
    "privateCopy",
    "endTimeUnspecified",
];
const ATTENDEE: &[&str] = &["email", "displayName", "self", "responseStatus", "optional", "resource"];

/// Reads an event. `home` is the calendar's zone, which times without one of their own hang in.
///
/// A cancelled instance of a series, of which only `id`, `recurringEventId` and `originalStartTime` are sure to be
/// there, is an override with status cancelled at its original start.
///
/// # Errors
/// [`Unreadable`] for what is missing. Whatever else is odd stays as it is in `rest`.
pub fn read(object: Map<String, Value>, home: &Zone) -> Result<Item, Unreadable> {
    read_with(object, &Zones::new(home, time::zone))
}

/// [`read`], for one of many.
pub(super) fn read_with(object: Map<String, Value>, zones: &Zones<'_>) -> Result<Item, Unreadable> {
    let (known, mut rest) = verbatim::split(object, PLACED);
    let mut item = read_placed(&known, &mut rest, zones)?;
    if let Some(event) = item.events.first_mut() {
        event.rest = rest;
    }
    let written = write_placed(&item, zones);
    if let Some(event) = item.events.first_mut() {
        verbatim::keep(known, &written, &mut event.rest);
    }
    Ok(item)
}

/// The whole event as Google has it: what [`read`] read, unchanged, where nothing was changed.
pub fn write(item: &Item, home: &Zone) -> Map<String, Value> {
    let zones = &Zones::new(home, time::zone);
    let Some(event) = item.events.first() else { return Map::new() };
    verbatim::restore(write_placed(item, zones), &event.rest, |object| {
        let mut rest = Map::new();
        let mut item = read_placed(&object, &mut rest, zones).ok()?;
        item.events.first_mut()?.rest = rest;
        Some(write_placed(&item, zones))
    })
}

/// What `events.insert` and `events.update` take: all but what the server alone writes. The id is
/// [`Google::insert`](super::Google::insert)'s.
pub fn body(item: &Item, home: &Zone) -> Map<String, Value> {
    let mut object = write(item, home);
    // a cancelled instance has neither; one that takes place again must
    if let Some(event) = item.events.first().filter(|event| event.status != Status::Cancelled) {
        for (name, when) in [("start", &event.start), ("end", &event.end)] {
            object.entry(name).or_insert_with(|| time::write(when, &Zones::new(home, time::zone)).into());
        }
    }
    READ_ONLY.iter().for_each(|name| drop(object.remove(*name)));
    object
}

/// What `events.patch` takes to make `from` into `to`: changed members only, `null` for those to be cleared, arrays
/// whole. Empty where nothing changed.
pub fn patch(from: &Item, to: &Item, home: &Zone) -> Map<String, Value> {
    verbatim::merge_patch(&body(from, home), &body(to, home))
}

/// The id that the client gives to a new event, made of our own: the same for every repetition of a request, so that
/// the second one finds the first (409 `duplicate`). Base32hex in lowercase without padding (RFC 4648, 7; `id` of the
/// events resource: `a`–`v` and `0`–`9`, 5 to 1,024 characters, so `own` has 3 to 640 bytes). An id stays taken after
/// its event was deleted.
pub fn client_id(own: &str) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let digit = |five: u32| DIGITS.get((five & 31) as usize).copied().map_or('0', char::from);
    let mut id = String::with_capacity(own.len().div_ceil(5) * 8);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in own.bytes() {
        bits = (bits << 8 | u32::from(byte)) & 0xfff;
        count += 8;
        while count >= 5 {
            count -= 5;
            id.push(digit(bits >> count));
        }
    }
    if count > 0 {
        id.push(digit(bits << (5 - count)));
    }
    id
}

fn read_placed(
    known: &Map<String, Value>,
    rest: &mut Map<String, Value>,
    zones: &Zones<'_>,
) -> Result<Item, Unreadable> {
    let text = |name: &str| known.get(name).and_then(Value::as_str).map(str::to_owned);
    let (recurrence, left) =
        recurrence::read(known.get("recurrence").and_then(Value::as_array).map_or(&[], Vec::as_slice), zones);
    if !left.is_empty() {
        rest.insert("recurrence".to_owned(), left.into());
    }
    let series = !recurrence.is_empty();
    let time = |name: &str| known.get(name).map(|value| time::read(value, zones, series));
    let original = time("originalStartTime").map(|when| when.ok_or(Unreadable::OriginalStart)).transpose()?;
    let status = match known.get("status").and_then(Value::as_str) {
        Some("tentative") => Status::Tentative,
        Some("cancelled") => Status::Cancelled,
        _ => Status::Confirmed,
    };
    let start = match (time("start"), &original) {
        (Some(Some(start)), _) => start,
        (None, Some(original)) => original.clone(),
        _ => return Err(Unreadable::Start),
    };
    let end = time("end").unwrap_or_else(|| Some(start.implied_end())).ok_or(Unreadable::End)?;
    let attendees = known.get("attendees").and_then(Value::as_array).into_iter().flatten();
    let event = Event {
        uid: text("iCalUID").unwrap_or_default(),
        start,
        end,
        recurrence,
        recurrence_id: original,
        this_and_future: false,
        status,
        busy: if known.get("transparency").and_then(Value::as_str) == Some("transparent") {
            Busy::Free
        } else {
            Busy::Busy
        },
        visibility: match known.get("visibility").and_then(Value::as_str) {
            Some("public") => Visibility::Public,
            Some("private") => Visibility::Private,
            Some("confidential") => Visibility::Confidential,
            _ => Visibility::Default,
        },
        summary: text("summary"),
        description: text("description"),
        location: text("location"),
        organizer: known.get("organizer").and_then(Value::as_object).map(read_person),
        attendees: attendees.filter_map(Value::as_object).map(|one| read_attendee(one.clone())).collect(),
        conference: known.get("conferenceData").and_then(Value::as_object).map(conference::read),
        sequence: known.get("sequence").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or_default(),
        updated: text("updated"),
        extended: read_extended(known, rest),
        rest: Map::new(),
    };
    Ok(Item {
        id: text("id").filter(|id| !id.is_empty()).ok_or(Unreadable::Id)?,
        etag: text("etag"),
        series: text("recurringEventId"),
        events: vec![event],
    })
}

fn write_placed(item: &Item, zones: &Zones<'_>) -> Map<String, Value> {
    let mut object = Map::new();
    let Some(event) = item.events.first() else { return object };
    let mut put = |name: &str, value: Option<Value>| verbatim::put(&mut object, name, value);
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    put("id", Some(item.id.as_str().into()));
    put("etag", text(&item.etag));
    put("recurringEventId", text(&item.series));
    put("iCalUID", Some(event.uid.as_str()).filter(|uid| !uid.is_empty()).map(Value::from));
    let status = match event.status {
        Status::Confirmed => "confirmed",
        Status::Tentative => "tentative",
        Status::Cancelled => "cancelled",
    };
    put("status", Some(status.into()));
    put("start", Some(time::write(&event.start, zones).into()));
    put("end", Some(time::write(&event.end, zones).into()));
    put("originalStartTime", event.recurrence_id.as_ref().map(|when| time::write(when, zones).into()));
    let left = event.rest.get("recurrence").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let lines = recurrence::write(&event.recurrence, left);
    put("recurrence", (!lines.is_empty()).then(|| lines.into()));
    put("transparency", matches!(event.busy, Busy::Free | Busy::WorkingElsewhere).then(|| "transparent".into()));
    let visibility = match event.visibility {
        Visibility::Default => None,
        Visibility::Public => Some("public"),
        Visibility::Private => Some("private"),
        Visibility::Confidential => Some("confidential"),
    };
    put("visibility", visibility.map(Value::from));
    put("summary", text(&event.summary));
    put("description", text(&event.description));
    put("location", text(&event.location));
    put("organizer", event.organizer.as_ref().map(|organizer| write_person(organizer).into()));
    let attendees: Vec<Value> = event.attendees.iter().map(|one| write_attendee(one).into()).collect();
    put("attendees", (!attendees.is_empty()).then(|| attendees.into()));
    put("conferenceData", event.conference.as_ref().map(|conference| conference::write(conference).into()));
    put("sequence", Some(event.sequence.into()));
    put("updated", text(&event.updated));
    put("extendedProperties", write_extended(event));
    object
}

/// Private properties that are all texts are ours to read; anything else stays where it is.
fn read_extended(
    known: &Map<String, Value>,
    rest: &mut Map<String, Value>,
) -> std::collections::BTreeMap<String, String> {
    let Some(all) = known.get("extendedProperties") else { return Default::default() };
    let private = all.get("private").and_then(Value::as_object).filter(|private| !private.is_empty());
    let texts = private.and_then(|private| {
        private.iter().map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect::<Option<_>>()
    });
    let mut others = all.clone();
    if let (Some(_), Some(others)) = (&texts, others.as_object_mut()) {
        others.remove("private");
    }
    if texts.is_none() || others.as_object().is_some_and(|others| !others.is_empty()) {
        rest.insert("extendedProperties".to_owned(), others);
    }
    texts.unwrap_or_default()
}

fn write_extended(event: &Event) -> Option<Value> {
    let others = event.rest.get("extendedProperties");
    if event.extended.is_empty() {
        return others.cloned();
    }
    let mut all = others.and_then(Value::as_object).cloned().unwrap_or_default();
    let private: Map<_, _> = event.extended.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    all.insert("private".to_owned(), private.into());
    Some(all.into())
}

fn read_person(object: &Map<String, Value>) -> Person {
    let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    let own = object.get("self").and_then(Value::as_bool).unwrap_or_default();
    Person { email: text("email").unwrap_or_default(), name: text("displayName"), own }
}

fn write_person(person: &Person) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("email".to_owned(), person.email.as_str().into());
    verbatim::put(&mut object, "displayName", person.name.as_deref());
    verbatim::put(&mut object, "self", person.own.then_some(true));
    object
}

fn read_attendee(object: Map<String, Value>) -> Attendee {
    let (known, mut rest) = verbatim::split(object, ATTENDEE);
    let attendee = read_attendee_placed(&known);
    verbatim::keep(known, &write_attendee_placed(&attendee), &mut rest);
    Attendee { rest, ..attendee }
}

fn read_attendee_placed(known: &Map<String, Value>) -> Attendee {
    let flag = |name: &str| known.get(name).and_then(Value::as_bool).unwrap_or_default();
    Attendee {
        person: read_person(known),
        response: match known.get("responseStatus").and_then(Value::as_str) {
            Some("accepted") => Response::Accepted,
            Some("tentative") => Response::Tentative,
            Some("declined") => Response::Declined,
            _ => Response::NeedsAction,
        },
        optional: flag("optional"),
        resource: flag("resource"),
        rest: Map::new(),
    }
}

/// An attendee as Google has it.
pub(super) fn write_attendee(attendee: &Attendee) -> Map<String, Value> {
    verbatim::restore(write_attendee_placed(attendee), &attendee.rest, |object| {
        Some(write_attendee_placed(&read_attendee_placed(&object)))
    })
}

fn write_attendee_placed(attendee: &Attendee) -> Map<String, Value> {
    let mut object = write_person(&attendee.person);
    object.insert("responseStatus".to_owned(), response(attendee.response).into());
    verbatim::put(&mut object, "optional", attendee.optional.then_some(true));
    verbatim::put(&mut object, "resource", attendee.resource.then_some(true));
    object
}

/// Google's word for a response.
pub(super) fn response(response: Response) -> &'static str {
    match response {
        Response::NeedsAction => "needsAction",
        Response::Accepted => "accepted",
        Response::Tentative => "tentative",
        Response::Declined => "declined",
    }
}
