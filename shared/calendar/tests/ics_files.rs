//! Files as they are found, examples of RFC 5545, and what is written back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use attune_calendar::event::{Busy, Event, Response, Status, Visibility};
use attune_calendar::ics::{self, Component, Property, parse, read, read_free_busy, reply, write};
use attune_calendar::{When, zone::Zone};
use jiff::Timestamp;
use std::fs;
use std::path::Path;

const FILES: [&str; 10] = [
    "apple",
    "bare-cr",
    "bare-lf-bom",
    "doubles",
    "fold-in-utf8",
    "google",
    "latin-1",
    "missing-ends",
    "odd-times",
    "outlook",
];

fn file(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ics").join(name)).unwrap()
}

fn stamp() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn wrap(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\n{}\nEND:VCALENDAR\n", lines.trim())
}

fn only(text: &str) -> Event {
    let read = read(text.as_bytes());
    assert_eq!(read.faults, []);
    let [item] = read.items.as_slice() else { panic!("{} items", read.items.len()) };
    let [event] = item.events.as_slice() else { panic!("{} events", item.events.len()) };
    event.clone()
}

#[test]
fn dirty_files_give_the_expected_events_and_faults() {
    for name in FILES {
        let calendar = read(&file(&format!("{name}.ics")));
        let faults = calendar.faults.iter().map(|fault| format!("{fault} {}", fault.uid.as_deref().unwrap_or("-")));
        let seen = serde_json::json!({
            "items": calendar.items, "faults": faults.collect::<Vec<_>>(),
            "method": calendar.method, "name": calendar.name, "properties": calendar.properties,
        });
        let expected: serde_json::Value = serde_json::from_slice(&file(&format!("{name}.json"))).unwrap();
        assert_eq!(seen, expected, "{name}:\n{seen:#}");
    }
}

/// A property as what it says: the order of parameters, quotes that need not be, and the case of `mailto` say nothing.
fn said(property: &Property) -> String {
    if !property.is("ATTENDEE") {
        return property.text().to_owned();
    }
    let mut params: Vec<String> =
        property.params().map(|param| format!("{}={:?}", param.name, param.values().collect::<Vec<_>>())).collect();
    params.sort();
    let cn = property.params().find(|param| param.is("CN")).map(|param| param.whole().into_owned());
    params.retain(|param| !param.starts_with("CN="));
    format!("{:?} {params:?} {}", cn, property.value().replace("MAILTO:", "mailto:"))
}

fn all_said(component: &Component, out: &mut Vec<String>, at: &str) {
    let at = format!("{at}/{}", component.name().to_ascii_uppercase());
    out.extend(
        component.properties.iter().filter(|line| !line.is("DTSTAMP")).map(|line| format!("{at} {}", said(line))),
    );
    component.components.iter().for_each(|inner| all_said(inner, out, &at));
}

fn of_events(text: &[u8], uids: &[&str]) -> Vec<Vec<String>> {
    let tree = parse(text);
    let inner = tree.components.iter().flat_map(|calendar| &calendar.components);
    let events = inner
        .filter(|inner| inner.is("VEVENT") && inner.property("UID").is_some_and(|uid| uids.contains(&uid.value())));
    let mut all: Vec<Vec<String>> = events
        .map(|event| {
            let mut lines = Vec::new();
            all_said(event, &mut lines, "");
            lines.sort();
            lines
        })
        .collect();
    all.sort();
    all
}

#[test]
fn writing_back_what_was_read_changes_nothing() {
    for name in FILES {
        let bytes = file(&format!("{name}.ics"));
        let calendar = read(&bytes);
        let mut uids: Vec<&str> = calendar.items.iter().map(|item| item.id.as_str()).collect();
        // one of two with this UID is left out, and the other has no UID
        uids.retain(|uid| *uid != "a" && !uid.ends_with(".invalid"));
        let written = write(&calendar.items, None, ics::PRODID, stamp());
        assert_eq!(of_events(&bytes, &uids), of_events(written.as_bytes(), &uids), "{name}");
        assert!(!uids.is_empty());
        let again = read(written.as_bytes());
        assert_eq!(again.faults, [], "{name}");
        assert_eq!(again.items, calendar.items, "{name}");
        assert_eq!(write(&again.items, None, ics::PRODID, stamp()), written, "{name}");
    }
}

