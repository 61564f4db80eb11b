use super::berlin;
use crate::event::{Busy, Response, Status, Visibility};
use crate::google::{body, client_id, patch, read, write};
use crate::page::Unreadable;
use crate::when::When;
use crate::zone::Zone;
use serde_json::{Map, Value, json};

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// As the API answers: the events resource of the reference, with the guests and recurrence of its guides.
pub(super) fn meeting() -> Value {
    json!({
        "kind": "calendar#event", "etag": "\"3376842760266000\"", "id": "b4fgmq8vk3p2m1bd5p1f7tkbdk", "status": "confirmed",
        "htmlLink": "https://www.google.com/calendar/event?eid=YjRm", "created": "2023-07-03T19:02:00.000Z",
        "updated": "2023-07-03T19:03:00.133Z", "summary": "Google I/O 2015",
        "location": "800 Howard St., San Francisco, CA 94103",
        "description": "A chance to hear more about Google's developer products.",
        "creator": {"email": "ana@example.com", "self": true}, "organizer": {"email": "ana@example.com", "self": true},
        "start": {"dateTime": "2015-05-28T09:00:00-07:00", "timeZone": "America/Los_Angeles"},
        "end": {"dateTime": "2015-05-28T17:00:00-07:00", "timeZone": "America/Los_Angeles"},
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=2", "EXDATE;TZID=America/Los_Angeles:20150529T090000"],
        "iCalUID": "b4fgmq8vk3p2m1bd5p1f7tkbdk@google.com", "sequence": 2, "visibility": "private",
        "attendees": [
            {"email": "ana@example.com", "organizer": true, "self": true, "responseStatus": "accepted"},
            {"email": "lpage@example.com", "displayName": "L. Page", "responseStatus": "needsAction", "comment": "late",
             "additionalGuests": 2},
            {"email": "room@resource.calendar.google.com", "resource": true, "responseStatus": "declined", "optional": false},
        ],
        "hangoutLink": "https://meet.google.com/abc-defg-hij",
        "conferenceData": {
            "createRequest": {"requestId": "7qxalsvy0e", "conferenceSolutionKey": {"type": "hangoutsMeet"}, "status": {"statusCode": "success"}},
            "entryPoints": [
                {"entryPointType": "phone", "uri": "tel:+1-234", "pin": "5"},
                {"entryPointType": "video", "uri": "https://meet.google.com/abc-defg-hij", "label": "meet.google.com/abc-defg-hij"},
            ],
            "conferenceSolution": {"key": {"type": "hangoutsMeet"}, "name": "Google Meet", "iconUri": "https://x/i.png"},
            "conferenceId": "abc-defg-hij",
        },
        "extendedProperties": {"private": {"attune": "evt_1"}, "shared": {"x": "y"}},
        "reminders": {"useDefault": false, "overrides": [{"method": "email", "minutes": 1440}]}, "eventType": "default",
    })
}

#[test]
fn an_event_is_read() {
    let item = read(object(meeting()), &berlin()).unwrap();
    assert_eq!(item.etag.as_deref(), Some("\"3376842760266000\""));
    let event = &item.events[0];
    let zone = Zone::iana("America/Los_Angeles").unwrap();
    let local = "2015-05-28T09:00".parse().unwrap();
    assert_eq!(event.start, When::Zoned { local, zone: zone.clone(), tzid: None });
    assert_eq!(event.recurrence.rrule, ["FREQ=DAILY;COUNT=2"]);
    assert_eq!(event.recurrence.exdate, [event.start.at("2015-05-29T09:00".parse().unwrap())]);
    assert_eq!((event.visibility, event.busy, event.status), (Visibility::Private, Busy::Busy, Status::Confirmed));
    assert_eq!(event.attendees[0].response, Response::Accepted);
    assert!(event.attendees[0].person.own && event.attendees[2].resource && !event.attendees[1].optional);
    assert_eq!(event.attendees[1].rest["additionalGuests"], 2);
    let conference = event.conference.as_ref().unwrap();
    assert_eq!(conference.uri.as_deref(), Some("https://meet.google.com/abc-defg-hij"));
    assert_eq!(conference.request.as_deref(), Some("7qxalsvy0e"));
    assert_eq!(event.extended["attune"], "evt_1");
    assert_eq!(event.rest["extendedProperties"], json!({"shared": {"x": "y"}}));
    assert_eq!(event.rest["reminders"]["useDefault"], false);
    assert!(!event.rest.contains_key("@verbatim"), "all of it is in the form in which it is written: {:?}", event.rest);
}

