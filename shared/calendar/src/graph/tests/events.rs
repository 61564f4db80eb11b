use super::{berlin, object};
use crate::event::{Busy, Conference, Item, Response, Status, Visibility};
use crate::graph::{Unsupported, body, changes, own_response, read, write};
use crate::page::Unreadable;
use crate::when::When;
use serde_json::{Value, json};

/// As Graph answers: the examples of `Get event` and `Create event`, together.
pub(super) fn meeting() -> Value {
    serde_json::from_str(include_str!("meeting.json")).unwrap()
}

pub(super) fn item() -> Item {
    read(object(meeting()), &berlin()).unwrap()
}

#[test]
fn an_event_is_read() {
    let item = item();
    assert_eq!(item.etag.as_deref(), Some("W/\"ZlnW4RIAV06KYYwlrfNZvQAAKGWwbw==\""));
    assert_eq!(own_response(&item), Some(Response::Accepted));
    let event = &item.events[0];
    // told in UTC, made in Berlin
    assert_eq!(event.start, When::Zoned { local: "2026-11-23T12:00".parse().unwrap(), zone: berlin(), tzid: None });
    assert_eq!(event.recurrence.rrule, ["FREQ=WEEKLY;UNTIL=20261231T225959Z;BYDAY=MO;WKST=SU"]);
    assert_eq!(event.description.as_deref(), Some("<html>Does late morning work for you?</html>"));
    assert_eq!(event.location.as_deref(), Some("Harry's Bar"));
    assert!(event.organizer.as_ref().unwrap().own && event.attendees[1].optional);
    assert_eq!(event.attendees[1].response, Response::Tentative);
    let conference = event.conference.as_ref().unwrap();
    assert_eq!((conference.kind.as_deref(), conference.uri.is_some()), (Some("teamsForBusiness"), true));
    assert_eq!((event.status, event.busy, event.visibility), (Status::Confirmed, Busy::Busy, Visibility::Default));
}

#[test]
fn writing_back_what_was_read_changes_nothing() {
    let item = item();
    assert_eq!(Value::from(write(&item, &berlin())), meeting());
    assert!(changes(&item, &item, &berlin()).unwrap().is_empty());
    let stored: Item = serde_json::from_value(serde_json::to_value(&item).unwrap()).unwrap();
    assert_eq!(Value::from(write(&stored, &berlin())), meeting());
}

#[test]
fn a_creation_says_local_time_and_zone_and_nothing_that_is_the_servers() {
    let sent = body(&item(), &berlin()).unwrap();
    assert_eq!(sent["start"], json!({"dateTime": "2026-11-23T12:00:00", "timeZone": "W. Europe Standard Time"}));
    assert_eq!(
        sent["recurrence"],
        json!({
            "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "sunday"},
            "range": {"type": "endDate", "startDate": "2026-11-23", "endDate": "2026-12-31", "recurrenceTimeZone": "W. Europe Standard Time"},
        })
    );
    assert_eq!(
        sent["attendees"][0],
        json!({"type": "required", "emailAddress": meeting()["attendees"][0]["emailAddress"]})
    );
    for name in [
        "id",
        "@odata.etag",
        "iCalUId",
        "changeKey",
        "type",
        "organizer",
        "onlineMeeting",
        "seriesMasterId",
        "responseStatus",
    ] {
        assert!(!sent.contains_key(name), "{name}");
    }
    assert_eq!((&sent["isReminderOn"], &sent["isOnlineMeeting"]), (&json!(true), &json!(true)));
}

#[test]
fn an_update_names_what_changed_only() {
    let before = item();
    let mut after = before.clone();
    let event = &mut after.events[0];
    event.summary = Some("Dinner".to_owned());
    event.busy = Busy::OutOfOffice;
    event.location = Some("Elsewhere".to_owned());
    event.description = None;
    assert_eq!(
        Value::from(changes(&before, &after, &berlin()).unwrap()),
        json!({
            "subject": "Dinner", "showAs": "oof", "location": {"displayName": "Elsewhere"},
            "body": {"contentType": "html", "content": ""},
        })
    );
    let mut moved = before.clone();
    let event = &mut moved.events[0];
    event.start = event.start.at("2026-11-24T18:00".parse().unwrap());
    event.end = event.end.at("2026-11-24T19:00".parse().unwrap());
    let sent = changes(&before, &moved, &berlin()).unwrap();
    assert_eq!(sent["start"], json!({"dateTime": "2026-11-24T18:00:00", "timeZone": "W. Europe Standard Time"}));
    assert_eq!(sent["recurrence"]["range"]["startDate"], "2026-11-24");
    let names: Vec<_> = sent.keys().collect();
    assert_eq!(names, ["end", "isAllDay", "recurrence", "start"]);
    let mut single = before.clone();
    single.events[0].recurrence = Default::default();
    assert_eq!(changes(&before, &single, &berlin()).unwrap()["recurrence"], Value::Null);
}

#[test]
fn a_rule_without_a_pattern_is_refused_and_no_hindrance_where_it_stays() {
    let mut before = item();
    before.events[0].recurrence.rrule = vec!["FREQ=HOURLY".to_owned()];
    assert_eq!(body(&before, &berlin()), Err(Unsupported::Frequency));
    let mut after = before.clone();
    after.events[0].summary = Some("Other".to_owned());
    assert_eq!(Value::from(changes(&before, &after, &berlin()).unwrap()), json!({"subject": "Other"}));
    assert_eq!(changes(&item(), &before, &berlin()), Err(Unsupported::Frequency));
    assert!(changes(&before, &item(), &berlin()).unwrap().contains_key("recurrence"));
}

