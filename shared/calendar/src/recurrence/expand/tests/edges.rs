//! What the crates and libraries get wrong, and what the standard leaves open.

use super::{expand, locals, when};
use crate::recurrence::Instances;
use crate::recurrence::Rule;
use crate::zone::{Gap, Policy, Zones};
use jiff::tz::TimeZone;

fn check(start: &str, rule: &str, expected: &[&str]) {
    let told = locals(&when(start, ""), rule, expected.len());
    let short: Vec<&str> = told.iter().map(|text| text.strip_suffix("T09:00:00").unwrap_or(text)).collect();
    assert_eq!(short, expected, "{rule}");
}

#[test]
fn weeks_take_the_weekday_of_dtstart() {
    // a Friday; week 20
    check("20260515T090000", "FREQ=YEARLY;BYWEEKNO=20", &["2026-05-15", "2027-05-21", "2028-05-19"]);
    check("20260515T090000", "FREQ=YEARLY;BYWEEKNO=20,22", &["2026-05-15", "2026-05-29", "2027-05-21", "2027-06-04"]);
    // the last week, of 52 or 53
    check("20261231T090000", "FREQ=YEARLY;BYWEEKNO=-1", &["2026-12-31", "2027-12-30", "2028-12-28"]);
    // only years with a week 53
    check("20261231T090000", "FREQ=YEARLY;BYWEEKNO=53", &["2026-12-31", "2032-12-30", "2037-12-31"]);
}