#[test]
fn writing_back_what_was_read_changes_nothing() {
    let item = read(object(meeting()), &berlin()).unwrap();
    assert_eq!(Value::from(write(&item, &berlin())), meeting());
    assert!(patch(&item, &item, &berlin()).is_empty());
    let sent = body(&item, &berlin());
    for name in ["id", "etag", "updated", "hangoutLink", "organizer", "iCalUID"] {
        assert!(!sent.contains_key(name), "{name}");
    }
    assert_eq!(sent["reminders"], meeting()["reminders"]);
    let stored: crate::event::Item = serde_json::from_value(serde_json::to_value(&item).unwrap()).unwrap();
    assert_eq!(Value::from(write(&stored, &berlin())), meeting());
}

#[test]
fn a_patch_names_what_changed_only() {
    let before = read(object(meeting()), &berlin()).unwrap();
    let mut after = before.clone();
    let event = &mut after.events[0];
    event.summary = Some("Moved".to_owned());
    event.location = None;
    event.extended.insert("b".to_owned(), "2".to_owned());
    event.end = event.end.at("2015-05-28T18:00".parse().unwrap());
    event.busy = Busy::Free;
    let patch_ = patch(&before, &after, &berlin());
    assert_eq!(
        Value::from(patch_),
        json!({
            "summary": "Moved", "location": null, "end": {"dateTime": "2015-05-28T18:00:00-07:00"}, "transparency": "transparent",
            "extendedProperties": {"private": {"b": "2"}},
        })
    );
    let event = &mut after.events[0];
    event.start = When::Date("2015-05-28".parse().unwrap());
    let patch_ = patch(&before, &after, &berlin());
    assert_eq!(patch_["start"], json!({"date": "2015-05-28", "dateTime": null, "timeZone": null}));
    assert!(!body(&after, &berlin())["start"].as_object().unwrap().contains_key("dateTime"));
}

#[test]
fn a_changed_guest_keeps_the_others_as_they_were() {
    let before = read(object(meeting()), &berlin()).unwrap();
    let mut after = before.clone();
    after.events[0].attendees[1].response = Response::Accepted;
    let patch = patch(&before, &after, &berlin());
    let mut expected = meeting()["attendees"].clone();
    expected[1]["responseStatus"] = "accepted".into();
    assert_eq!(patch["attendees"], expected);
    assert_eq!(patch.len(), 1);
}

