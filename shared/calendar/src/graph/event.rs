//! Microsoft's event ↔ [`Item`].

use super::{meeting, recurrence, time, zone};
use crate::event::{Attendee, Busy, Event, Item, Person, Response, Status, Visibility};
use crate::page::Unreadable;
use crate::verbatim;
use crate::wire::Zones;
use crate::zone::Zone;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Members with a place in [`Item`] and [`Event`].
const PLACED: &[&str] = &[
    "@odata.etag",
    "id",
    "seriesMasterId",
    "iCalUId",
    "subject",
    "body",
    "start",
    "end",
    "isAllDay",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "originalStart",
    "recurrence",
    "isCancelled",
    "showAs",
    "sensitivity",
    "location",
    "organizer",
    "isOrganizer",
    "attendees",
    "isOnlineMeeting",
    "onlineMeetingProvider",
    "onlineMeeting",
    "lastModifiedDateTime",
    EXTENDED,
];
const ATTENDEE: &[&str] = &["emailAddress", "type", "status"];
/// Texts of our own are kept under ids that begin so (single-value extended properties, by a name in a namespace of
/// our own).
const EXTENDED: &str = "singleValueExtendedProperties";
pub(super) const NAMESPACE: &str = "String {6b1f7c1e-7a52-4f0e-9b53-6f0b1c1a7d25} Name ";

