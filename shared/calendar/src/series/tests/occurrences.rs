use super::*;

#[test]
fn one_event() {
    let one = [event("20260105T090000", "20260105T100000")];
    let expected = ["0 05 09:00 = 05 09:00-05 10:00"];
    assert_eq!(list(&one, "20260101", "20260201"), expected);
    // it overlaps by a second, and not by none
    assert_eq!(list(&one, "20260105T095959", "20260201"), expected);
    assert!(list(&one, "20260105T100000", "20260201").is_empty());
    assert_eq!(list(&one, "20260101", "20260105T090001"), expected);
    assert!(list(&one, "20260101", "20260105T090000").is_empty());
    // a moment counts where the window begins
    let moment = [event("20260105T090000", "20260105T090000")];
    assert_eq!(list(&moment, "20260105T090000", "20260105T100000").len(), 1);
    assert!(list(&moment, "20260105T080000", "20260105T090000").is_empty());
    // an end before the start is no length
    assert_eq!(
        list(&[event("20260105T090000", "20260105T080000")], "20260105", "20260106"),
        ["0 05 09:00 = 05 09:00-05 09:00"]
    );
    // many days long
    assert_eq!(list(&[event("20251201T090000", "20260301T080000")], "20260105", "20260106").len(), 1);
    assert!(find(&[], "20260101", "20260201").list.is_empty());
    assert!(find(&[cancelled(one[0].clone())], "20260101", "20260201").list.is_empty());
}

#[test]
fn kinds_of_time() {
    assert_eq!(
        list(&[master("20260327", "20260329", "FREQ=WEEKLY")], "20260328", "20260406"),
        ["0 27 00:00 = 27 00:00-29 00:00 all day", "0 03 00:00 = 03 00:00-05 00:00 all day"]
    );
    // a day that is 23 hours long, and one whose end is missing
    let found = find(&[master("20260328", "20260328", "FREQ=DAILY;COUNT=2")], "20260301", "20260501");
    assert_eq!(
        found.list.iter().map(|one| one.end.0 - one.start.0).collect::<Vec<_>>(),
        [24 * 3_600_000, 23 * 3_600_000]
    );
    // exact length across the change of clocks
    let night = [master("20260327T230000", "20260328T070000", "FREQ=DAILY;COUNT=2")];
    assert_eq!(
        list(&night, "20260301", "20260501"),
        ["0 27 23:00 = 27 23:00-28 07:00", "0 28 23:00 = 28 23:00-29 08:00"]
    );
    // floating is at home, UTC is told in UTC
    assert_eq!(
        list(&[master("~20260328T120000", "~20260328T130000", "FREQ=DAILY;COUNT=2")], "20260301", "20260501"),
        ["0 28 12:00 = 28 12:00-28 13:00", "0 29 12:00 = 29 12:00-29 13:00"]
    );
    assert_eq!(
        list(&[master("20260328T120000Z", "20260328T130000Z", "FREQ=DAILY;COUNT=2")], "20260301", "20260501"),
        ["0 28 12:00 = 28 13:00-28 14:00", "0 29 12:00 = 29 14:00-29 15:00"]
    );
    // a start in one zone, an end in another: its length counts
    let mut flight = master("20260105T090000", "20260105T100000", "FREQ=DAILY;COUNT=2");
    flight.end = When::Zoned {
        local: "20260105T100000".parse().unwrap(),
        zone: Zone::iana("America/New_York").unwrap(),
        tzid: None,
    };
    assert_eq!(list(&[flight], "20260106", "20260107"), ["0 06 09:00 = 06 09:00-06 16:00"]);
}

