use super::*;
use crate::series::until;
use crate::zone::Zones;

/// Days from the end of what takes place to the bound.
fn late(events: &[Event], last_end: &str) -> Option<i64> {
    until(events, &Zones::new(&berlin())).map(|until| (until.0 - at(last_end).0) / 86_400_000)
}

#[test]
fn a_rule_without_end_has_none() {
    assert_eq!(late(&[master("20260105T090000", "20260105T100000", "FREQ=WEEKLY")], "20260105T100000"), None);
    // too long to be counted, or never found
    assert_eq!(late(&[master("20260105", "20260106", "FREQ=DAILY;COUNT=99999")], "20260106"), None);
    let never = master("20260105", "20260106", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2");
    let bound = late(&[never], "20260106");
    assert!(bound.is_none_or(|days| days < 5), "{bound:?}");
}

#[test]
fn the_bound_is_behind_the_last_and_not_far() {
    for (events, last) in [
        (vec![event("20260105T090000", "20260105T100000")], "20260105T100000"),
        (vec![master("20260105T090000", "20260105T100000", "FREQ=WEEKLY;COUNT=3")], "20260119T100000"),
        (vec![master("20260105T090000", "20260105T100000", "FREQ=WEEKLY;UNTIL=20260119T080000Z")], "20260119T100000"),
        (vec![master("20260105", "20260107", "FREQ=WEEKLY;UNTIL=20260119")], "20260121"),
        (vec![master("20260105T090000", "20260105T100000", "no rule")], "20260105T100000"),
        (
            vec![
                master("20260105T090000", "20260105T100000", "FREQ=WEEKLY;COUNT=3"),
                instead("20260112T090000", "20260301T090000", "20260301T100000"),
            ],
            "20260301T100000",
        ),
        (
            vec![
                master("20260105T090000", "20260105T100000", "FREQ=WEEKLY;COUNT=3"),
                ranged("20260112T090000", "20260122T090000", "20260122T120000"),
            ],
            "20260129T120000",
        ),
    ] {
        let days = late(&events, last).unwrap();
        assert!((1..9).contains(&days), "{days} {events:?}");
        assert_eq!(list(&events, last, "20300101"), Vec::<String>::new());
    }
}
