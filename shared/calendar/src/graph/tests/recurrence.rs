use super::berlin;
use crate::event::{RDate, Recurrence};
use crate::graph::Unsupported;
use crate::graph::recurrence::{read, write};
use crate::graph::zone::resolve;
use crate::when::When;
use crate::wire::Zones;
use proptest::prelude::*;
use serde_json::{Value, json};

fn start() -> When {
    When::Zoned { local: "2026-11-24T09:00".parse().unwrap(), zone: berlin(), tzid: None }
}

fn rule(pattern: &Value, range: &Value, start: &When) -> Option<String> {
    let home = berlin();
    let recurrence = read(&json!({"pattern": pattern, "range": range}), start, &Zones::new(&home, resolve))?;
    assert_eq!(recurrence.rrule.len(), 1);
    recurrence.rrule.into_iter().next()
}

fn pattern(rule: &str, start: &When) -> Result<Value, Unsupported> {
    let home = berlin();
    let recurrence = Recurrence { rrule: vec![rule.to_owned()], ..Recurrence::default() };
    write(&recurrence, start, &Zones::new(&home, resolve))
}

fn no_end() -> Value {
    json!({"type": "noEnd", "startDate": "2026-11-24", "recurrenceTimeZone": "W. Europe Standard Time"})
}

#[test]
fn all_six_patterns_both_ways() {
    for (value, text) in [
        (json!({"type": "daily", "interval": 3}), "FREQ=DAILY;INTERVAL=3"),
        (
            json!({"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "tuesday"], "firstDayOfWeek": "sunday"}),
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU;WKST=SU",
        ),
        (json!({"type": "absoluteMonthly", "interval": 3, "dayOfMonth": 15}), "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=15"),
        (
            json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 29}),
            "FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1",
        ),
        (
            json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 30}),
            "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1",
        ),
        (json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}), "FREQ=MONTHLY;BYMONTHDAY=-1"),
        (
            json!({"type": "relativeMonthly", "interval": 3, "daysOfWeek": ["thursday", "friday"], "index": "second"}),
            "FREQ=MONTHLY;INTERVAL=3;BYDAY=TH,FR;BYSETPOS=2",
        ),
        (
            json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["friday"], "index": "last"}),
            "FREQ=MONTHLY;BYDAY=-1FR",
        ),
        (
            json!({"type": "absoluteYearly", "interval": 3, "dayOfMonth": 15, "month": 3}),
            "FREQ=YEARLY;INTERVAL=3;BYMONTH=3;BYMONTHDAY=15",
        ),
        (
            json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 29, "month": 2}),
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1",
        ),
        (
            json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 31, "month": 12}),
            "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31",
        ),
        (
            json!({"type": "relativeYearly", "interval": 1, "daysOfWeek": ["thursday"], "index": "fourth", "month": 11}),
            "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
        ),
        (
            json!({"type": "relativeYearly", "interval": 1, "daysOfWeek": ["saturday", "sunday"], "index": "last", "month": 6}),
            "FREQ=YEARLY;BYMONTH=6;BYDAY=SA,SU;BYSETPOS=-1",
        ),
    ] {
        assert_eq!(rule(&value, &no_end(), &start()).as_deref(), Some(text), "{value}");
        assert_eq!(pattern(text, &start()), Ok(json!({"pattern": value, "range": no_end()})), "{text}");
    }
}