/// Reads an event. `home` stands in where a time names no zone.
///
/// An instance (`type` is `occurrence` or `exception`) is an override; of an occurrence the delta tells nothing but
/// its times.
///
/// # Errors
/// [`Unreadable`] for what is missing. Whatever else is odd stays as it is in `rest`.
pub fn read(object: Map<String, Value>, home: &Zone) -> Result<Item, Unreadable> {
    read_with(object, &Zones::new(home, zone::resolve))
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

/// The whole event as Graph tells it: what [`read`] read, unchanged, where nothing was changed.
pub fn write(item: &Item, home: &Zone) -> Map<String, Value> {
    let zones = &Zones::new(home, zone::resolve);
    let Some(event) = item.events.first() else { return Map::new() };
    verbatim::restore(write_placed(item, zones), &event.rest, |object| {
        let mut rest = Map::new();
        let mut item = read_placed(&object, &mut rest, zones).ok()?;
        item.events.first_mut()?.rest = rest;
        Some(write_placed(&item, zones))
    })
}

/// How the owner of the calendar answered (`responseStatus`): Graph does not mark him among the attendees.
pub fn own_response(item: &Item) -> Option<Response> {
    let status = item.events.first()?.rest.get("responseStatus")?;
    read_response(status.get("response")?.as_str()?)
}

fn read_placed(
    known: &Map<String, Value>,
    rest: &mut Map<String, Value>,
    zones: &Zones<'_>,
) -> Result<Item, Unreadable> {
    let text = |name: &str| known.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let flag = |name: &str| known.get(name).and_then(Value::as_bool).unwrap_or_default();
    let (all_day, made_in) = (flag("isAllDay"), text("originalStartTimeZone"));
    let series = known.get("recurrence").is_some_and(|recurrence| !recurrence.is_null());
    let at = |name: &str, original: Option<&str>| time::read(known.get(name)?, original, all_day, zones, series);
    let start = at("start", made_in.as_deref()).ok_or(Unreadable::Start)?;
    let end = match known.get("end") {
        Some(_) => at("end", text("originalEndTimeZone").as_deref().or(made_in.as_deref())).ok_or(Unreadable::End)?,
        None => start.implied_end(),
    };
    let original = match text("originalStart") {
        Some(original) => {
            let original = time::read_original(&original, made_in.as_deref(), all_day, zones);
            Some(original.ok_or(Unreadable::OriginalStart)?)
        }
        // of an occurrence nothing is moved
        None => text("seriesMasterId").map(|_| start.clone()),
    };
    let recurrence = known.get("recurrence").and_then(|value| recurrence::read(value, &start, zones));
    let attendees = known.get("attendees").and_then(Value::as_array).into_iter().flatten();
    let organizer = known.get("organizer").and_then(|organizer| read_person(organizer.get("emailAddress")?));
    let event = Event {
        uid: text("iCalUId").unwrap_or_default(),
        start,
        end,
        recurrence: recurrence.unwrap_or_default(),
        recurrence_id: original,
        this_and_future: false,
        status: if flag("isCancelled") { Status::Cancelled } else { Status::Confirmed },
        busy: match known.get("showAs").and_then(Value::as_str) {
            Some("free") => Busy::Free,
            Some("tentative") => Busy::Tentative,
            Some("oof") => Busy::OutOfOffice,
            Some("workingElsewhere") => Busy::WorkingElsewhere,
            _ => Busy::Busy,
        },
        visibility: match known.get("sensitivity").and_then(Value::as_str) {
            Some("personal" | "private") => Visibility::Private,
            Some("confidential") => Visibility::Confidential,
            _ => Visibility::Default,
        },
        summary: text("subject"),
        description: read_body(known, rest),
        location: known
            .get("location")
            .and_then(|location| location.get("displayName")?.as_str())
            .filter(|name| !name.is_empty())
            .map(str::to_owned),
        organizer: organizer.map(|person| Person { own: flag("isOrganizer"), ..person }),
        attendees: attendees.filter_map(Value::as_object).map(|one| read_attendee(one.clone())).collect(),
        conference: meeting::read(known),
        sequence: 0,
        updated: text("lastModifiedDateTime"),
        extended: read_extended(known, rest),
        rest: Map::new(),
    };
    Ok(Item {
        id: text("id").ok_or(Unreadable::Id)?,
        etag: text("@odata.etag"),
        series: text("seriesMasterId"),
        events: vec![event],
    })
}

fn write_placed(item: &Item, zones: &Zones<'_>) -> Map<String, Value> {
    let mut object = Map::new();
    let Some(event) = item.events.first() else { return object };
    meeting::write(event.conference.as_ref(), &mut object);
    let mut put = |name: &str, value: Option<Value>| verbatim::put(&mut object, name, value);
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    put("id", Some(item.id.as_str().into()));
    put("@odata.etag", text(&item.etag));
    put("seriesMasterId", Some(item.series.as_deref().into()));
    put("iCalUId", Some(event.uid.as_str()).filter(|uid| !uid.is_empty()).map(Value::from));
    put("start", Some(time::told(&event.start, zones).into()));
    put("end", Some(time::told(&event.end, zones).into()));
    put("isAllDay", Some(event.start.is_date().into()));
    put("originalStartTimeZone", time::made_in(&event.start, zones).map(Value::from));
    put("originalEndTimeZone", time::made_in(&event.end, zones).map(Value::from));
    put("originalStart", event.recurrence_id.as_ref().map(|original| time::told_original(original, zones).into()));
    let recurrence =
        if event.recurrence.is_empty() { None } else { recurrence::write(&event.recurrence, &event.start, zones).ok() };
    put("recurrence", Some(recurrence.unwrap_or_default()));
    put("isCancelled", Some((event.status == Status::Cancelled).into()));
    let busy = match event.busy {
        Busy::Busy => "busy",
        Busy::Free => "free",
        Busy::Tentative => "tentative",
        Busy::OutOfOffice => "oof",
        Busy::WorkingElsewhere => "workingElsewhere",
    };
    put("showAs", Some(busy.into()));
    let sensitivity = match event.visibility {
        Visibility::Default | Visibility::Public => "normal",
        Visibility::Private => "private",
        Visibility::Confidential => "confidential",
    };
    put("sensitivity", Some(sensitivity.into()));
    put("subject", Some(event.summary.as_deref().unwrap_or_default().into()));
    put("body", Some(write_body(event)));
    put("location", Some(json!({"displayName": event.location.as_deref().unwrap_or_default()})));
    put("organizer", event.organizer.as_ref().map(|organizer| json!({"emailAddress": write_person(organizer)})));
    put("isOrganizer", Some(event.organizer.as_ref().is_some_and(|organizer| organizer.own).into()));
    let attendees: Vec<Value> = event.attendees.iter().map(|one| write_attendee(one).into()).collect();
    put("attendees", Some(attendees.into()));
    put("lastModifiedDateTime", text(&event.updated));
    put(EXTENDED, write_extended(event));
    object
}

/// The content is the description; what else the body says (`contentType`) stays in `rest`.
fn read_body(known: &Map<String, Value>, rest: &mut Map<String, Value>) -> Option<String> {
    let mut body = known.get("body")?.as_object()?.clone();
    let Some(Value::String(content)) = body.remove("content") else { return None };
    rest.insert("body".to_owned(), body.into());
    Some(content).filter(|content| !content.is_empty())
}

/// A description that did not come from Graph is plain text.
fn write_body(event: &Event) -> Value {
    let mut body = event.rest.get("body").and_then(Value::as_object).cloned();
    let body = body.get_or_insert_with(|| Map::from_iter([("contentType".to_owned(), "text".into())]));
    body.insert("content".to_owned(), event.description.as_deref().unwrap_or_default().into());
    std::mem::take(body).into()
}

fn read_extended(known: &Map<String, Value>, rest: &mut Map<String, Value>) -> BTreeMap<String, String> {
    let mut own = BTreeMap::new();
    let Some(all) = known.get(EXTENDED).and_then(Value::as_array) else { return own };
    let others = all.iter().filter(|property| {
        let name = property.get("id").and_then(Value::as_str).and_then(|id| {
            let (namespace, name) = id.split_at_checked(NAMESPACE.len())?;
            namespace.eq_ignore_ascii_case(NAMESPACE).then_some(name)
        });
        let value = property.get("value").and_then(Value::as_str);
        match (name, value) {
            (Some(name), Some(value)) => {
                own.insert(name.to_owned(), value.to_owned());
                false
            }
            _ => true,
        }
    });
    let others: Vec<Value> = others.cloned().collect();
    if !others.is_empty() {
        rest.insert(EXTENDED.to_owned(), others.into());
    }
    own
}

fn write_extended(event: &Event) -> Option<Value> {
    let others = event.rest.get(EXTENDED).and_then(Value::as_array).cloned().unwrap_or_default();
    let own = event.extended.iter().map(|(name, value)| json!({"id": format!("{NAMESPACE}{name}"), "value": value}));
    let all: Vec<Value> = others.into_iter().chain(own).collect();
    (!all.is_empty()).then(|| all.into())
}

fn read_person(address: &Value) -> Option<Person> {
    let text = |name: &str| address.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Person { email: text("address")?, name: text("name").filter(|name| !name.is_empty()), own: false })
}