#[test]
fn a_week_belongs_to_the_year_that_counts_it() {
    // Monday of week 1 of 2026 is in 2025
    let rule = "FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1;BYDAY=MO";
    check("20251229T090000", rule, &["2025-12-29", "2028-01-03", "2029-12-31"]);
    let rule = "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO";
    check("20240101T090000", rule, &["2024-01-01", "2024-12-30", "2025-12-29", "2027-01-04"]);
    // BYMONTH and BYSETPOS on top
    check("20240101T090000", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO;BYMONTH=1", &["2024-01-01", "2027-01-04", "2028-01-03"]);
    check(
        "20240101T090000",
        "FREQ=YEARLY;BYWEEKNO=1,2;BYDAY=MO,TU;BYSETPOS=-1",
        &["2024-01-01", "2024-01-09", "2025-01-07"],
    );
    // weeks from Sunday
    check("20260104T090000", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=SU;WKST=SU", &["2026-01-04", "2027-01-03", "2028-01-02"]);
}

#[test]
fn month_days_without_months_are_in_all_months() {
    check(
        "20260105T090000",
        "FREQ=YEARLY;BYMONTHDAY=5,31",
        &["2026-01-05", "2026-01-31", "2026-02-05", "2026-03-05", "2026-03-31"],
    );
    check("20260131T090000", "FREQ=MONTHLY", &["2026-01-31", "2026-03-31", "2026-05-31"]);
    check("20240229T090000", "FREQ=YEARLY", &["2024-02-29", "2028-02-29", "2032-02-29"]);
    check("20960229T090000", "FREQ=YEARLY", &["2096-02-29", "2104-02-29"]);
    check(
        "20260228T090000",
        "FREQ=YEARLY;BYYEARDAY=-306,59",
        &["2026-02-28", "2026-03-01", "2027-02-28", "2027-03-01", "2028-02-28", "2028-03-01"],
    );
    check("20260101T090000", "FREQ=YEARLY;BYYEARDAY=366", &["2026-01-01", "2028-12-31", "2032-12-31"]);
    check(
        "20260105T090000",
        "FREQ=YEARLY;BYDAY=-1MO,1TU",
        &["2026-01-05", "2026-01-06", "2026-12-28", "2027-01-05", "2027-12-27"],
    );
    // numbered in the year, limited by the day of the month
    check(
        "20260101T090000",
        "FREQ=YEARLY;BYDAY=1TU,2TU;BYMONTHDAY=1,2,3,4,5,6,7",
        &["2026-01-01", "2026-01-06", "2027-01-05", "2028-01-04"],
    );
}

#[test]
fn set_positions_count_from_the_beginning_of_the_interval() {
    // DTSTART is a Wednesday; its week's first instance was on Monday and is over
    check("20260107T090000", "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1", &["2026-01-07", "2026-01-12", "2026-01-19"]);
    check(
        "20260107T090000",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2,-1",
        &["2026-01-07", "2026-01-09", "2026-01-14", "2026-01-16"],
    );
    check("20260115T090000", "FREQ=MONTHLY;BYDAY=TH;BYSETPOS=1,3", &["2026-01-15", "2026-02-05", "2026-02-19"]);
    // given twice, and beyond the set
    check("20260101T090000", "FREQ=MONTHLY;BYMONTHDAY=1,2;BYSETPOS=1,1,-2,3,-3", &["2026-01-01", "2026-02-01"]);
    // below a day
    let told = locals(&when("20260101T090000", ""), "FREQ=HOURLY;BYMINUTE=10,20,30;BYSETPOS=-1", 3);
    assert_eq!(told, ["2026-01-01T09:00:00", "2026-01-01T09:30:00", "2026-01-01T10:30:00"]);
    let told = locals(&when("20260101T090000", ""), "FREQ=DAILY;BYHOUR=8,9,10;BYMINUTE=0,30;BYSETPOS=3,-1", 4);
    assert_eq!(told, ["2026-01-01T09:00:00", "2026-01-01T10:30:00", "2026-01-02T09:00:00", "2026-01-02T10:30:00"]);
}

#[test]
fn dates_know_no_times() {
    let day = when("20260101", "");
    let days = |rule: &str| locals(&day, rule, 3).iter().map(|text| text[5..16].to_owned()).collect::<Vec<_>>();
    let daily = ["01-01T00:00", "01-02T00:00", "01-03T00:00"];
    assert_eq!(days("FREQ=DAILY;BYHOUR=9,10;BYMINUTE=5;BYSECOND=7"), daily);
    assert_eq!(days("FREQ=HOURLY"), daily);
    assert_eq!(days("FREQ=SECONDLY;INTERVAL=7;BYMINUTE=30"), daily);
    assert_eq!(days("FREQ=HOURLY;INTERVAL=48"), ["01-01T00:00", "01-03T00:00", "01-05T00:00"]);
    assert_eq!(days("FREQ=HOURLY;INTERVAL=36"), ["01-01T00:00", "01-02T00:00", "01-04T00:00"]);
    assert_eq!(expand(&day, "FREQ=DAILY;UNTIL=20260105T120000Z").count(), 5);
    assert_eq!(expand(&day, "FREQ=HOURLY;COUNT=4").count(), 4);
}

#[test]
fn an_end() {
    let count = |start: &str, zone: &str, rule: &str| expand(&when(start, zone), rule).count();
    // inclusive, by the instant
    assert_eq!(count("20260101T090000", "Europe/Berlin", "FREQ=DAILY;UNTIL=20260105T080000Z"), 5);
    assert_eq!(count("20260101T090000", "Europe/Berlin", "FREQ=DAILY;UNTIL=20260105T075959Z"), 4);
    // forbidden, and seen: until the end of that day; in the zone of DTSTART
    assert_eq!(count("20260101T090000", "Europe/Berlin", "FREQ=DAILY;UNTIL=20260105"), 5);
    assert_eq!(count("20260101T090000", "Europe/Berlin", "FREQ=DAILY;UNTIL=20260105T085959"), 4);
    assert_eq!(count("20260101T090000", "", "FREQ=DAILY;UNTIL=20260105T090000"), 5);
    assert_eq!(count("20260101T090000Z", "", "FREQ=HOURLY;UNTIL=20260101T120000Z"), 4);
    // over before it began
    assert_eq!(count("20260101T090000", "", "FREQ=DAILY;UNTIL=20251231"), 0);
    // in the second of the hours that are twice: 01:30 is instance, 01:10 UTC is the second 02:10 there
    assert_eq!(count("20261025T023000", "Europe/Berlin", "FREQ=DAILY;UNTIL=20261025T011000Z"), 1);
    // DTSTART counts also where the rule does not make it
    assert_eq!(
        locals(&when("20260101", ""), "FREQ=WEEKLY;BYDAY=MO;COUNT=3", 9),
        ["2026-01-01T00:00:00", "2026-01-05T00:00:00", "2026-01-12T00:00:00"]
    );
    // the last day there is
    assert_eq!(count("99991230T090000", "America/New_York", "FREQ=DAILY"), 2);
    assert_eq!(count("99980101", "", "FREQ=YEARLY"), 2);
}

#[test]
fn a_count_that_is_over_before_the_window() {
    let mut all = expand(&when("20200101T000000", ""), "FREQ=YEARLY;BYMONTH=1,3,11;BYHOUR=0,1,14;COUNT=20");
    all.between(jiff::civil::date(2022, 5, 17).at(0, 0, 0, 0), jiff::civil::date(2023, 1, 1).at(0, 0, 0, 0));
    assert_eq!(all.next(), None);
}

#[test]
fn a_leap_second_is_the_one_before() {
    let told = locals(&when("20260101T090000", ""), "FREQ=MINUTELY;BYSECOND=59,60;COUNT=3", 9);
    assert_eq!(told, ["2026-01-01T09:00:00", "2026-01-01T09:00:59", "2026-01-01T09:01:59"]);
}

#[test]
fn gaps_by_policy() {
    let start = when("20260327T023000", "Europe/Berlin");
    let rule: Rule = "FREQ=DAILY;COUNT=4".parse().unwrap();
    let told = |gap| {
        let zones = Zones::with(&TimeZone::UTC, Policy { gap, ..Policy::default() });
        Instances::new(&rule, &start, &zones)
            .map(|start| start.instant().to_string()[5..16].to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(told(Gap::Before), ["03-27T01:30", "03-28T01:30", "03-29T01:30", "03-30T00:30"]);
    assert_eq!(told(Gap::After), ["03-27T01:30", "03-28T01:30", "03-29T00:30", "03-30T00:30"]);
    assert_eq!(told(Gap::Skip), ["03-27T01:30", "03-28T01:30", "03-30T00:30", "03-31T00:30"]);
}
