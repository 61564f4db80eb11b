//! Generated events: reading and writing back changes nothing.

use super::berlin;
use super::events::meeting;
use crate::google::{patch, read, write};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn of(values: Vec<Value>) -> BoxedStrategy<Value> {
    proptest::sample::select(values).boxed()
}

fn time() -> BoxedStrategy<Value> {
    let zone = of(vec![
        "Europe/Berlin".into(),
        "America/New_York".into(),
        "UTC".into(),
        "Australia/Lord_Howe".into(),
        "europe/berlin".into(),
        "Asia/Calcutta".into(),
        "No/Where".into(),
        "Etc/GMT+5".into(),
        Value::Null,
        3.into(),
    ]);
    let timed = (0_i64..3_000_000_000, -12..=14_i32, zone, 0..5_u8).prop_map(|(at, hours, zone, form)| {
        let at = jiff::Timestamp::from_second(at).unwrap();
        let offset = jiff::tz::offset(i8::try_from(hours).unwrap());
        let text = jiff::fmt::temporal::DateTimePrinter::new().timestamp_with_offset_to_string(&at, offset);
        let rules = zone.as_str().and_then(|zone| crate::zone::Zone::iana(zone).ok()).map(|zone| zone.rules());
        match (form, rules) {
            (0, _) => json!({"dateTime": text, "timeZone": zone}),
            (1, _) => json!({"dateTime": text}),
            (2, _) => json!({"dateTime": offset.to_datetime(at).to_string(), "timeZone": zone}),
            (_, Some(rules)) => {
                let text = jiff::fmt::temporal::DateTimePrinter::new()
                    .timestamp_with_offset_to_string(&at, rules.to_offset(at));
                json!({"dateTime": text, "timeZone": zone})
            }
            (_, None) => json!({"dateTime": at.to_string(), "timeZone": "UTC", "x": 1}),
        }
    });
    let date =
        (1990..2100_i32, 1..=12_u8, 1..=28_u8).prop_map(|(y, m, d)| json!({"date": format!("{y}-{m:02}-{d:02}")}));
    prop_oneof![4 => timed, 2 => date].boxed()
}

fn line() -> BoxedStrategy<Value> {
    of(vec![
        "RRULE:FREQ=WEEKLY;BYDAY=MO,TU".into(),
        "RRULE:FREQ=DAILY;COUNT=3".into(),
        "EXRULE:FREQ=MONTHLY".into(),
        "EXDATE;VALUE=DATE:20150610,20150612".into(),
        "EXDATE:20150610T100000Z".into(),
        "EXDATE;VALUE=DATE:20150610".into(),
        "EXDATE;TZID=Europe/Berlin:20150610T100000".into(),
        "RDATE;VALUE=PERIOD:20150610T100000Z/PT1H".into(),
        "X-A:1".into(),
        "rdate:20150610".into(),
        "EXDATE;TZID=No/Where:20150610T100000".into(),
        Value::Null,
        "".into(),
    ])
}

fn attendee() -> BoxedStrategy<Value> {
    let words = of(vec![
        "accepted".into(),
        "declined".into(),
        "needsAction".into(),
        "tentative".into(),
        "maybe".into(),
        1.into(),
    ]);
    let flag = || of(vec![true.into(), false.into(), Value::Null, "yes".into()]);
    members(vec![
        ("email", of(vec!["a@x.com".into(), "".into(), 1.into()])),
        ("displayName", of(vec!["Ana".into(), Value::Null])),
        ("self", flag()),
        ("responseStatus", words),
        ("optional", flag()),
        ("resource", flag()),
        ("comment", of(vec!["c".into()])),
    ])
}

/// Objects of some of these members.
fn members(all: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let one = |(name, value)| (Just(name), proptest::option::weighted(0.7, value));
    let all: Vec<_> = all.into_iter().map(one).collect();
    all.prop_map(|all| {
        all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect::<Map<_, _>>().into()
    })
    .boxed()
}

