//! Generated events: reading and writing back changes nothing.

use super::berlin;
use super::events::meeting;
use crate::graph::{body, changes, read, write};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn of(values: Vec<Value>) -> BoxedStrategy<Value> {
    proptest::sample::select(values).boxed()
}

fn zone() -> BoxedStrategy<Value> {
    of(vec![
        "UTC".into(),
        "Europe/Berlin".into(),
        "America/New_York".into(),
        "Pacific Standard Time".into(),
        "tzone://Microsoft/Custom".into(),
        "tzone://Microsoft/Utc".into(),
        "".into(),
        Value::Null,
        3.into(),
        "Australia/Lord_Howe".into(),
        "W. Europe Standard Time".into(),
    ])
}

fn time() -> BoxedStrategy<Value> {
    let form = of(vec![".0000000".into(), "".into(), ".1234567".into(), "Z".into(), ".5".into()]);
    (0_i64..3_000_000_000, form, prop_oneof![3 => Just(json!("UTC")).boxed(), 1 => zone()], any::<bool>())
        .prop_map(|(at, form, zone, midnight)| {
            let at = if midnight { at / 86_400 * 86_400 } else { at };
            let local = jiff::tz::offset(0).to_datetime(jiff::Timestamp::from_second(at).unwrap());
            json!({"dateTime": format!("{local}{}", form.as_str().unwrap()), "timeZone": zone})
        })
        .boxed()
}

/// Objects of some of these members.
fn members(all: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let all: Vec<_> =
        all.into_iter().map(|(name, value)| (Just(name), proptest::option::weighted(0.7, value))).collect();
    all.prop_map(|all| {
        all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect::<Map<_, _>>().into()
    })
    .boxed()
}

fn event() -> BoxedStrategy<Value> {
    let text = || of(vec!["text".into(), "".into(), Value::Null, 4.into(), json!({"a": []})]);
    let flag = || of(vec![true.into(), false.into(), Value::Null]);
    let words = |words: &[&str]| of(words.iter().map(|word| json!(word)).chain([Value::Null]).collect());
    let person = || {
        of(vec![
            json!({"name": "Ana", "address": "a@x"}),
            json!({"address": "a@x"}),
            json!({"name": "", "address": "a"}),
            json!({"name": "x"}),
            json!({"name": null, "address": "a"}),
            json!(3),
            json!({"address": "a", "x": 1}),
        ])
    };
    let status = of(vec![
        json!({"response": "none", "time": "0001-01-01T00:00:00Z"}),
        json!({"response": "notResponded"}),
        json!({"response": "accepted"}),
        json!({"response": "organizer"}),
        json!({"response": "new"}),
        json!({}),
        Value::Null,
    ]);
    let attendee = members(vec![
        ("type", words(&["required", "optional", "resource", "other"])),
        ("status", status),
        ("emailAddress", person()),
        ("proposedNewTime", text()),
    ]);
    let weekly = meeting()["recurrence"].clone();
    let mut odd = weekly.clone();
    odd["pattern"]["type"] = "hourly".into();
    let mut other = weekly.clone();
    other["range"] = json!({"type": "numbered", "numberOfOccurrences": 3, "startDate": "2020-01-01"});
    other["pattern"] = json!({"type": "absoluteMonthly", "interval": 2, "dayOfMonth": 31});
    let own = crate::graph::event::NAMESPACE;
    let optional = members(vec![
        ("@odata.etag", text()), ("seriesMasterId", text()), ("iCalUId", text()), ("subject", text()), ("end", time()),
        ("body", of(vec![
            json!({"contentType": "html", "content": "<p>"}), json!({"contentType": "text", "content": ""}), json!({"contentType": "html"}),
            json!({"content": "x"}), json!({}), Value::Null, json!("x"), json!({"content": null}),
        ])),
        ("isAllDay", flag()), ("originalStartTimeZone", zone()), ("originalEndTimeZone", zone()),
        ("originalStart", of(vec!["2026-11-22T10:00:00Z".into(), "2026-11-22T00:00:00.0000000Z".into(), "".into(), Value::Null])),
        ("recurrence", of(vec![weekly, odd, other, Value::Null, json!({}), json!(1)])), ("isCancelled", flag()),
        ("showAs", words(&["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"])),
        ("sensitivity", words(&["normal", "personal", "private", "confidential"])),
        ("location", of(vec![
            json!({"displayName": "x", "locationType": "default"}), json!({"displayName": ""}), json!({"displayName": "x"}), json!({}), Value::Null,
        ])),
        ("locations", of(vec![json!([]), json!([{"displayName": "x"}]), json!([{"displayName": "y"}, {}])])),
        ("organizer", prop_oneof![person().prop_map(|p| json!({"emailAddress": p})), text()].boxed()), ("isOrganizer", flag()),
        ("attendees", prop_oneof![
            9 => proptest::collection::vec(prop_oneof![9 => attendee, 1 => text()], 0..4).prop_map(Value::from), 1 => text(),
        ].boxed()),
        ("isOnlineMeeting", flag()), ("onlineMeetingProvider", words(&["teamsForBusiness", "unknown", "skypeForBusiness"])),
        ("onlineMeeting", of(vec![json!({"joinUrl": "u", "conferenceId": "1"}), json!({}), Value::Null, json!({"joinUrl": 1}), json!("x")])),
        ("lastModifiedDateTime", text()), ("type", words(&["singleInstance", "occurrence"])), ("categories", text()),
        ("singleValueExtendedProperties", of(vec![
            json!([{"id": format!("{own}a"), "value": "1"}, {"id": "String {x} Name b", "value": "2"}]), json!([]), Value::Null, json!([1]),
            json!([{"id": format!("{own}a"), "value": "1"}, {"id": format!("{own}a"), "value": "2"}]), json!([{"id": format!("{own}é"), "value": 1}]),
            json!([{"id": own.to_uppercase(), "value": "1"}]), json!([{"id": format!("{own}a"), "value": "1", "x": 2}]),
        ])),
        ("@absent", text()), ("newMember", text()),
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
            expected.remove("@absent");
            prop_assert_eq!(&write(&item, &berlin()), &expected);
            let stored: crate::event::Item = serde_json::from_value(serde_json::to_value(&item).unwrap()).unwrap();
            prop_assert_eq!(&write(&stored, &berlin()), &expected);
            prop_assert_eq!(changes(&item, &stored, &berlin()), Ok(Map::new()));
            prop_assert!(body(&item, &berlin()).is_ok());
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
            let home = berlin().rules();
            prop_assert_eq!((a.is_date(), a.instant(&home)), (b.is_date(), b.instant(&home)));
        }
        prop_assert_eq!((a.status, a.busy, a.visibility), (b.status, b.busy, b.visibility));
        prop_assert_eq!((&a.summary, &a.description, &a.location), (&b.summary, &b.description, &b.location));
        prop_assert_eq!(a.attendees.len(), b.attendees.len());
        for (a, b) in a.attendees.iter().zip(&b.attendees) {
            prop_assert_eq!((&a.person, a.response, a.optional, a.resource), (&b.person, b.response, b.optional, b.resource));
        }
        prop_assert_eq!(&a.extended, &b.extended);
        prop_assert_eq!(a.conference.is_some(), b.conference.is_some());
    }
}