fn write_person(person: &Person) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("address".to_owned(), person.email.as_str().into());
    verbatim::put(&mut object, "name", person.name.as_deref());
    object
}

fn read_attendee(object: Map<String, Value>) -> Attendee {
    let (known, mut rest) = verbatim::split(object, ATTENDEE);
    let attendee = read_attendee_placed(&known);
    verbatim::keep(known, &write_attendee_placed(&attendee), &mut rest);
    Attendee { rest, ..attendee }
}

fn read_attendee_placed(known: &Map<String, Value>) -> Attendee {
    let person = known.get("emailAddress").and_then(read_person);
    let kind = known.get("type").and_then(Value::as_str);
    let status = known.get("status").and_then(|status| status.get("response")?.as_str());
    Attendee {
        person: person.unwrap_or(Person { email: String::new(), name: None, own: false }),
        response: status.and_then(read_response).unwrap_or_default(),
        optional: kind == Some("optional"),
        resource: kind == Some("resource"),
        rest: Map::new(),
    }
}

/// An attendee as Graph tells it.
fn write_attendee(attendee: &Attendee) -> Map<String, Value> {
    verbatim::restore(write_attendee_placed(attendee), &attendee.rest, |object| {
        Some(write_attendee_placed(&read_attendee_placed(&object)))
    })
}

fn write_attendee_placed(attendee: &Attendee) -> Map<String, Value> {
    let kind = match (attendee.resource, attendee.optional) {
        (true, _) => "resource",
        (false, true) => "optional",
        (false, false) => "required",
    };
    let response = match attendee.response {
        Response::NeedsAction => "none",
        Response::Accepted => "accepted",
        Response::Tentative => "tentativelyAccepted",
        Response::Declined => "declined",
    };
    Map::from_iter([
        ("emailAddress".to_owned(), write_person(&attendee.person).into()),
        ("type".to_owned(), kind.into()),
        ("status".to_owned(), json!({"response": response})),
    ])
}

fn read_response(word: &str) -> Option<Response> {
    match word {
        "accepted" | "organizer" => Some(Response::Accepted),
        "tentativelyAccepted" => Some(Response::Tentative),
        "declined" => Some(Response::Declined),
        "none" | "notResponded" => Some(Response::NeedsAction),
        _ => None,
    }
}