#[test]
fn what_is_written_is_folded_at_75_octets_with_crlf() {
    for name in FILES {
        let written = write(&read(&file(&format!("{name}.ics"))).items, Some("a name"), "", stamp());
        assert!(written.ends_with("\r\n"));
        for line in written.split_terminator("\r\n") {
            assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{name}: {line}");
        }
    }
}

#[test]
fn a_change_replaces_only_its_own_lines() {
    let mut items = read(&file("outlook.ics")).items;
    let event = &mut items[0].events[0];
    event.summary = Some("Another, now".to_owned());
    event.attendees[0].response = Response::Accepted;
    let written = write(&items[..1], None, ics::PRODID, stamp()).replace("\r\n ", "");
    assert!(written.contains("\r\nSUMMARY:Another\\, now\r\n"));
    assert!(!written.contains("LANGUAGE=en-us"));
    assert!(written.contains("ATTENDEE;CN=\"Lovelace, Ada\";PARTSTAT=ACCEPTED;RSVP=TRUE:mailto:ada@example.com"));
    assert!(written.contains("SENT-BY=\"mailto:office@example.com\""));
    assert!(written.contains("X-MICROSOFT-CDO-IMPORTANCE:1"));
    assert!(written.contains("DTSTART;TZID=\"Customized Time Zone\":20260701T100000"));
    // the length stays a DURATION when the event moves
    let mut items = read(&file("apple.ics")).items;
    let event = &mut items[0].events[1];
    let later = |when: &When| when.at(when.local().checked_add(jiff::SignedDuration::from_hours(1)).unwrap());
    (event.start, event.end) = (later(&event.start), later(&event.end));
    let written = write(&items, None, ics::PRODID, stamp());
    assert!(written.contains("DTSTART;TZID=America/New_York:20260308T040000\r\nDURATION:PT1H30M\r\n"), "{written}");
}

