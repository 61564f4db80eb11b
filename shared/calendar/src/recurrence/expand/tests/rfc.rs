//! Every example of RFC 5545, sections 3.3.10 and 3.8.5.3, with its instances as they are printed there, and whether daylight saving
//! time is in force. `...` is written out here where it stands for a series, and ends the list where it ends it there.
//!
//! The example with EXDATE (every Friday the 13th) is one of `series`, too; here its DTSTART is still told.

use super::{expand, when};
use crate::recurrence::civil;
use jiff::tz::TimeZone;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Expands in New York and compares with lines such as `1997 EDT: Sep 2-11,13; Oct 1`, every day at each of `times`.
/// `...` as the last line: the list goes on.
fn example(start: &str, rule: &str, times: &[&str], lines: &[&str]) {
    let endless = lines.last() == Some(&"...");
    let mut expected = Vec::new();
    for line in lines.iter().filter(|line| **line != "...") {
        let (head, months) = line.split_once(": ").unwrap();
        let (year, zone) = head.split_once(' ').unwrap();
        for month in months.split("; ") {
            let (name, days) = month.split_once(' ').unwrap();
            let month = 1 + MONTHS.iter().position(|known| *known == name).unwrap();
            for days in days.split(',') {
                let (first, last) = days.split_once('-').unwrap_or((days, days));
                for day in first.parse::<u8>().unwrap()..=last.parse().unwrap() {
                    expected.extend(times.iter().map(|time| format!("{year}-{month:02}-{day:02}T{time}:00 {zone}")));
                }
            }
        }
    }
    let new_york = TimeZone::get("America/New_York").unwrap();
    let told = expand(&when(start, "America/New_York"), rule).take(expected.len() + 1).map(|start| {
        let zoned = jiff::Timestamp::from_second(start.at).unwrap().to_zoned(new_york.clone());
        assert_eq!(civil::seconds(zoned.datetime()), start.local, "there are no gaps in the examples");
        format!("{} {}", zoned.datetime(), new_york.to_offset_info(zoned.timestamp()).abbreviation())
    });
    let told: Vec<String> = told.collect();
    assert_eq!(told.get(..expected.len()).unwrap_or(&told), expected, "{rule}");
    assert_eq!(told.len() > expected.len(), endless, "{rule}: {:?}", told.last());
}

fn nine(start: &str, rule: &str, lines: &[&str]) {
    example(start, rule, &["09:00"], lines);
}