fn event() -> BoxedStrategy<Value> {
    let text = || of(vec!["text".into(), "".into(), Value::Null, 4.into(), json!({"a": []})]);
    let list = |of: BoxedStrategy<Value>| proptest::collection::vec(of, 0..4).prop_map(Value::from).boxed();
    let optional = members(vec![
        ("etag", text()),
        ("recurringEventId", text()),
        ("iCalUID", text()),
        ("originalStartTime", time()),
        ("end", time()),
        ("status", of(vec!["confirmed".into(), "tentative".into(), "cancelled".into(), "other".into(), Value::Null])),
        ("recurrence", prop_oneof![9 => list(line()), 1 => text()].boxed()),
        ("transparency", of(vec!["opaque".into(), "transparent".into(), "x".into()])),
        (
            "visibility",
            of(vec!["default".into(), "public".into(), "private".into(), "confidential".into(), "x".into()]),
        ),
        ("summary", text()),
        ("description", text()),
        ("location", text()),
        ("updated", text()),
        (
            "organizer",
            of(vec![
                json!({"email": "a", "self": true}),
                json!({"id": "1"}),
                json!({}),
                json!([]),
                json!({"email": "a", "self": false}),
            ]),
        ),
        ("attendees", prop_oneof![9 => list(prop_oneof![9 => attendee(), 1 => text()].boxed()), 1 => text()].boxed()),
        (
            "conferenceData",
            of(vec![meeting()["conferenceData"].clone(), json!({}), json!({"entryPoints": 1}), json!(null)]),
        ),
        ("sequence", of(vec![0.into(), 3.into(), (-1).into(), json!(1.5), json!(5_000_000_000_u64)])),
        (
            "extendedProperties",
            of(vec![
                json!({"private": {"a": "b"}}),
                json!({"private": {}}),
                json!({"private": {"a": 1}, "shared": {}}),
                json!({"shared": {"a": "b"}}),
                json!({"private": {"a": "b"}, "shared": {}}),
                json!({}),
                json!(3),
                json!({"private": []}),
            ]),
        ),
        ("reminders", text()),
        ("@verbatim", Just(Value::Null).boxed()),
        ("newMember", text()),
    ]);
    (optional, time())
        .prop_map(|(mut event, start)| {
            event["id"] = "id".into();
            event["start"] = start;
            event
        })
        .boxed()
}

proptest! {
    #[test]
    fn writing_back_what_was_read_changes_nothing(event in event()) {
        let object = event.as_object().unwrap();
        if let Ok(item) = read(object.clone(), &berlin()) {
            let mut expected = object.clone();
            expected.remove("@verbatim");
            prop_assert_eq!(&write(&item, &berlin()), &expected);
            // stored and read again
            let stored: crate::event::Item = serde_json::from_value(serde_json::to_value(&item).unwrap()).unwrap();
            prop_assert_eq!(&write(&stored, &berlin()), &expected);
            prop_assert!(patch(&item, &stored, &berlin()).is_empty());
            // what was written is read as the same
            prop_assert_eq!(read(expected, &berlin()).unwrap(), item);
        }
    }

    #[test]
    fn a_change_is_written_whatever_form_the_event_had(event in event(), other in event()) {
        let (Ok(mut item), Ok(other)) = (read(event.as_object().unwrap().clone(), &berlin()), read(other.as_object().unwrap().clone(), &berlin()))
            else { return Ok(()) };
        let rest = std::mem::take(&mut item.events[0].rest);
        item.events[0] = other.events[0].clone();
        item.events[0].rest = rest;
        let again = read(write(&item, &berlin()), &berlin()).unwrap();
        let (a, b) = (&again.events[0], &item.events[0]);
        for (a, b) in [(&a.start, &b.start), (&a.end, &b.end)] {
            // a floating time gets the calendar's zone, since Google knows none
            let home = berlin().rules();
            prop_assert_eq!((a.is_date(), a.instant(&home)), (b.is_date(), b.instant(&home)));
            prop_assert!(a == b || matches!(b, crate::When::Floating(_)));
        }
        prop_assert_eq!((a.status, a.busy, a.visibility, a.sequence), (b.status, b.busy, b.visibility, b.sequence));
        prop_assert_eq!((&a.summary, &a.description, &a.location), (&b.summary, &b.description, &b.location));
        prop_assert_eq!(&a.recurrence.rrule, &b.recurrence.rrule);
        prop_assert_eq!(a.attendees.len(), b.attendees.len());
        for (a, b) in a.attendees.iter().zip(&b.attendees) {
            prop_assert_eq!((&a.person, a.response, a.optional, a.resource), (&b.person, b.response, b.optional, b.resource));
        }
        prop_assert_eq!(&a.extended, &b.extended);
    }
}