#[test]
fn ranges_both_ways() {
    let daily = json!({"type": "daily", "interval": 1});
    let range = json!({"type": "numbered", "startDate": "2026-11-24", "numberOfOccurrences": 10, "recurrenceTimeZone": "W. Europe Standard Time"});
    assert_eq!(rule(&daily, &range, &start()).as_deref(), Some("FREQ=DAILY;COUNT=10"));
    assert_eq!(pattern("FREQ=DAILY;COUNT=10", &start()).unwrap()["range"], range);
    let range = json!({"type": "endDate", "startDate": "2026-11-24", "endDate": "2027-07-01", "recurrenceTimeZone": "W. Europe Standard Time"});
    assert_eq!(rule(&daily, &range, &start()).as_deref(), Some("FREQ=DAILY;UNTIL=20270701T215959Z"));
    assert_eq!(pattern("FREQ=DAILY;UNTIL=20270701T215959Z", &start()).unwrap()["range"], range);
    // the last start itself, a minute less, local time, a date
    for (until, last) in [
        ("20270701T070000Z", "2027-07-01"),
        ("20270701T065900Z", "2027-06-30"),
        ("20270701T090000", "2027-07-01"),
        ("20270701", "2027-07-01"),
    ] {
        assert_eq!(
            pattern(&format!("FREQ=DAILY;UNTIL={until}"), &start()).unwrap()["range"]["endDate"],
            last,
            "{until}"
        );
    }
    let day = When::Date("2026-11-24".parse().unwrap());
    assert_eq!(rule(&daily, &range, &day).as_deref(), Some("FREQ=DAILY;UNTIL=20270701"));
    let written = pattern("FREQ=DAILY;UNTIL=20270701", &day).unwrap();
    assert_eq!(
        (&written["range"]["endDate"], &written["range"]["recurrenceTimeZone"]),
        (&json!("2027-07-01"), &json!("UTC"))
    );
}

#[test]
fn what_is_left_out_comes_from_the_start() {
    for (rule, expected) in [
        (
            "FREQ=WEEKLY",
            json!({"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"], "firstDayOfWeek": "monday"}),
        ),
        ("FREQ=MONTHLY", json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 24})),
        ("freq=yearly; wkst=mo;", json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 24, "month": 11})),
        ("FREQ=YEARLY;BYMONTHDAY=1", json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 1, "month": 11})),
        (
            "FREQ=DAILY;BYDAY=MO,FR",
            json!({"type": "weekly", "interval": 1, "daysOfWeek": ["monday", "friday"], "firstDayOfWeek": "monday"}),
        ),
        (
            "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1",
            json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["friday"], "index": "last"}),
        ),
    ] {
        assert_eq!(pattern(rule, &start()).unwrap()["pattern"], expected, "{rule}");
    }
}

#[test]
fn what_has_no_pattern_is_named() {
    let part = Unsupported::Part;
    for (rule, fault) in [
        ("FREQ=HOURLY", Unsupported::Frequency),
        ("INTERVAL=2", Unsupported::Frequency),
        ("FREQ=DAILY;BYHOUR=9,12", part("BYHOUR")),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=MO", part("BYDAY")),
        ("FREQ=DAILY;BYMONTH=1", part("BYMONTH")),
        ("FREQ=WEEKLY;BYDAY=2MO", part("BYDAY")),
        ("FREQ=WEEKLY;BYSETPOS=1;BYDAY=MO,TU", part("BYSETPOS")),
        ("FREQ=MONTHLY;BYDAY=5MO", part("BYDAY")),
        ("FREQ=MONTHLY;BYDAY=MO", part("BYDAY")),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1,2", part("BYSETPOS")),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", part("BYMONTHDAY")),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", part("BYMONTHDAY")),
        ("FREQ=MONTHLY;BYMONTHDAY=-2", part("BYMONTHDAY")),
        ("FREQ=MONTHLY;BYMONTHDAY=31", Unsupported::ShortMonths),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", Unsupported::ShortMonths),
        ("FREQ=YEARLY;BYDAY=20MO", part("BYDAY")),
        ("FREQ=YEARLY;BYMONTH=1,2", part("BYMONTH")),
        ("FREQ=YEARLY;BYWEEKNO=20", part("BYWEEKNO")),
        ("FREQ=YEARLY;BYYEARDAY=100", part("BYYEARDAY")),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", part("UNTIL")),
        ("FREQ=DAILY;UNTIL=soon", part("UNTIL")),
        ("FREQ=DAILY;INTERVAL=0", part("INTERVAL")),
        ("FREQ=DAILY;INTERVAL=1;INTERVAL=2", part("INTERVAL")),
        ("FREQ=DAILY;X-A=1", part("part")),
        ("FREQ", part("part")),
    ] {
        assert_eq!(pattern(rule, &start()), Err(fault), "{rule}");
    }
    let home = berlin();
    let zones = Zones::new(&home, resolve);
    let one = Recurrence { rrule: vec!["FREQ=DAILY".to_owned()], ..Recurrence::default() };
    let dates = Recurrence { exdate: vec![start()], ..one.clone() };
    assert_eq!(write(&dates, &start(), &zones), Err(Unsupported::Dates));
    let dates = Recurrence { rdate: vec![RDate { start: start(), end: None }], ..one.clone() };
    assert_eq!(write(&dates, &start(), &zones), Err(Unsupported::Dates));
    let rules = Recurrence { rrule: vec!["FREQ=DAILY".to_owned(); 2], ..one.clone() };
    assert_eq!(write(&rules, &start(), &zones), Err(Unsupported::Rules));
    let rules = Recurrence { exrule: vec!["FREQ=DAILY".to_owned()], ..one };
    assert_eq!(write(&rules, &start(), &zones), Err(Unsupported::Rules));
}

