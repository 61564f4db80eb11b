//! Whatever the bytes, whatever the event.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use attune_calendar::event::{Attendee, Busy, Event, Item, Person, RDate, Recurrence, Response, Status, Visibility};
use attune_calendar::ics::{PRODID, read, read_free_busy, write};
use attune_calendar::{When, zone::Zone};
use jiff::Timestamp;
use jiff::civil::DateTime;
use proptest::prelude::*;

fn stamp() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// Reading, writing and reading again is what reading alone is.
fn settles(bytes: &[u8]) {
    let first = read(bytes);
    let once = write(&first.items, first.name.as_deref(), PRODID, stamp());
    let second = read(once.as_bytes());
    let twice = write(&second.items, second.name.as_deref(), PRODID, stamp());
    assert_eq!(once, twice);
    read_free_busy(bytes);
}

#[test]
fn a_name_with_control_characters_settles() {
    settles(b"BEGIN:VEVENT\nUID:one\nDTSTART:20260105T093000Z\nBEGIN:VEVENT\n\t\0\0\r\n");
}

const PIECES: [&str; 72] = [
    "BEGIN:VCALENDAR",
    "END:VCALENDAR",
    "BEGIN:VEVENT",
    "END:VEVENT",
    "BEGIN:VALARM",
    "END:VALARM",
    "BEGIN:VTIMEZONE",
    "END:VTIMEZONE",
    "BEGIN:STANDARD",
    "END:STANDARD",
    "BEGIN:DAYLIGHT",
    "TZID:Own",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "TZOFFSETTO:-9999",
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "RRULE:FREQ=YEARLY;BYMONTH=13;BYDAY=99XX",
    "X-LIC-LOCATION:Asia/Tokyo",
    "UID:one",
    "UID:two",
    "UID",
    "UID:",
    "DTSTART:20260105T093000Z",
    "DTSTART;VALUE=DATE:20260105",
    "DTSTART;TZID=Own:20260105T093000",
    "DTSTART;TZID=Europe/Berlin:20261025T023000",
    "DTSTART:99991231T235959",
    "DTSTART:00000101",
    "DTSTART;TZID=Asia/Tokyo:99991231T235959",
    "DTEND:20260105T103000Z",
    "DTEND;VALUE=DATE:20260105",
    "DTEND;TZID=Own:20260105T093000",
    "DTEND:x",
    "DURATION:P9999999999D",
    "DURATION:-P1W",
    "DURATION:PT1H",
    "DURATION:P4294967295W",
    "DURATION:P",
    "RECURRENCE-ID:20260105T093000Z",
    "RECURRENCE-ID;RANGE=THISANDFUTURE:20260106T093000Z",
    "RDATE;VALUE=PERIOD:20260105T093000Z/PT1H,20260105/P1D",
    "EXDATE:20260105,,20260106T1200",
    "EXDATE;TZID=Own:20260105T093000",
    "SUMMARY:a\\, b\\n\\",
    "SUMMARY;LANGUAGE=de:Grüße",
    "summary:lower",
    "SUMMARY;X=\":no end",
    "DESCRIPTION:",
    " folded",
    "\tfolded too",
    "SEQUENCE:7",
    "SEQUENCE:-1",
    "STATUS:CANCELLED",
    "TRANSP:TRANSPARENT",
    "X-MICROSOFT-CDO-BUSYSTATUS:OOF",
    "CLASS:X",
    "LAST-MODIFIED:20260101T000000Z",
    "LAST-MODIFIED:never",
    "ORGANIZER;CN=A:mailto:a@example.com",
    "ATTENDEE;CN=\"B, C\";PARTSTAT=ACCEPTED;X-Y=1,2:mailto:b@example.com",
    "ATTENDEE;EMAIL=c@example.com:/principal",
    "ATTENDEE:",
    "ATTENDEE;;=;A;ROLE=:x",
    "CONFERENCE;VALUE=URI:https://example.com/",
    "X-GOOGLE-CONFERENCE:https://example.com/2",
    "X-ATTUNE-KEY:1",
    "X-ATTUNE;KEY=\"^n^^\":2",
    "X-ATTUNE-:3",
    "X-ATTUNE:4",
    "X-WR-CALNAME:name",
    "METHOD:REQUEST",
    "no colon",
];

fn lines() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        12 => prop::sample::select(PIECES.to_vec()).prop_map(|line| line.as_bytes().to_vec()),
        1 => "\\PC{0,20}[:;=\",^\\\\]\\PC{0,20}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..30),
    ];
    let ended = (line, prop::sample::select(vec!["\r\n", "\n", "\r", "\r\r\n", "\r\n \r\n", "\n\t"]));
    prop::collection::vec(ended, 0..60)
        .prop_map(|lines| lines.into_iter().flat_map(|(line, end)| [line, end.as_bytes().to_vec()]).flatten().collect())
}

/// The same with a frame, so that most of it comes to events.
fn framed() -> impl Strategy<Value = Vec<u8>> {
    lines().prop_map(|lines| [b"BEGIN:VEVENT\nUID:one\nDTSTART:20260105T093000Z\n".to_vec(), lines].concat())
}