#[test]
fn section_3_6_1_and_4_of_rfc_5545() {
    let conference = only(&wrap(
        "BEGIN:VEVENT\nDTSTAMP:19960704T120000Z\nUID:uid1@example.com\nORGANIZER:mailto:jsmith@example.com\n\
         DTSTART:19960918T143000Z\nDTEND:19960920T220000Z\nSTATUS:CONFIRMED\nCATEGORIES:CONFERENCE\n\
         SUMMARY:Networld+Interop Conference\nDESCRIPTION:Networld+Interop Conference\n  and Exhibit\\nAtlanta World Congress \
         Center\\n\n Atlanta\\, Georgia\nEND:VEVENT",
    ));
    assert_eq!(
        conference.description.as_deref(),
        Some("Networld+Interop Conference and Exhibit\nAtlanta World Congress Center\nAtlanta, Georgia")
    );
    assert_eq!(conference.organizer.unwrap().email, "jsmith@example.com");
    assert_eq!(conference.end, When::Utc("1996-09-20T22:00:00Z".parse().unwrap()));
    assert_eq!(conference.rest["properties"], serde_json::json!(["STATUS:CONFIRMED", "CATEGORIES:CONFERENCE"]));

    let review = only(&wrap(
        "BEGIN:VTIMEZONE\nTZID:America/New_York\nBEGIN:STANDARD\nDTSTART:19981025T020000\nTZOFFSETFROM:-0400\n\
         TZOFFSETTO:-0500\nTZNAME:EST\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:19990404T020000\nTZOFFSETFROM:-0500\n\
         TZOFFSETTO:-0400\nTZNAME:EDT\nEND:DAYLIGHT\nEND:VTIMEZONE\nBEGIN:VEVENT\nDTSTAMP:19980309T231000Z\nUID:guid-1.example.com\n\
         ORGANIZER:mailto:mrbig@example.com\nATTENDEE;RSVP=TRUE;ROLE=REQ-PARTICIPANT;CUTYPE=GROUP:\n mailto:employee-A@example.com\n\
         DESCRIPTION:Project XYZ Review Meeting\nCATEGORIES:MEETING\nCLASS:PUBLIC\nCREATED:19980309T130000Z\n\
         SUMMARY:XYZ Project Review\nDTSTART;TZID=America/New_York:19980312T083000\nDTEND;TZID=America/New_York:19980312T093000\n\
         LOCATION:1CP Conference Room 4350\nEND:VEVENT",
    ));
    assert_eq!(review.attendees[0].person.email, "employee-A@example.com");
    assert_eq!(review.attendees[0].rest["CUTYPE"], "GROUP");
    assert_eq!(review.visibility, Visibility::Public);
    let new_york = Zone::iana("America/New_York").unwrap();
    assert_eq!(review.start, When::Zoned { local: "1998-03-12T08:30".parse().unwrap(), zone: new_york, tzid: None });

    let anniversary = only(&wrap(
        "BEGIN:VEVENT\nUID:19970901T130000Z-123403@example.com\nDTSTAMP:19970901T130000Z\nDTSTART;VALUE=DATE:19971102\n\
         SUMMARY:Our Blissful Anniversary\nTRANSP:TRANSPARENT\nCLASS:CONFIDENTIAL\nCATEGORIES:ANNIVERSARY,PERSONAL,SPECIAL \
         OCCASION\nRRULE:FREQ=YEARLY\nEND:VEVENT",
    ));
    assert_eq!(anniversary.end, When::Date("1997-11-03".parse().unwrap()));
    assert_eq!((anniversary.busy, anniversary.visibility), (Busy::Free, Visibility::Confidential));
    assert_eq!(anniversary.recurrence.rrule, ["FREQ=YEARLY"]);

    let jazz = only(&wrap(
        "BEGIN:VEVENT\nUID:20070423T123432Z-541111@example.com\nDTSTAMP:20070423T123432Z\nDTSTART;VALUE=DATE:20070628\n\
         DTEND;VALUE=DATE:20070709\nSUMMARY:Festival International de Jazz de Montreal\nTRANSP:TRANSPARENT\nEND:VEVENT",
    ));
    assert_eq!(jazz.end, When::Date("2007-07-09".parse().unwrap()));
    assert!(jazz.rest.is_empty(), "{:?}", jazz.rest);
}

#[test]
fn section_3_6_4_free_busy() {
    let answer = read_free_busy(
        wrap(
            "BEGIN:VFREEBUSY\nUID:19970901T095957Z-76A912@example.com\nORGANIZER:mailto:jane_doe@example.com\n\
             DTSTAMP:19970901T100000Z\nFREEBUSY:19971015T050000Z/PT8H30M,19971015T160000Z/PT5H30M\n\
             FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:19980314T233000Z/19980315T003000Z\nFREEBUSY:1998/PT1H\nEND:VFREEBUSY",
        )
        .as_bytes(),
    );
    let periods: Vec<String> =
        answer.periods.iter().map(|one| format!("{}/{} {:?}", one.start, one.end, one.busy)).collect();
    assert_eq!(
        periods,
        [
            "1997-10-15T05:00:00Z/1997-10-15T13:30:00Z Busy",
            "1997-10-15T16:00:00Z/1997-10-15T21:30:00Z Busy",
            "1998-03-14T23:30:00Z/1998-03-15T00:30:00Z OutOfOffice",
        ]
    );
    assert_eq!(answer.faults.len(), 1);
}

#[test]
fn a_reply_says_who_answers_what_and_no_more() {
    let event = &read(&file("outlook.ics")).items[0].events[0];
    let text = reply(event, "JOHN@example.com", Response::Accepted, stamp()).unwrap().replace("\r\n ", "");
    assert!(text.contains("METHOD:REPLY\r\n"));
    assert!(
        text.contains(
            "ATTENDEE;CN=\"Doe: John, Dr.\";PARTSTAT=ACCEPTED;ROLE=OPT-PARTICIPANT:mailto:john@example.com\r\n"
        )
    );
    assert!(text.contains("UID:040000008200E00074C5B7101A82E008\r\n") && text.contains("SEQUENCE:2\r\n"));
    assert_eq!(text.matches("ATTENDEE").count(), 1);
    assert!(!text.contains("VALARM") && !text.contains("Line 1") && !text.contains("X-MICROSOFT"));
    assert_eq!(reply(event, "eve@example.com", Response::Accepted, stamp()), Err(ics::NoMessage::NotInvited));
    assert_eq!(read(text.as_bytes()).method.as_deref(), Some("REPLY"));
}

