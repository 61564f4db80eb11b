use super::*;
use crate::series::{EditError, Scope, cancel, change};
use crate::zone::Zones;

fn zones() -> Zones {
    Zones::new(&berlin())
}

fn starts(events: &[Event]) -> Vec<String> {
    list(events, "20250101", "20270101").iter().map(|line| line.split_once(" = ").unwrap().1.to_owned()).collect()
}

fn daily() -> Vec<Event> {
    let mut events = vec![
        master("20260105T090000", "20260105T100000", "FREQ=DAILY;COUNT=6"),
        instead("20260106T090000", "20260106T120000", "20260106T130000"),
        instead("20260109T090000", "20260109T120000", "20260109T130000"),
    ];
    events[0].recurrence.exdate = vec![when("20260107T090000")];
    events
}

#[test]
fn this_one() {
    let moved = event("20260108T150000", "20260108T170000");
    let edited = change(&daily(), &when("20260108T090000"), Scope::This, &moved, "split", &zones()).unwrap();
    assert!(edited.split.is_empty());
    assert_eq!(
        starts(&edited.series),
        ["05 09:00-05 10:00", "06 12:00-06 13:00", "08 15:00-08 17:00", "09 12:00-09 13:00", "10 09:00-10 10:00"]
    );
    // in the place of an override
    let edited = change(&daily(), &when("20260109T080000Z"), Scope::This, &moved, "split", &zones()).unwrap();
    assert_eq!(edited.series.len(), 3);
    assert_eq!(edited.series[2].recurrence_id, Some(when("20260109T090000")));
    assert_eq!(cancel(&edited.series, &when("20260109T090000"), Scope::This, &zones()).unwrap().series.len(), 2);
    let edited = cancel(&daily(), &when("20260106T090000"), Scope::This, &zones()).unwrap();
    assert_eq!(
        starts(&edited.series),
        ["05 09:00-05 10:00", "08 09:00-08 10:00", "09 12:00-09 13:00", "10 09:00-10 10:00"]
    );
    // an event of its own has no instances
    let alone = [event("20260105T090000", "20260105T100000")];
    assert_eq!(
        change(&alone, &alone[0].start, Scope::This, &moved, "split", &zones()).unwrap().series,
        std::slice::from_ref(&moved)
    );
    assert!(cancel(&alone, &alone[0].start, Scope::This, &zones()).unwrap().series.is_empty());
}

#[test]
fn this_and_following() {
    let later = event("20260108T110000", "20260108T113000");
    let edited =
        change(&daily(), &when("20260108T090000"), Scope::ThisAndFollowing, &later, "split", &zones()).unwrap();
    assert_eq!(edited.series[0].recurrence.rrule, ["FREQ=DAILY;COUNT=3"]);
    assert_eq!(starts(&edited.series), ["05 09:00-05 10:00", "06 12:00-06 13:00"]);
    assert_eq!(edited.split[0].recurrence.rrule, ["FREQ=DAILY;COUNT=3"]);
    assert!(edited.split.iter().all(|event| event.uid == "split"));
    assert!(edited.split[0].recurrence.exdate.is_empty() && edited.series[0].recurrence.exdate.len() == 1);
    assert_eq!(edited.split[1].recurrence_id, Some(when("20260109T110000")));
    assert_eq!(starts(&edited.split), ["08 11:00-08 11:30", "09 12:00-09 13:00", "10 11:00-10 11:30"]);
    let edited = cancel(&daily(), &when("20260108T090000"), Scope::ThisAndFollowing, &zones()).unwrap();
    assert_eq!(starts(&edited.series), ["05 09:00-05 10:00", "06 12:00-06 13:00"]);
    // the first one: all
    let edited = change(
        &daily(),
        &when("20260105T090000"),
        Scope::ThisAndFollowing,
        &event("20260105T080000", "20260105T090000"),
        "split",
        &zones(),
    )
    .unwrap();
    assert!(edited.split.is_empty());
    assert_eq!(
        starts(&edited.series),
        ["05 08:00-05 09:00", "06 12:00-06 13:00", "08 08:00-08 09:00", "09 12:00-09 13:00", "10 08:00-10 09:00"]
    );
    assert!(cancel(&daily(), &when("20260105T090000"), Scope::ThisAndFollowing, &zones()).unwrap().series.is_empty());
    // what no rule makes cannot be a beginning
    let error = change(&daily(), &when("20260108T093000"), Scope::ThisAndFollowing, &later, "split", &zones());
    assert_eq!(error, Err(EditError::NoInstance));
}