#[test]
fn section_3_3_10() {
    // every Sunday in January at 8:30 and 9:30, every other year
    let rule = "FREQ=YEARLY;INTERVAL=2;BYMONTH=1;BYDAY=SU;BYHOUR=8,9;BYMINUTE=30";
    let lines = ["1997 EST: Jan 5,12,19,26", "1999 EST: Jan 3,10,17,24,31", "..."];
    example("19970105T083000", rule, &["08:30", "09:30"], &lines);
    // the last work day of the month
    let rule = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1";
    nine("19970930T090000", rule, &["1997 EDT: Sep 30", "1997 EST: Oct 31; Nov 28; Dec 31", "1998 EST: Jan 30", "..."]);
    // 10 occurrences that occur every other day
    nine("19970902T090000", "FREQ=DAILY;COUNT=10;INTERVAL=2", &["1997 EDT: Sep 2,4,6,8,10,12,14,16,18,20"]);
    // "doesn't specify a specific day within the month or a time"
    nine("19970115T090000", "FREQ=YEARLY;BYMONTH=1", &["1997 EST: Jan 15", "1998 EST: Jan 15", "..."]);
    // February 30 is ignored
    let lines = ["2007 EST: Jan 15,30; Feb 15", "2007 EDT: Mar 15,30"];
    nine("20070115T090000", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", &lines);
}

#[test]
fn daily() {
    let d = "19970902T090000";
    nine(d, "FREQ=DAILY;COUNT=10", &["1997 EDT: Sep 2-11"]);
    let until = ["1997 EDT: Sep 2-30; Oct 1-25", "1997 EST: Oct 26-31; Nov 1-30; Dec 1-23"];
    nine(d, "FREQ=DAILY;UNTIL=19971224T000000Z", &until);
    let every_other = [
        "1997 EDT: Sep 2,4,6,8,10,12,14,16,18,20,22,24,26,28,30; Oct 2,4,6,8,10,12,14,16,18,20,22,24",
        "1997 EST: Oct 26,28,30; Nov 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29; Dec 1,3",
        "...",
    ];
    nine(d, "FREQ=DAILY;INTERVAL=2", &every_other);
    nine(d, "FREQ=DAILY;INTERVAL=10;COUNT=5", &["1997 EDT: Sep 2,12,22; Oct 2,12"]);
    let january = ["1998 EST: Jan 1-31", "1999 EST: Jan 1-31", "2000 EST: Jan 1-31"];
    let d = "19980101T090000";
    nine(d, "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA", &january);
    nine(d, "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1", &january);
}

#[test]
fn weekly() {
    let d = "19970902T090000";
    nine(d, "FREQ=WEEKLY;COUNT=10", &["1997 EDT: Sep 2,9,16,23,30; Oct 7,14,21", "1997 EST: Oct 28; Nov 4"]);
    let until = ["1997 EDT: Sep 2,9,16,23,30; Oct 7,14,21", "1997 EST: Oct 28; Nov 4,11,18,25; Dec 2,9,16,23"];
    nine(d, "FREQ=WEEKLY;UNTIL=19971224T000000Z", &until);
    let every_other = [
        "1997 EDT: Sep 2,16,30; Oct 14",
        "1997 EST: Oct 28; Nov 11,25; Dec 9,23",
        "1998 EST: Jan 6,20; Feb 3,17",
        "...",
    ];
    nine(d, "FREQ=WEEKLY;INTERVAL=2;WKST=SU", &every_other);
    let five_weeks = ["1997 EDT: Sep 2,4,9,11,16,18,23,25,30; Oct 2"];
    nine(d, "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", &five_weeks);
    nine(d, "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", &five_weeks);
    let rule = "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR";
    let lines = [
        "1997 EDT: Sep 1,3,5,15,17,19,29; Oct 1,3,13,15,17",
        "1997 EST: Oct 27,29,31; Nov 10,12,14,24,26,28; Dec 8,10,12,22",
    ];
    nine("19970901T090000", rule, &lines);
    nine(d, "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", &["1997 EDT: Sep 2,4,16,18,30; Oct 2,14,16"]);
    // the days generated make a difference because of WKST
    nine("19970805T090000", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", &["1997 EDT: Aug 5,10,19,24"]);
    nine("19970805T090000", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", &["1997 EDT: Aug 5,17,19,31"]);
}

#[test]
fn monthly_by_day() {
    let lines = [
        "1997 EDT: Sep 5; Oct 3",
        "1997 EST: Nov 7; Dec 5",
        "1998 EST: Jan 2; Feb 6; Mar 6; Apr 3",
        "1998 EDT: May 1; Jun 5",
    ];
    nine("19970905T090000", "FREQ=MONTHLY;COUNT=10;BYDAY=1FR", &lines);
    nine(
        "19970905T090000",
        "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
        &["1997 EDT: Sep 5; Oct 3", "1997 EST: Nov 7; Dec 5"],
    );
    let lines = ["1997 EDT: Sep 7,28", "1997 EST: Nov 2,30", "1998 EST: Jan 4,25; Mar 1,29", "1998 EDT: May 3,31"];
    nine("19970907T090000", "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", &lines);
    let lines = ["1997 EDT: Sep 22; Oct 20", "1997 EST: Nov 17; Dec 22", "1998 EST: Jan 19; Feb 16"];
    nine("19970922T090000", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", &lines);
    let lines = [
        "1997 EDT: Sep 2,9,16,23,30",
        "1997 EST: Nov 4,11,18,25",
        "1998 EST: Jan 6,13,20,27; Mar 3,10,17,24,31",
        "...",
    ];
    nine("19970902T090000", "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", &lines);
    // every Friday the 13th, with a DTSTART that EXDATE takes out
    let lines = ["1997 EDT: Sep 2", "1998 EST: Feb 13; Mar 13; Nov 13", "1999 EDT: Aug 13", "2000 EDT: Oct 13", "..."];
    nine("19970902T090000", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", &lines);
    // the first Saturday that follows the first Sunday of the month
    let lines = [
        "1997 EDT: Sep 13; Oct 11",
        "1997 EST: Nov 8; Dec 13",
        "1998 EST: Jan 10; Feb 7; Mar 7",
        "1998 EDT: Apr 11; May 9; Jun 13",
        "...",
    ];
    nine("19970913T090000", "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", &lines);
    // the third instance into the month of one of Tuesday, Wednesday, or Thursday, for 3 months
    let lines = ["1997 EDT: Sep 4; Oct 7", "1997 EST: Nov 6"];
    nine("19970904T090000", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", &lines);
    // the second-to-last weekday of the month
    let lines = ["1997 EDT: Sep 29", "1997 EST: Oct 30; Nov 27; Dec 30", "1998 EST: Jan 29; Feb 26; Mar 30", "..."];
    nine("19970929T090000", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", &lines);
}

#[test]
fn monthly_by_month_day() {
    let lines = ["1997 EDT: Sep 28", "1997 EST: Oct 29; Nov 28; Dec 29", "1998 EST: Jan 29; Feb 26", "..."];
    nine("19970928T090000", "FREQ=MONTHLY;BYMONTHDAY=-3", &lines);
    let lines = ["1997 EDT: Sep 2,15; Oct 2,15", "1997 EST: Nov 2,15; Dec 2,15", "1998 EST: Jan 2,15"];
    nine("19970902T090000", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", &lines);
    let lines = ["1997 EDT: Sep 30; Oct 1", "1997 EST: Oct 31; Nov 1,30; Dec 1,31", "1998 EST: Jan 1,31; Feb 1"];
    nine("19970930T090000", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1", &lines);
    let lines = ["1997 EDT: Sep 10,11,12,13,14,15", "1999 EST: Mar 10,11,12,13"];
    nine("19970910T090000", "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15", &lines);
}

#[test]
fn yearly() {
    let years = ["1997", "1998", "1999", "2000", "2001"].map(|year| format!("{year} EDT: Jun 10; Jul 10"));
    nine("19970610T090000", "FREQ=YEARLY;COUNT=10;BYMONTH=6,7", &years.each_ref().map(String::as_str));
    let years = ["1999", "2001", "2003"].map(|year| format!("{year} EST: Jan 10; Feb 10; Mar 10"));
    let lines: Vec<&str> = std::iter::once("1997 EST: Mar 10").chain(years.iter().map(String::as_str)).collect();
    nine("19970310T090000", "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3", &lines);
    let lines = [
        "1997 EST: Jan 1",
        "1997 EDT: Apr 10; Jul 19",
        "2000 EST: Jan 1",
        "2000 EDT: Apr 9; Jul 18",
        "2003 EST: Jan 1",
        "2003 EDT: Apr 10; Jul 19",
        "2006 EST: Jan 1",
    ];
    nine("19970101T090000", "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200", &lines);
    nine(
        "19970519T090000",
        "FREQ=YEARLY;BYDAY=20MO",
        &["1997 EDT: May 19", "1998 EDT: May 18", "1999 EDT: May 17", "..."],
    );
    let lines = ["1997 EDT: May 12", "1998 EDT: May 11", "1999 EDT: May 17", "..."];
    nine("19970512T090000", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", &lines);
    let lines = ["1997 EST: Mar 13,20,27", "1998 EST: Mar 5,12,19,26", "1999 EST: Mar 4,11,18,25", "..."];
    nine("19970313T090000", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", &lines);
    let lines = [
        "1997 EDT: Jun 5,12,19,26; Jul 3,10,17,24,31; Aug 7,14,21,28",
        "1998 EDT: Jun 4,11,18,25; Jul 2,9,16,23,30; Aug 6,13,20,27",
        "1999 EDT: Jun 3,10,17,24; Jul 1,8,15,22,29; Aug 5,12,19,26",
        "...",
    ];
    nine("19970605T090000", "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8", &lines);
    // U.S. Presidential Election day
    let rule = "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8";
    nine("19961105T090000", rule, &["1996 EST: Nov 5", "2000 EST: Nov 7", "2004 EST: Nov 2", "..."]);
}

#[test]
fn below_a_day() {
    let d = "19970902T090000";
    // the list is that of 5 PM there, 21:00 UTC; the rule says 17:00 UTC, which is 1 PM
    let day = ["1997 EDT: Sep 2"];
    example(d, "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", &["09:00", "12:00", "15:00"], &day);
    example(d, "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z", &["09:00", "12:00"], &day);
    let times = ["09:00", "09:15", "09:30", "09:45", "10:00", "10:15"];
    example(d, "FREQ=MINUTELY;INTERVAL=15;COUNT=6", &times, &day);
    example(d, "FREQ=MINUTELY;INTERVAL=90;COUNT=4", &["09:00", "10:30", "12:00", "13:30"], &day);
    let times: Vec<String> =
        (9..17).flat_map(|hour| [0, 20, 40].map(|minute| format!("{hour:02}:{minute:02}"))).collect();
    let times: Vec<&str> = times.iter().map(String::as_str).collect();
    let lines = ["1997 EDT: Sep 2,3", "..."];
    example(d, "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40", &times, &lines);
    example(d, "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16", &times, &lines);
}