#[test]
fn a_new_event_with_a_meeting_online() {
    let mut new = item();
    let event = &mut new.events[0];
    event.rest.clear();
    event.conference = Some(Conference { request: Some("r".to_owned()), ..Conference::default() });
    event.description = Some("plain".to_owned());
    event.extended.insert("event".to_owned(), "evt_1".to_owned());
    event.start = When::Date("2026-11-23".parse().unwrap());
    event.end = When::Date("2026-11-24".parse().unwrap());
    event.recurrence = Default::default();
    let sent = body(&new, &berlin()).unwrap();
    assert_eq!((&sent["isOnlineMeeting"], &sent["onlineMeetingProvider"]), (&json!(true), &json!("teamsForBusiness")));
    assert_eq!(sent["body"], json!({"contentType": "text", "content": "plain"}));
    assert_eq!(
        (&sent["isAllDay"], &sent["start"]),
        (&json!(true), &json!({"dateTime": "2026-11-23T00:00:00", "timeZone": "UTC"}))
    );
    let property = &sent["singleValueExtendedProperties"][0];
    assert_eq!(property["id"], "String {6b1f7c1e-7a52-4f0e-9b53-6f0b1c1a7d25} Name event");
    assert_eq!(
        read(
            object(json!({"id": "x", "start": sent["start"], "singleValueExtendedProperties": [property]})),
            &berlin()
        )
        .unwrap()
        .events[0]
            .extended["event"],
        "evt_1"
    );
}

#[test]
fn occurrences_exceptions_and_whole_days() {
    // what a delta tells of an occurrence
    let value = json!({
        "@odata.type": "#microsoft.graph.event", "@odata.etag": "W/\"1\"", "id": "o1", "seriesMasterId": "m", "type": "occurrence",
        "start": {"dateTime": "2023-07-23T10:25:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2023-07-23T10:55:00.0000000", "timeZone": "UTC"},
    });
    let item = read(object(value.clone()), &berlin()).unwrap();
    assert_eq!(
        (item.series.as_deref(), item.events[0].recurrence_id.as_ref()),
        (Some("m"), Some(&item.events[0].start))
    );
    assert!(crate::graph::is_occurrence(&item));
    assert_eq!(Value::from(write(&item, &berlin())), value);
    let mut value = meeting();
    for (name, to) in [
        ("type", json!("exception")),
        ("seriesMasterId", json!("m")),
        ("recurrence", json!(null)),
        ("originalStart", json!("2026-11-30T11:00:00Z")),
        ("isCancelled", json!(true)),
    ] {
        value[name] = to;
    }
    let item = read(object(value.clone()), &berlin()).unwrap();
    assert_eq!(item.events[0].recurrence_id.as_ref().map(When::local), Some("2026-11-30T12:00".parse().unwrap()));
    assert_eq!(item.events[0].status, Status::Cancelled);
    assert_eq!(Value::from(write(&item, &berlin())), value);
    let day = json!({
        "id": "d", "isAllDay": true, "start": {"dateTime": "2026-11-23T00:00:00.0000000", "timeZone": "UTC"}, "seriesMasterId": "m",
        "end": {"dateTime": "2026-11-24T00:00:00.0000000", "timeZone": "UTC"}, "originalStart": "2026-11-22T23:00:00Z",
        "originalStartTimeZone": "Europe/Berlin",
    });
    let item = read(object(day.clone()), &berlin()).unwrap();
    assert_eq!(item.events[0].recurrence_id, Some(When::Date("2026-11-23".parse().unwrap())));
    assert_eq!(Value::from(write(&item, &berlin())), day);
}

#[test]
fn times_hang_where_they_were_made() {
    let start = |original: Value, zone: &str, time: &str| {
        let value =
            json!({"id": "x", "originalStartTimeZone": original, "start": {"dateTime": time, "timeZone": zone}});
        let item = read(object(value.clone()), &berlin()).unwrap();
        assert_eq!(Value::from(write(&item, &berlin())), value);
        item.events[0].start.clone()
    };
    let utc = |text: &str| When::Utc(text.parse().unwrap());
    assert_eq!(start("UTC".into(), "UTC", "2026-11-22T10:00:00.0000000"), utc("2026-11-22T10:00:00Z"));
    assert_eq!(start("tzone://Microsoft/Custom".into(), "UTC", "2026-11-22T10:00:00"), utc("2026-11-22T10:00:00Z"));
    assert_eq!(start(Value::Null, "UTC", "2026-11-22T10:00:00"), utc("2026-11-22T10:00:00Z"));
    // the second 02:30 of that night
    assert_eq!(start("Europe/Berlin".into(), "UTC", "2026-10-25T01:30:00.0000000"), utc("2026-10-25T01:30:00Z"));
    let told = start(Value::Null, "Europe/Berlin", "2026-11-22T10:00:00");
    assert_eq!(told, When::Zoned { local: "2026-11-22T10:00".parse().unwrap(), zone: berlin(), tzid: None });
    assert!(matches!(start(Value::Null, "Nowhere Standard Time", "2026-11-22T10:00:00"), When::Floating(_)));
}

#[test]
fn what_is_no_event_is_named() {
    let time = json!({"dateTime": "2026-11-22T10:00:00", "timeZone": "UTC"});
    for (value, fault) in [
        (json!({"start": time}), Unreadable::Id),
        (json!({"id": "x"}), Unreadable::Start),
        (json!({"id": "x", "start": {"dateTime": "x"}}), Unreadable::Start),
        (json!({"id": "x", "start": time, "end": {}}), Unreadable::End),
        (json!({"id": "x", "start": time, "originalStart": "x"}), Unreadable::OriginalStart),
    ] {
        assert_eq!(read(object(value.clone()), &berlin()).unwrap_err(), fault, "{value}");
    }
}