#[test]
fn ends_of_every_kind() {
    let until = |start: &str, end: &str, rule: &str, id: &str| {
        let edited = cancel(&[master(start, end, rule)], &when(id), Scope::ThisAndFollowing, &zones()).unwrap();
        edited.series[0].recurrence.rrule[0].clone()
    };
    assert_eq!(
        until("20260105T090000", "20260105T100000", "FREQ=DAILY", "20260108T090000"),
        "FREQ=DAILY;UNTIL=20260108T075959Z"
    );
    assert_eq!(
        until("20260105T090000Z", "20260105T100000Z", "FREQ=DAILY", "20260108T090000Z"),
        "FREQ=DAILY;UNTIL=20260108T085959Z"
    );
    assert_eq!(
        until("~20260105T090000", "~20260105T100000", "FREQ=DAILY", "~20260108T090000"),
        "FREQ=DAILY;UNTIL=20260108T085959"
    );
    assert_eq!(until("20260105", "20260106", "FREQ=WEEKLY;UNTIL=20260301", "20260119"), "FREQ=WEEKLY;UNTIL=20260118");
    // the rest keeps its end, moved along
    let series = [master("20260105T090000", "20260105T100000", "FREQ=DAILY;UNTIL=20260110T080000Z")];
    let edited = change(
        &series,
        &when("20260108T090000"),
        Scope::ThisAndFollowing,
        &event("20260108T110000", "20260108T120000"),
        "s",
        &zones(),
    )
    .unwrap();
    assert_eq!(edited.split[0].recurrence.rrule, ["FREQ=DAILY;UNTIL=20260110T100000Z"]);
    assert_eq!(starts(&edited.split).len(), 3);
    // the last of COUNT
    let series = [master("20260105T090000", "20260105T100000", "FREQ=DAILY;COUNT=3")];
    let edited = change(
        &series,
        &when("20260107T090000"),
        Scope::ThisAndFollowing,
        &event("20260107T110000", "20260107T120000"),
        "s",
        &zones(),
    )
    .unwrap();
    assert_eq!((starts(&edited.series).len(), starts(&edited.split).len()), (2, 1));
    // too far to count
    let series = [master("19000101T090000", "19000101T100000", "FREQ=SECONDLY;BYSECOND=0;COUNT=4000000000")];
    let error = cancel(&series, &when("20260107T090000"), Scope::ThisAndFollowing, &zones());
    assert_eq!(error, Err(EditError::TooFar));
}

#[test]
fn all_of_them() {
    // from 9 to 8, a day later, half an hour long
    let moved = event("20260109T080000", "20260109T083000");
    let edited = change(&daily(), &when("20260108T090000"), Scope::All, &moved, "split", &zones()).unwrap();
    assert_eq!(edited.series[0].uid, "one@example.org");
    assert_eq!(edited.series[0].recurrence.exdate, [when("20260108T080000")]);
    assert_eq!(
        starts(&edited.series),
        ["06 08:00-06 08:30", "06 12:00-06 13:00", "09 08:00-09 08:30", "09 12:00-09 13:00", "11 08:00-11 08:30"]
    );
    // a new rule drops what it does not make
    let mut weekly = event("20260105T090000", "20260105T100000");
    weekly.recurrence.rrule = vec!["FREQ=DAILY;INTERVAL=4;COUNT=3".into()];
    let edited = change(&daily(), &when("20260105T090000"), Scope::All, &weekly, "split", &zones()).unwrap();
    assert_eq!(starts(&edited.series), ["05 09:00-05 10:00", "09 12:00-09 13:00", "13 09:00-13 10:00"]);
    // to whole days
    let edited =
        change(&daily(), &when("20260105T090000"), Scope::All, &event("20260105", "20260106"), "split", &zones())
            .unwrap();
    assert_eq!(edited.series[0].recurrence.exdate, [when("20260107")]);
    assert_eq!(starts(&edited.series).len(), 5);
    assert!(cancel(&daily(), &when("20260108T090000"), Scope::All, &zones()).unwrap().series.is_empty());
    assert_eq!(
        change(&daily()[1..], &when("20260108T090000"), Scope::All, &moved, "s", &zones()),
        Err(EditError::NoMaster)
    );
}

#[test]
fn where_a_range_begins() {
    let series = [
        master("20260105T090000", "20260105T100000", "FREQ=DAILY;COUNT=4"),
        ranged("20260106T090000", "20260106T110000", "20260106T120000"),
    ];
    let edited = cancel(&series, &when("20260106T090000"), Scope::This, &zones()).unwrap();
    assert_eq!(starts(&edited.series), ["05 09:00-05 10:00", "07 11:00-07 12:00", "08 11:00-08 12:00"]);
    let edited = change(
        &series,
        &when("20260106T090000"),
        Scope::This,
        &event("20260106T070000", "20260106T080000"),
        "s",
        &zones(),
    )
    .unwrap();
    assert_eq!(
        starts(&edited.series),
        ["05 09:00-05 10:00", "06 07:00-06 08:00", "07 11:00-07 12:00", "08 11:00-08 12:00"]
    );
}

#[test]
fn a_split_at_any_instance_loses_and_doubles_nothing() {
    for rule in [
        "FREQ=DAILY;COUNT=9",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=9",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;UNTIL=20260401",
        "FREQ=MONTHLY;BYMONTHDAY=5,-1;COUNT=9",
    ] {
        let series = [master("20260105T090000", "20260105T100000", rule)];
        let whole = find(&series, "20260101", "20270101").list;
        for one in whole.iter().skip(1) {
            let changed = Event {
                start: one.id.clone(),
                end: one.id.at(one.id.local() + jiff::SignedDuration::from_hours(1)),
                ..event("20260105T090000", "20260105T100000")
            };
            let edited = change(&series, &one.id, Scope::ThisAndFollowing, &changed, "s", &zones()).unwrap();
            let mut halves = find(&edited.series, "20260101", "20270101").list;
            halves.extend(find(&edited.split, "20260101", "20270101").list);
            assert_eq!(halves, whole, "{rule} at {:?}", one.id);
        }
    }
}