fn local() -> impl Strategy<Value = DateTime> {
    (1970_i16..2090, 1_i8..=12, 1_i8..=28, 0_i8..24, 0_i8..60, 0_i8..60).prop_map(
        |(year, month, day, hour, minute, second)| jiff::civil::date(year, month, day).at(hour, minute, second, 0),
    )
}

fn when() -> impl Strategy<Value = When> {
    let zones = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Casablanca", "Asia/Jerusalem"];
    prop_oneof![
        local().prop_map(|local| When::Date(local.date())),
        local().prop_map(When::Floating),
        local().prop_map(|local| When::Utc(jiff::tz::offset(0).to_timestamp(local).unwrap())),
        (
            local(),
            prop::sample::select(zones.to_vec()),
            prop::option::of(prop::sample::select(vec!["Own", "a \"b\", c:d^"]))
        )
            .prop_map(|(local, zone, tzid)| When::Zoned {
                local,
                zone: Zone::iana(zone).unwrap(),
                tzid: tzid.map(Into::into)
            }),
    ]
}

fn text() -> impl Strategy<Value = Option<String>> {
    prop::option::of("[^\\p{Cc}]{0,90}(\n[^\\p{Cc}]{0,9})?")
}

prop_compose! {
    fn event()(
        start in when(),
        hours in 0_i64..60,
        rdate in prop::collection::vec(when(), 0..3),
        exdate in prop::collection::vec(when(), 0..3),
        (summary, description, location) in (text(), text(), text()),
        names in prop::collection::vec(("[a-z]{1,9}@example\\.com", prop::option::of("[^\\p{Cc}]{1,40}"), any::<[bool; 2]>(), 0..4_u8), 0..4),
        (status, busy, visibility) in (
            prop::sample::select(vec![Status::Confirmed, Status::Tentative, Status::Cancelled]),
            prop::sample::select(vec![Busy::Busy, Busy::Free, Busy::Tentative, Busy::OutOfOffice, Busy::WorkingElsewhere]),
            prop::sample::select(vec![Visibility::Default, Visibility::Public, Visibility::Private, Visibility::Confidential]),
        ),
        sequence in 0_u32..9,
        extended in prop::collection::btree_map(prop_oneof!["[a-z0-9_]{1,9}", "[^\\p{Cc} ]{1,9}"], "[^\\p{Cc}]{0,20}", 0..3),
    ) -> Event {
        let whole = if start.is_date() { 24 * hours.max(1) } else { hours };
        let end = start.at(start.local().checked_add(jiff::SignedDuration::from_hours(whole)).unwrap());
        let attendees = names.into_iter().map(|(email, name, [optional, resource], response)| Attendee {
            person: Person { email, name: name.map(|name| name.trim().to_owned()), own: false },
            response: [Response::NeedsAction, Response::Accepted, Response::Tentative, Response::Declined][usize::from(response)],
            optional,
            resource,
            rest: serde_json::Map::new(),
        });
        Event {
            uid: "uid@example.com".to_owned(),
            start, end,
            recurrence: Recurrence {
                rrule: vec!["FREQ=DAILY;COUNT=3".to_owned()],
                exrule: Vec::new(),
                rdate: rdate.into_iter().map(|start| RDate { start, end: None }).collect(),
                exdate,
            },
            recurrence_id: None,
            this_and_future: false,
            status, busy, visibility, summary, description, location,
            organizer: None,
            attendees: attendees.collect(),
            conference: None,
            sequence,
            updated: Some("2026-01-02T03:04:05Z".to_owned()),
            extended,
            rest: serde_json::Map::new(),
        }
    }
}

/// Two meanings of one TZID in one event are written by their names.
fn by_name(event: &Event) -> Event {
    let mut event = event.clone();
    let plain = |when: &mut When| {
        if let When::Zoned { tzid, .. } = when {
            *tzid = None;
        }
    };
    plain(&mut event.start);
    plain(&mut event.end);
    event.recurrence.exdate.iter_mut().for_each(plain);
    event.recurrence.rdate.iter_mut().for_each(|date| plain(&mut date.start));
    event
}

/// Ends are judged by instants: one in a gap or a fold may come before its start.
fn in_order(event: &Event) -> bool {
    let utc = jiff::tz::TimeZone::UTC;
    event.start.instant(&utc) <= event.end.instant(&utc)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_settle(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        settles(&bytes);
    }

    #[test]
    fn any_lines_settle(bytes in lines()) {
        settles(&bytes);
    }

    #[test]
    fn any_events_settle(bytes in framed()) {
        settles(&bytes);
    }

    #[test]
    fn what_is_written_is_read(event in event()) {
        prop_assume!(in_order(&event));
        let items = [Item { id: event.uid.clone(), etag: None, series: None, events: vec![event] }];
        let written = write(&items, None, PRODID, stamp());
        let read = read(written.as_bytes());
        prop_assert_eq!(&read.faults, &vec![]);
        let (seen, expected) = (&read.items[0].events[0], &items[0].events[0]);
        prop_assert_eq!(by_name(seen), by_name(expected), "{}", written);
        prop_assert_eq!(write(&read.items, None, PRODID, stamp()), written);
    }
}
