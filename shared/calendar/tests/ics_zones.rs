//! VTIMEZONEs that are written say what the IANA database says; those that are read are recognized.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use attune_calendar::event::{Event, Item};
use attune_calendar::ics::{Component, PRODID, parse, read, write};
use attune_calendar::{When, zone::Zone};
use jiff::civil::{Date, DateTime, Weekday, date};
use jiff::tz::offset;
use jiff::{SignedDuration, Timestamp};

fn stamp() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn seconds(text: &str) -> i32 {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let part = |at: usize| text.get(at..at + 2).map_or(0, |two| two.parse::<i32>().unwrap());
    sign * (part(1) * 3600 + part(3) * 60 + part(5))
}

/// The onsets of an observance up to 2045, by its rule, read in the plainest way: every day of its month is tried.
fn onsets(observance: &Component) -> Vec<(Timestamp, i32)> {
    let text = |name| observance.property(name).map(|line| line.value().to_owned());
    let first: DateTime = text("DTSTART").unwrap().parse().unwrap();
    let (from, to) = (seconds(&text("TZOFFSETFROM").unwrap()), seconds(&text("TZOFFSETTO").unwrap()));
    let utc = |local: DateTime| {
        offset(0).to_timestamp(local).unwrap().checked_sub(SignedDuration::from_secs(from.into())).unwrap()
    };
    let Some(rule) = text("RRULE") else { return vec![(utc(first), to)] };
    let part = |name: &str| rule.split(';').find_map(|part| part.strip_prefix(name).map(str::to_owned));
    let month: i8 = part("BYMONTH=").unwrap().parse().unwrap();
    let fits = |day: Date| {
        let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
        let name = names[usize::try_from(Weekday::to_monday_zero_offset(day.weekday())).unwrap()];
        let nth = (day.day() - 1) / 7 + 1;
        let last = day.day() + 7 > day.days_in_month();
        let weekday = part("BYDAY=")
            .is_none_or(|by| by == name || by == format!("{nth}{name}") || (last && by == format!("-1{name}")));
        weekday && part("BYMONTHDAY=").is_none_or(|by| by.split(',').any(|one| one == day.day().to_string()))
    };
    let days = (first.year()..2046.max(first.year() + 1)).flat_map(|year| {
        date(year, month, 1).series(jiff::Span::new().days(1)).take_while(move |day| day.month() == month)
    });
    let found: Vec<_> =
        days.filter(|day| fits(*day)).map(|day| day.to_datetime(first.time())).filter(|at| *at >= first).collect();
    assert_eq!(found.first(), Some(&first), "DTSTART is the first of its rule {rule}");
    found.into_iter().map(|local| (utc(local), to)).collect()
}

fn event(when: When) -> Item {
    let mut items = read(b"BEGIN:VEVENT\nUID:x\nDTSTART:20260105T093000Z\nEND:VEVENT").items;
    let event: &mut Event = &mut items[0].events[0];
    event.end = when.clone();
    event.start = when;
    items.remove(0)
}

const ZONES: [&str; 24] = [
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Istanbul",
    "Europe/Moscow",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Santiago",
    "America/Caracas",
    "America/Nuuk",
    "America/Havana",
    "America/Mexico_City",
    "Asia/Kolkata",
    "Asia/Jerusalem",
    "Asia/Tehran",
    "Asia/Gaza",
    "Asia/Amman",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Etc/GMT+11",
];

#[test]
fn a_written_time_zone_says_what_the_database_says() {
    for name in ZONES {
        let zone = Zone::iana(name).unwrap();
        let rules = zone.rules();
        for year in [1996_i16, 2011, 2024, 2026] {
            let item = event(When::Zoned { local: date(year, 1, 1).at(0, 0, 0, 0), zone: zone.clone(), tzid: None });
            let text = write(&[item], None, PRODID, stamp());
            let tree = parse(text.as_bytes());
            let zones: Vec<_> = tree.components[0].components.iter().filter(|inner| inner.is("VTIMEZONE")).collect();
            let [defined] = zones.as_slice() else { panic!("{text}") };
            let mut all: Vec<_> = defined.components.iter().flat_map(onsets).collect();
            all.sort_unstable();
            // zones without a yearly rule are written 15 years ahead
            let until = (year + 15).min(2040);
            let mut at = offset(0).to_timestamp(date(year, 1, 1).at(0, 0, 0, 0)).unwrap();
            let end = offset(0).to_timestamp(date(until, 1, 1).at(0, 0, 0, 0)).unwrap();
            while at < end {
                let last = all.iter().rev().find(|(onset, _)| *onset <= at).map(|(_, offset)| *offset);
                assert_eq!(last, Some(rules.to_offset(at).seconds()), "{name} from {year} at {at}\n{text}");
                at = at.checked_add(SignedDuration::from_hours(37)).unwrap();
            }
        }
    }
}

#[test]
fn an_unknown_name_is_recognized_by_its_offsets() {
    for name in
        ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "Asia/Jerusalem", "Europe/Moscow"]
    {
        let zone = Zone::iana(name).unwrap();
        let local = date(2026, 7, 1).at(9, 0, 0, 0);
        let item = event(When::Zoned { local, zone: zone.clone(), tzid: Some("My own".into()) });
        let text = write(std::slice::from_ref(&item), None, PRODID, stamp());
        // by the name within
        assert_eq!(read(text.as_bytes()).items[0].events, item.events, "{text}");
        // and without it
        let nameless: String = text.split_inclusive('\n').filter(|line| !line.starts_with("X-LIC")).collect();
        let When::Zoned { zone: found, tzid, .. } = &read(nameless.as_bytes()).items[0].events[0].start else {
            panic!()
        };
        let rules = (found.rules(), zone.rules());
        for day in 0..365 {
            let at = stamp().checked_add(SignedDuration::from_hours(24 * day)).unwrap();
            assert_eq!(rules.0.to_offset(at), rules.1.to_offset(at), "{name} {found}");
        }
        assert_eq!(tzid.as_deref(), Some("My own"));
    }
}

#[test]
fn one_tzid_with_two_meanings_is_written_as_two() {
    let local = date(2026, 7, 1).at(9, 0, 0, 0);
    let items = ["Europe/Berlin", "Asia/Tokyo"].map(|name| {
        let mut item = event(When::Zoned { local, zone: Zone::iana(name).unwrap(), tzid: Some("Local".into()) });
        item.events[0].uid = name.to_owned();
        item
    });
    let again = read(write(&items, None, PRODID, stamp()).as_bytes());
    for (seen, written) in again.items.iter().zip(&items) {
        let utc = jiff::tz::TimeZone::UTC;
        assert_eq!(seen.events[0].start.instant(&utc), written.events[0].start.instant(&utc));
    }
}