#[test]
fn what_is_no_recurrence_is_not_guessed() {
    let good = json!({"type": "daily", "interval": 1});
    for (pattern, range) in [
        (json!({"type": "daily"}), no_end()),
        (json!({"type": "daily", "interval": 0}), no_end()),
        (json!({"type": "hourly", "interval": 1}), no_end()),
        (json!({"type": "weekly", "interval": 1, "daysOfWeek": []}), no_end()),
        (json!({"type": "weekly", "interval": 1, "daysOfWeek": ["mo"]}), no_end()),
        (json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 32}), no_end()),
        (json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 1, "month": 13}), no_end()),
        (json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday"], "index": "fifth"}), no_end()),
        (good.clone(), json!({})),
        (good.clone(), json!({"type": "numbered", "numberOfOccurrences": 0})),
        (good.clone(), json!({"type": "endDate", "endDate": "soon"})),
        (json!(1), json!([])),
    ] {
        assert_eq!(rule(&pattern, &range, &start()), None, "{pattern} {range}");
    }
}

fn patterns() -> impl Strategy<Value = Value> {
    let days = || {
        proptest::sample::subsequence(
            vec!["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
            1..=7,
        )
    };
    let index = || proptest::sample::select(vec!["first", "second", "third", "fourth", "last"]);
    let first = proptest::sample::select(vec!["sunday", "monday", "wednesday"]);
    prop_oneof![
        (1..=999).prop_map(|interval| json!({"type": "daily", "interval": interval})),
        (1..=99, days(), first).prop_map(
            |(n, days, first)| json!({"type": "weekly", "interval": n, "daysOfWeek": days, "firstDayOfWeek": first})
        ),
        (1..=99, 1..=31).prop_map(|(n, day)| json!({"type": "absoluteMonthly", "interval": n, "dayOfMonth": day})),
        (1..=99, days(), index()).prop_map(
            |(n, days, index)| json!({"type": "relativeMonthly", "interval": n, "daysOfWeek": days, "index": index})
        ),
        (1..=9, 1..=29, 1..=12).prop_map(
            |(n, day, month)| json!({"type": "absoluteYearly", "interval": n, "dayOfMonth": day, "month": month})
        ),
        (1..=9, days(), index(), 1..=12).prop_map(|(n, days, index, month)| {
            json!({"type": "relativeYearly", "interval": n, "daysOfWeek": days, "index": index, "month": month})
        }),
    ]
}

proptest! {
    #[test]
    fn every_pattern_survives_the_way_there_and_back(pattern_ in patterns(), end in 0..3_u8, days in 0..3000_i64, count in 1..999_i32) {
        let mut range = no_end();
        if end == 1 {
            let last = jiff::civil::date(2026, 11, 24).checked_add(jiff::ToSpan::days(days)).unwrap();
            range["type"] = "endDate".into();
            range["endDate"] = last.to_string().into();
        } else if end == 2 {
            range["type"] = "numbered".into();
            range["numberOfOccurrences"] = count.into();
        }
        let rule = rule(&pattern_, &range, &start()).unwrap();
        prop_assert_eq!(pattern(&rule, &start()), Ok(json!({"pattern": pattern_, "range": range})), "{}", rule);
    }

    #[test]
    fn no_rule_panics(rule in "[A-Z=;,0-9\\- ]{0,40}|FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;(BY(DAY|MONTHDAY|MONTH|SETPOS)|COUNT|UNTIL|WKST|INTERVAL)=[-+0-9A-Zé,]{0,16}){0,4}") {
        let _ = pattern(&rule, &start());
    }
}
