//! Rules that are made to keep an expansion busy: steps are counted, not time.

use super::{expand, when};
use crate::recurrence::expand::MAX_STEPS;
use jiff::civil::date;

#[test]
fn what_never_happens_ends() {
    for rule in [
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31;INTERVAL=7",
        "FREQ=DAILY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=WEEKLY;BYMONTH=1;BYSETPOS=2",
        "FREQ=SECONDLY;INTERVAL=86400;BYHOUR=5",
        "FREQ=MINUTELY;INTERVAL=1440;BYMINUTE=7",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=23;BYSETPOS=1",
        "FREQ=SECONDLY;INTERVAL=4294967295;BYSECOND=61",
        "FREQ=YEARLY;INTERVAL=4294967295",
        "FREQ=YEARLY;BYWEEKNO=53;BYYEARDAY=100",
        "FREQ=YEARLY;BYDAY=53MO;BYMONTHDAY=1",
        "FREQ=SECONDLY;BYSETPOS=2;BYSECOND=1",
        "FREQ=DAILY;INTERVAL=4294967295;BYMONTH=3",
    ] {
        let Ok(_) = rule.parse::<crate::recurrence::Rule>() else {
            assert!(rule.contains("61"));
            continue;
        };
        let mut all = expand(&when("20260101T090000", "Europe/Berlin"), rule);
        let told = all.by_ref().take(3).count();
        assert_eq!(told, 1, "{rule}: DTSTART only");
        assert!(all.cut() == (all.steps() == 0), "{rule}");
    }
}

#[test]
fn giving_up_is_told() {
    let mut all = expand(&when("20260101T090000", ""), "FREQ=SECONDLY;INTERVAL=86400;BYHOUR=5");
    assert_eq!(all.by_ref().count(), 1);
    assert!(all.cut());
    assert_eq!(all.steps(), 0);
    let mut all = expand(&when("20260101T090000", ""), "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30");
    assert_eq!(all.by_ref().count(), 1);
    assert!(!all.cut(), "the end of time was reached");
}

/// Steps that a window of a week costs.
fn steps(start: &str, rule: &str, year: i16) -> u32 {
    let mut all = expand(&when(start, "Europe/Berlin"), rule);
    all.between(date(year, 6, 1).at(0, 0, 0, 0), date(year, 6, 8).at(0, 0, 0, 0));
    all.by_ref().take(10_000).for_each(drop);
    MAX_STEPS - all.steps()
}

#[test]
fn windows_are_jumped_to() {
    for freq in ["DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY", "MINUTELY", "SECONDLY"] {
        for rest in ["", ";INTERVAL=3", ";BYMONTH=6", ";UNTIL=99990101T000000Z"] {
            for year in [1991, 2026, 9998] {
                let steps = steps("19900101T090000", &format!("FREQ={freq}{rest}"), year);
                assert!(steps < 20, "{steps} steps for {freq}{rest} in {year}");
            }
        }
    }
    // counted arithmetically
    for freq in ["DAILY", "WEEKLY", "HOURLY", "MINUTELY", "SECONDLY;INTERVAL=5"] {
        let steps = steps("19900101T090000", &format!("FREQ={freq};COUNT=1000000000"), 2026);
        assert!(steps < 20, "{steps} steps for {freq}");
    }
    // counted month by month
    assert!(steps("19900101T090000", "FREQ=DAILY;BYDAY=MO;COUNT=1000000", 2026) < 36 * 12 + 12);
}

#[test]
fn all_times_of_all_days_are_not_held() {
    let hours = (0..24).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let sixty = (0..60).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let rule = format!("FREQ=YEARLY;BYYEARDAY=1,-1;BYHOUR={hours};BYMINUTE={sixty};BYSECOND={sixty}");
    let mut all = expand(&when("20260101T090000", ""), &rule);
    assert_eq!(all.by_ref().take(1_000_000).count(), 1_000_000);
    assert!(!all.cut());
}
