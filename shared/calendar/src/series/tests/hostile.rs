//! Series that are made to be slow or large.

use super::*;
use crate::event::RDate;

fn bounded(events: &[Event], from: &str, to: &str) -> Occurrences {
    let found = find(events, from, to);
    assert!(found.list.len() <= 100);
    found
}

#[test]
fn endless_rules_are_cut() {
    for rule in [
        "FREQ=SECONDLY",
        "FREQ=SECONDLY;COUNT=4000000000",
        "FREQ=SECONDLY;BYSECOND=1;COUNT=4000000000",
        "FREQ=MINUTELY;BYDAY=MO;BYSETPOS=1;BYHOUR=3;COUNT=4000000000",
    ] {
        let event = master("19000101T090000", "19000101T100000", rule);
        let found = bounded(std::slice::from_ref(&event), "20260101", "20260201");
        assert!(found.cut, "{rule}");
        assert!(found.whole_until < at("20260201"), "{rule}");
        // many of them share the steps
        let mut many = event;
        many.recurrence.rrule = vec![rule.into(); 10_000];
        many.recurrence.exrule = vec![rule.into(); 10_000];
        assert!(bounded(&[many], "20260101", "20260201").cut);
    }
    let never = master("19000101T090000", "19000101T100000", "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30");
    assert_eq!(bounded(&[never], "20260101", "99991201").list.len(), 0);
}

#[test]
fn many_overrides_and_dates() {
    let mut events = vec![master("20200101T090000", "20200101T093000", "FREQ=HOURLY;COUNT=1000000")];
    for n in 0..3000 {
        let id = format!("2020{:02}{:02}T{:02}0000", n / 700 + 1, n / 25 % 28 + 1, n % 24);
        events.push(ranged(&id, &id, &id));
    }
    events[0].recurrence.exdate =
        (0..20_000).map(|n| When::Date(jiff::civil::date(2021, 1, 1) + jiff::ToSpan::days(n % 3000))).collect();
    events[0].recurrence.rdate = (0..20_000).map(|_| RDate { start: when("20260105T093000"), end: None }).collect();
    let found = bounded(&events, "20260101", "20260201");
    assert!(found.list.len() <= 100);
}

#[test]
fn the_ends_of_time() {
    let events = [
        master("20260105T090000", "20260105T100000", "FREQ=DAILY"),
        ranged("20260110T090000", "99991231T000000", "00010101T000000"),
    ];
    for window in [
        Millis(i64::MIN)..Millis(i64::MAX),
        Millis(i64::MAX)..Millis(i64::MIN),
        Millis(i64::MAX - 1)..Millis(i64::MAX),
        Millis(i64::MIN)..Millis(i64::MIN + 1),
    ] {
        let found = occurrences(&events, window, &berlin(), 3);
        assert!(found.list.len() <= 3);
    }
    let last = [
        master("99991231T235959", "99991231T235959", "FREQ=SECONDLY"),
        instead("-009999-01-01T00:00:00", "-009999-01-01T00:00:00", "99991231T235959"),
    ];
    occurrences(&last, Millis(i64::MIN)..Millis(i64::MAX), &berlin(), 3);
}

#[test]
fn nothing_is_asked_for() {
    let events = [master("20260105T090000", "20260105T100000", "FREQ=DAILY")];
    let found = occurrences(&events, at("20260101")..at("20260201"), &berlin(), 0);
    assert!(found.list.is_empty() && found.cut);
    assert!(find(&events, "20260201", "20260101").list.is_empty());
}