#[test]
fn friday_the_13th() {
    // the example with EXDATE of RFC 5545, 3.8.5.3
    let new_york = |text: &str| When::Zoned {
        local: text.parse().unwrap(),
        zone: Zone::iana("America/New_York").unwrap(),
        tzid: None,
    };
    let mut event = master("20260101", "20260101", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13");
    (event.start, event.end) = (new_york("19970902T090000"), new_york("19970902T100000"));
    event.recurrence.exdate = vec![new_york("19970902T090000")];
    let found = find(&[event], "19970101", "20010101");
    let told: Vec<String> = found.list.iter().map(|one| one.id.local().to_string()).collect();
    assert_eq!(
        told,
        [
            "1998-02-13T09:00:00",
            "1998-03-13T09:00:00",
            "1998-11-13T09:00:00",
            "1999-08-13T09:00:00",
            "2000-10-13T09:00:00"
        ]
    );
}

#[test]
fn dates_added_and_taken_out() {
    let mut event = master("20260105T090000", "20260105T100000", "FREQ=DAILY;COUNT=5");
    event.recurrence.exdate =
        vec![when("20260106"), when("20260107T080000Z"), when("~20260108T090000"), when("20260109T090001")];
    let rdate = |start: &str, end: Option<&str>| crate::event::RDate { start: when(start), end: end.map(when) };
    // given twice, a period of its own length, a date, and one that is the rule's anyway
    event.recurrence.rdate = vec![
        rdate("20260120T120000", None),
        rdate("20260120T110000Z", None),
        rdate("20260121T090000", Some("20260121T120000")),
        rdate("20260122", None),
        rdate("20260109T090000", Some("20260109T093000")),
        rdate("20260106T090000", None),
    ];
    let expected = [
        "0 05 09:00 = 05 09:00-05 10:00",
        "0 09 09:00 = 09 09:00-09 09:30",
        "0 20 12:00 = 20 12:00-20 13:00",
        "0 21 09:00 = 21 09:00-21 12:00",
        "0 22 09:00 = 22 09:00-22 10:00",
    ];
    assert_eq!(list(&[event.clone()], "20260101", "20260201"), expected);
    assert_eq!(list(&[event.clone()], "20260109T091500", "20260120T123000"), expected[1..3]);
    // RDATE alone: DTSTART is an instance
    event.recurrence.rrule.clear();
    event.recurrence.exdate.clear();
    assert_eq!(list(&[event], "20260101", "20260201").len(), 6);
    // dates with times for a series of dates
    let mut days = master("20260105", "20260106", "FREQ=DAILY;COUNT=4");
    days.recurrence.exdate = vec![when("20260106T000000Z"), when("20260107")];
    days.recurrence.rdate = vec![rdate("20260120T120000", None)];
    let expected = [
        "0 05 00:00 = 05 00:00-06 00:00 all day",
        "0 08 00:00 = 08 00:00-09 00:00 all day",
        "0 20 00:00 = 20 00:00-21 00:00 all day",
    ];
    assert_eq!(list(&[days], "20260101", "20260201"), expected);
}

#[test]
fn several_rules_and_exrule() {
    let mut event = master("20260105T090000", "20260105T100000", "FREQ=DAILY;COUNT=6");
    event.recurrence.rrule.push("FREQ=WEEKLY;COUNT=3".into());
    event.recurrence.exrule = vec!["FREQ=WEEKLY;BYDAY=TU,WE".into()];
    let starts: Vec<String> =
        list(&[event.clone()], "20260101", "20260201").iter().map(|line| line[2..4].to_owned()).collect();
    assert_eq!(starts, ["05", "08", "09", "10", "12", "19"]);
    // what is no rule makes nothing, and says so
    event.recurrence.rrule = vec!["FREQ=SOMETIMES".into()];
    let found = find(&[event], "20260101", "20260201");
    assert_eq!((found.list.len(), found.unread.is_some()), (1, true));
}

#[test]
fn overrides() {
    let events = [
        master("20260105T090000", "20260105T100000", "FREQ=DAILY;COUNT=5"),
        // moved out of a window and into one; another kind of id; cancelled; detached
        instead("20260106T090000", "20260116T150000", "20260116T170000"),
        instead("20260107T080000Z", "20260107T110000", "20260107T113000"),
        cancelled(instead("20260108T090000", "20260108T090000", "20260108T100000")),
        instead("20260301T090000", "20260110T090000", "20260110T100000"),
    ];
    let expected = [
        "0 05 09:00 = 05 09:00-05 10:00",
        "2 07 08:00 = 07 11:00-07 11:30",
        "0 09 09:00 = 09 09:00-09 10:00",
        "4 01 09:00 = 10 09:00-10 10:00",
        "1 06 09:00 = 16 15:00-16 17:00",
    ];
    assert_eq!(list(&events, "20260101", "20260401"), expected);
    assert_eq!(list(&events, "20260106", "20260107"), Vec::<String>::new());
    assert_eq!(list(&events, "20260116", "20260117"), expected[4..]);
    // an override without its master stands for itself
    assert_eq!(
        list(&events[1..3], "20260101", "20260401"),
        ["1 07 08:00 = 07 11:00-07 11:30", "0 06 09:00 = 16 15:00-16 17:00"]
    );
    // the later revision counts, wherever it is in the list
    let mut twice = events[..2].to_vec();
    twice.push(instead("20260106T090000", "20260106T200000", "20260106T210000"));
    twice[1].sequence = 3;
    assert_eq!(list(&twice, "20260106T190000", "20260106T220000"), Vec::<String>::new());
    twice[1].sequence = 0;
    assert_eq!(list(&twice, "20260106T190000", "20260106T220000").len(), 1);
    // the id is a date
    let dated = [events[0].clone(), instead("20260106", "20260106T120000", "20260106T130000")];
    assert_eq!(list(&dated, "20260106", "20260107"), ["1 06 00:00 = 06 12:00-06 13:00"]);
    // all day instead
    let dated = [events[0].clone(), instead("20260106T090000", "20260106", "20260107")];
    assert_eq!(list(&dated, "20260106", "20260107"), ["1 06 09:00 = 06 00:00-07 00:00 all day"]);
}

#[test]
fn this_and_future() {
    let events = [
        master("20260105T090000", "20260105T100000", "FREQ=WEEKLY;COUNT=6"),
        ranged("20260119T090000", "20260120T140000", "20260120T143000"),
        instead("20260126T090000", "20260126T090000", "20260126T093000"),
        ranged("20260209T090000", "20260209T080000", "20260209T100000"),
    ];
    let expected = [
        "0 05 09:00 = 05 09:00-05 10:00",
        "0 12 09:00 = 12 09:00-12 10:00",
        "1 19 09:00 = 20 14:00-20 14:30",
        "2 26 09:00 = 26 09:00-26 09:30",
        "1 02 09:00 = 03 14:00-03 14:30",
        "3 09 09:00 = 09 08:00-09 10:00",
    ];
    assert_eq!(list(&events, "20260101", "20260401"), expected);
    // only what was moved there
    assert_eq!(list(&events, "20260203", "20260204"), expected[4..5]);
    assert_eq!(list(&events, "20260202", "20260203"), Vec::<String>::new());
    // ended there
    let ended = [events[0].clone(), cancelled(events[1].clone())];
    assert_eq!(list(&ended, "20260101", "20260401"), expected[..2]);
    // one of its own where the range begins
    let own = [events[0].clone(), events[1].clone(), instead("20260119T090000", "20260119T070000", "20260119T080000")];
    assert_eq!(
        list(&own, "20260119", "20260131"),
        ["2 19 09:00 = 19 07:00-19 08:00", "1 26 09:00 = 27 14:00-27 14:30"]
    );
}

#[test]
fn a_limit_and_the_next_page() {
    let events = [
        master("20260105T090000", "20260105T100000", "FREQ=DAILY;COUNT=30"),
        instead("20260107T090000", "20260108T090000", "20260108T093000"),
    ];
    let all = find(&events, "20260101", "20260401").list;
    assert_eq!(all.len(), 30);
    let mut pages = Vec::new();
    let mut from = at("20260101");
    loop {
        let page = occurrences(&events, from..at("20260401"), &berlin(), 7);
        assert!(page.list.len() <= 7 && !page.list.is_empty());
        pages.extend(page.list.into_iter().filter(|one| one.start >= from));
        if !page.cut {
            break;
        }
        assert!(page.whole_until > from);
        from = page.whole_until;
    }
    assert_eq!(pages, all);
}