#[test]
fn what_comes_from_elsewhere_cannot_begin_a_line() {
    let mut event = only(&wrap("BEGIN:VEVENT\nUID:x\nDTSTART:20260105T093000Z\nEND:VEVENT"));
    let evil = "x\r\nEND:VEVENT\nBEGIN:VEVENT\rUID:evil";
    event.uid = evil.to_owned();
    event.summary = Some(evil.to_owned());
    event.recurrence.rrule = vec![evil.to_owned()];
    event.extended.insert(evil.to_owned(), evil.to_owned());
    event.conference = Some(attune_calendar::event::Conference { uri: Some(evil.to_owned()), ..Default::default() });
    event.organizer =
        Some(attune_calendar::event::Person { email: evil.to_owned(), name: Some(evil.to_owned()), own: false });
    let zone = Zone::iana("Europe/Berlin").unwrap();
    event.start = When::Zoned { local: "2026-01-05T09:30".parse().unwrap(), zone, tzid: Some(evil.into()) };
    event.end = event.start.clone();
    event.rest.insert("properties".to_owned(), serde_json::json!([evil, "X-A:\r\nEND:VEVENT", "END:VEVENT"]));
    event
        .rest
        .insert("components".to_owned(), serde_json::json!(["END:VEVENT\nBEGIN:VEVENT\nUID:evil\nEND:VEVENT", evil]));
    let items = [attune_calendar::event::Item { id: "x".into(), etag: None, series: None, events: vec![event] }];
    let text = write(&items, Some(evil), evil, stamp());
    let tree = parse(text.as_bytes());
    assert_eq!(tree.faults, []);
    let [calendar] = tree.components.as_slice() else { panic!("{text}") };
    assert_eq!(calendar.components.iter().filter(|inner| inner.is("VEVENT")).count(), 1, "{text}");
}

#[test]
fn bounds_hold() {
    let deep = "BEGIN:A\n".repeat(100_000) + "X:1\n" + &"END:A\n".repeat(100_000);
    let tree = parse(deep.as_bytes());
    assert_eq!(tree.faults.len(), 1);
    let many = "BEGIN:VEVENT\n".repeat(ics::MAX_COMPONENTS + 2);
    assert!(parse(many.as_bytes()).faults.iter().any(|fault| fault.reason == ics::Reason::TooMany));
    let long = format!(
        "BEGIN:VEVENT\nUID:x\nDTSTART:20260105T093000Z\nSUMMARY:{}\nLOCATION:here\n",
        "x".repeat(ics::MAX_LINE)
    );
    let folded = long.replace("xxxxxxxx", "xxxxxxxx\n ");
    for text in [long, folded] {
        let read = read(text.as_bytes());
        assert_eq!(read.faults[0].reason, ics::Reason::LineTooLong);
        assert_eq!(read.items[0].events[0].location.as_deref(), Some("here"));
    }
}

#[test]
fn a_cancelled_instance_and_other_words() {
    let event = only(&wrap(
        "BEGIN:VEVENT\nUID:x\nDTSTART:20260105T093000Z\nRECURRENCE-ID:20260105T090000Z\nSTATUS:CANCELLED\nEND:VEVENT",
    ));
    assert_eq!((event.status, event.recurrence_id.is_some()), (Status::Cancelled, true));
    let event = only(&wrap(
        "BEGIN:VEVENT\nUID:x\nDTSTART:20260105T093000Z\nX-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE\nEND:VEVENT",
    ));
    assert_eq!(event.busy, Busy::WorkingElsewhere);
}