#[test]
fn odd_forms_are_kept_as_long_as_they_say_the_same() {
    let odd = json!({
        "id": "x", "start": {"dateTime": "2026-11-22T09:00:00Z", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-11-22T10:30:00.000+01:00"}, "visibility": "default", "transparency": "opaque",
        "recurrence": ["RRULE:FREQ=DAILY", "X-OWN:1", "EXDATE:bad", "RDATE;VALUE=PERIOD:20261123T090000Z/PT1H"],
        "attendees": [3, {"id": "1"}], "extendedProperties": {"private": {}}, "conferenceData": {}, "organizer": {"id": "7"},
    });
    let item = read(object(odd.clone()), &berlin()).unwrap();
    assert_eq!(Value::from(write(&item, &berlin())), odd);
    let event = &item.events[0];
    assert_eq!(event.start.local(), "2026-11-22T10:00".parse().unwrap());
    assert_eq!(event.end.local(), "2026-11-22T10:30".parse().unwrap());
    let mut other = item.clone();
    other.events[0].start = event.start.at("2026-11-22T11:00".parse().unwrap());
    other.events[0].recurrence.rrule.clear();
    let written = write(&other, &berlin());
    assert_eq!(written["start"], json!({"dateTime": "2026-11-22T11:00:00+01:00", "timeZone": "Europe/Berlin"}));
    assert_eq!(
        written["recurrence"],
        json!(["RDATE;VALUE=PERIOD:20261123T090000Z/20261123T100000Z", "X-OWN:1", "EXDATE:bad"])
    );
    assert_eq!(written["visibility"], "default");
    assert!(!written.contains_key("status"));
}

#[test]
fn all_days_and_floating_times_and_folds() {
    let read = |start: Value, end: Value| {
        let value = json!({"id": "x", "status": "confirmed", "sequence": 0, "start": start, "end": end});
        let item = read(object(value.clone()), &berlin()).unwrap();
        assert_eq!(Value::from(write(&item, &berlin())), value);
        item.events[0].clone()
    };
    let event = read(json!({"date": "2026-11-22"}), json!({"date": "2026-11-23"}));
    assert_eq!(event.start, When::Date("2026-11-22".parse().unwrap()));
    // the second 02:30 of that night: no local time with a zone says so
    let at = json!({"dateTime": "2026-10-25T02:30:00+01:00", "timeZone": "Europe/Berlin"});
    let event = read(at.clone(), at);
    assert_eq!(event.start, When::Utc("2026-10-25T01:30:00Z".parse().unwrap()));
    let at = json!({"dateTime": "2026-10-25T02:30:00+02:00", "timeZone": "Europe/Berlin"});
    assert!(matches!(read(at.clone(), at).start, When::Zoned { .. }));
    let at = json!({"dateTime": "2026-11-22T10:00:00Z", "timeZone": "UTC"});
    assert!(matches!(read(at.clone(), at).start, When::Utc(_)));
    let at = json!({"dateTime": "2026-11-22T10:00:00Z", "timeZone": "Nowhere/There"});
    assert!(matches!(read(at.clone(), at).start, When::Utc(_)));
    let mut item = crate::google::read(object(meeting()), &berlin()).unwrap();
    item.events[0].start = When::Floating("2026-07-01T10:00".parse().unwrap());
    let start = &body(&item, &berlin())["start"];
    assert_eq!(start, &json!({"dateTime": "2026-07-01T10:00:00+02:00", "timeZone": "Europe/Berlin"}));
}

#[test]
fn a_cancelled_instance_is_a_cancelled_override() {
    let value = json!({
        "kind": "calendar#event", "etag": "\"1\"", "id": "abc_20260605T080000Z", "status": "cancelled", "recurringEventId": "abc",
        "originalStartTime": {"dateTime": "2026-06-05T10:00:00+02:00", "timeZone": "Europe/Berlin"},
    });
    let item = read(object(value.clone()), &berlin()).unwrap();
    assert_eq!(item.series.as_deref(), Some("abc"));
    let event = &item.events[0];
    assert_eq!((event.status, event.recurrence_id.as_ref()), (Status::Cancelled, Some(&event.start)));
    assert_eq!(Value::from(write(&item, &berlin())), value);
    let mut again = item.clone();
    again.events[0].status = Status::Confirmed;
    assert_eq!(body(&again, &berlin())["start"], value["originalStartTime"]);
}

#[test]
fn what_is_no_event_is_named() {
    let time = json!({"date": "2026-11-22"});
    for (value, fault) in [
        (json!({"start": time}), Unreadable::Id),
        (json!({"id": "", "start": time}), Unreadable::Id),
        (json!({"id": "x"}), Unreadable::Start),
        (json!({"id": "x", "start": {"date": "2026-13-01"}}), Unreadable::Start),
        (json!({"id": "x", "start": "2026-11-22"}), Unreadable::Start),
        (json!({"id": "x", "start": time, "end": {}}), Unreadable::End),
        (json!({"id": "x", "start": time, "originalStartTime": {}}), Unreadable::OriginalStart),
    ] {
        assert_eq!(read(object(value.clone()), &berlin()).unwrap_err(), fault, "{value}");
    }
}

#[test]
fn client_ids_are_base32hex() {
    // RFC 4648, section 10
    for (own, id) in [
        ("f", "co"),
        ("fo", "cpng"),
        ("foo", "cpnmu"),
        ("foob", "cpnmuog"),
        ("fooba", "cpnmuoj1"),
        ("foobar", "cpnmuoj1e8"),
    ] {
        assert_eq!(client_id(own), id);
    }
    assert_eq!(client_id("evt_01JD8XK3N5Q2W7V9Y0Z4B6C8DF").len(), 48);
}
