//! Recurrence and times.

use super::*;
use jiff::Timestamp;
use jiff::civil::DateTime;

fn starts(lines: &[&str], first: &str, name: &str, before: &str) -> Vec<String> {
    let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    let zone = zone(name);
    let set = Set::parse(&lines, &zone).unwrap();
    let before: Timestamp = before.parse().unwrap();
    set.starts(first.parse().unwrap(), &zone, before).iter().map(|at| at.to_string()).collect()
}

fn days(rule: &str, first: &str, before: &str) -> Vec<String> {
    let all = starts(&[rule], first, "America/New_York", before);
    all.iter().map(|at| at[..10].to_owned()).collect()
}

/// RFC 5545, section 3.8.5.3.
#[test]
fn examples_of_the_standard() {
    let end = "2000-01-01T00:00:00Z";
    assert_eq!(days("RRULE:FREQ=DAILY;COUNT=10", "1997-09-02T09:00:00", end).last().unwrap(), "1997-09-11");
    assert_eq!(days("RRULE:FREQ=DAILY;UNTIL=19971224T000000Z", "1997-09-02T09:00:00", end).len(), 113);
    let other = days("RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-05T09:00:00", end);
    assert_eq!(other, ["1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"]);
    let other = days("RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05T09:00:00", end);
    assert_eq!(other, ["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"]);
    let first_friday = days("RRULE:FREQ=MONTHLY;COUNT=3;BYDAY=1FR", "1997-09-05T09:00:00", end);
    assert_eq!(first_friday, ["1997-09-05", "1997-10-03", "1997-11-07"]);
    let last_but_one = days("RRULE:FREQ=MONTHLY;COUNT=3;BYDAY=-2MO", "1997-09-22T09:00:00", end);
    assert_eq!(last_but_one, ["1997-09-22", "1997-10-20", "1997-11-17"]);
    let third = days("RRULE:FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-04T09:00:00", end);
    assert_eq!(third, ["1997-09-04", "1997-10-07", "1997-11-06"]);
    let last_day = days("RRULE:FREQ=MONTHLY;COUNT=3;BYMONTHDAY=-1", "1997-09-30T09:00:00", end);
    assert_eq!(last_day, ["1997-09-30", "1997-10-31", "1997-11-30"]);
    let march = days("RRULE:FREQ=YEARLY;COUNT=3;BYMONTH=3;BYDAY=TH", "1997-03-13T09:00:00", end);
    assert_eq!(march, ["1997-03-13", "1997-03-20", "1997-03-27"]);
    let unlucky = days("RRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "1998-02-13T09:00:00", end);
    assert_eq!(unlucky, ["1998-02-13", "1998-03-13", "1998-11-13", "1999-08-13"]);
}

#[test]
fn days_are_taken_out_and_put_in() {
    let lines = ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=Europe/Berlin:20261101T090000", "RDATE:20261105T080000Z"];
    let all = starts(&lines, "2026-10-31T09:00:00", "Europe/Berlin", "2027-01-01T00:00:00Z");
    assert_eq!(all, ["2026-10-31T09:00:00", "2026-11-02T09:00:00", "2026-11-05T09:00:00"]);
    assert!(Set::parse(&["RRULE:FREQ=HOURLY".to_owned()], &zone("UTC")).is_none());
    // no 30th of February ever comes, and the search ends
    assert_eq!(
        days("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-02-01T09:00:00", "2100-01-01T00:00:00Z").len(),
        1
    );
}

#[test]
fn gaps_and_folds() {
    let berlin = zone("Europe/Berlin");
    let at = |local: &str| rfc3339_s(instant(local.parse::<DateTime>().unwrap(), &berlin), &berlin);
    assert_eq!(at("2026-03-29T02:30:00"), "2026-03-29T03:30:00+02:00");
    assert_eq!(at("2026-10-25T02:30:00"), "2026-10-25T02:30:00+02:00");
    assert_eq!(rfc3339_ms(1_790_000_000_001), "2026-09-21T14:13:20.001Z");
    assert_eq!(micros("2026-03-29T02:30:00".parse().unwrap()), "2026-03-29T02:30:00.0000000");
}

#[test]
fn windows_names_are_zones() {
    assert_eq!(iana("W. Europe Standard Time"), Some("Europe/Berlin"));
    assert_eq!(windows("America/Los_Angeles"), Some("Pacific Standard Time"));
    assert_eq!((iana("Asia/Tokyo"), iana("Mars/Base")), (Some("Asia/Tokyo"), None));
    assert!(times_are_known());
}

/// Every zone of the table is in the database.
fn times_are_known() -> bool {
    ["UTC", "Tokyo Standard Time", "Newfoundland Standard Time", "Chatham Islands Standard Time", "FLE Standard Time"]
        .iter()
        .all(|name| iana(name).is_some_and(is_zone))
}

#[test]
fn plus_is_a_space_in_queries_only() {
    let request = Request::new("GET", "/a+b%2Fc?d=e+f%2B&g");
    assert_eq!(request.segments(), ["a+b/c"]);
    assert_eq!((request.param("d"), request.param("g")), (Some("e f+"), Some("")));
}
