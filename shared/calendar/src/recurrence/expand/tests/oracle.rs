//! The engine against the definition: every candidate of a range is asked whether it fits the rule, with jiff's calendar.

use super::when;
use crate::When;
use crate::recurrence::{ByDay, End, Freq, Instances, Rule, Until};
use crate::zone::Zones;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Weekday, date};
use jiff::tz::TimeZone;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn week_begin(day: Date, week_start: Weekday) -> Date {
    let mut day = day;
    while day.weekday() != week_start {
        day = day.yesterday().unwrap();
    }
    day
}

/// The year that has four days or more of the day's week, and the week's number there: its fourth day decides.
fn week(day: Date, week_start: Weekday) -> (i16, i16) {
    let fourth = week_begin(day, week_start) + 3.days();
    (fourth.year(), (fourth.day_of_year() - 1) / 7 + 1)
}

fn weeks(year: i16, week_start: Weekday) -> i16 {
    (25..=31)
        .map(|day| week(date(year, 12, day), week_start))
        .filter(|(y, _)| *y == year)
        .map(|(_, n)| n)
        .max()
        .unwrap()
}

/// Is `n` of `len` in a list that counts from both ends?
fn in_list(list: &[i16], n: i16, len: i16) -> bool {
    list.is_empty() || list.contains(&n) || list.contains(&(n - len - 1))
}

/// The number of the interval that a time lies in.
fn period(rule: &Rule, at: DateTime) -> i64 {
    let days = i64::from((at.date() - date(1969, 12, 1)).get_days());
    let hours = days * 24 + i64::from(at.hour());
    match rule.freq {
        Freq::Yearly if !rule.by_week_no.is_empty() => week(at.date(), rule.week_start).0.into(),
        Freq::Yearly => at.year().into(),
        Freq::Monthly => i64::from(at.year()) * 12 + i64::from(at.month()),
        Freq::Weekly => {
            i64::from(
                (week_begin(at.date(), rule.week_start) - week_begin(date(1969, 12, 1), rule.week_start)).get_days(),
            ) / 7
        }
        Freq::Daily => days,
        Freq::Hourly => hours,
        Freq::Minutely => hours * 60 + i64::from(at.minute()),
        Freq::Secondly => (hours * 60 + i64::from(at.minute())) * 60 + i64::from(at.second()),
    }
}

fn day_fits(rule: &Rule, start: Date, day: Date) -> bool {
    use Freq::{Monthly, Weekly, Yearly};
    let no_days = rule.by_day.is_empty()
        && rule.by_month_day.is_empty()
        && rule.by_year_day.is_empty()
        && rule.by_week_no.is_empty();
    let nth = |at: i16, len: i16| {
        let (n, back) = ((at - 1) / 7 + 1, -((len - at) / 7) - 1);
        rule.by_day.iter().any(|want| {
            want.weekday == day.weekday() && (want.nth == 0 || i16::from(want.nth) == n || i16::from(want.nth) == back)
        })
    };
    let in_month = nth(day.day().into(), day.days_in_month().into());
    let in_year = nth(day.day_of_year(), day.days_in_year());
    let numbers_in_year = rule.freq == Yearly && rule.by_month.is_empty();
    let month = match (rule.freq, rule.by_month.is_empty()) {
        (_, false) => rule.by_month.contains(&(day.month() as u8)),
        (Yearly, true) if no_days => day.month() == start.month(),
        _ => true,
    };
    let by_day = if !rule.by_day.is_empty() {
        if numbers_in_year { in_year } else { in_month }
    } else if rule.freq == Weekly || !rule.by_week_no.is_empty() {
        day.weekday() == start.weekday()
    } else {
        true
    };
    let (week_year, number) = week(day, rule.week_start);
    month
        && by_day
        && (!(no_days && matches!(rule.freq, Yearly | Monthly)) || day.day() == start.day())
        && in_list(&rule.by_month_day, day.day().into(), day.days_in_month().into())
        && in_list(&rule.by_year_day, day.day_of_year(), day.days_in_year())
        && in_list(&rule.by_week_no, number, weeks(week_year, rule.week_start))
}

/// The hours, minutes and seconds that may be: those given, DTSTART's, or all.
fn clock(rule: &Rule, start: DateTime) -> [Vec<i8>; 3] {
    let part = |list: &[u8], longer: Freq, own: i8, all: i8| {
        if !list.is_empty() {
            let mut list: Vec<i8> = list.iter().map(|&n| (n as i8).min(59)).collect();
            list.sort_unstable();
            list.dedup();
            list
        } else if rule.freq >= longer {
            vec![own]
        } else {
            (0..all).collect()
        }
    };
    [
        part(&rule.by_hour, Freq::Daily, start.hour(), 24),
        part(&rule.by_minute, Freq::Hourly, start.minute(), 60),
        part(&rule.by_second, Freq::Minutely, start.second(), 60),
    ]
}

/// DTSTART, and all after it and before `to` that fit.
fn by_definition(rule: &Rule, start: DateTime, to: DateTime) -> Vec<DateTime> {
    let (before, after) = match rule.freq {
        Freq::Yearly => (380.days(), 380.days()),
        Freq::Monthly => (31.days(), 31.days()),
        Freq::Weekly => (7.days(), 7.days()),
        _ => (1.day(), 1.day()),
    };
    let [hours, minutes, seconds] = clock(rule, start);
    let mut periods: BTreeMap<i64, Vec<DateTime>> = BTreeMap::new();
    let own = period(rule, start);
    let (mut day, last) = (start.date() - before, to.date() + after);
    while day <= last {
        if day_fits(rule, start.date(), day) {
            for &hour in &hours {
                // a second's list is long: only the hours around what is compared
                let at = day.at(hour, 0, 0, 0);
                if rule.freq < Freq::Daily && (at < start - 1.hour() || at > to + 1.hour()) {
                    continue;
                }
                for &minute in &minutes {
                    for &second in &seconds {
                        let at = day.at(hour, minute, second, 0);
                        let period = period(rule, at);
                        if (period - own).rem_euclid(i64::from(rule.interval)) == 0 {
                            periods.entry(period).or_default().push(at);
                        }
                    }
                }
            }
        }
        day = day.tomorrow().unwrap();
    }
    let mut told = vec![start];
    for set in periods.values() {
        let chosen = set.iter().enumerate().filter(|(at, _)| {
            let (n, back) = (*at as i16 + 1, *at as i16 - set.len() as i16);
            rule.by_set_pos.is_empty() || rule.by_set_pos.contains(&n) || rule.by_set_pos.contains(&back)
        });
        told.extend(chosen.map(|(_, at)| *at).filter(|at| *at > start && *at < to));
    }
    match rule.end {
        End::Never => {}
        End::Count(count) => told.truncate(count as usize),
        End::Until(Until::Date(day)) => told.retain(|at| at.date() <= day),
        End::Until(Until::Local(last)) => told.retain(|at| *at <= last),
        End::Until(Until::Utc(_)) => unreachable!("not generated"),
    }
    told
}

fn some<T: std::fmt::Debug + Clone + 'static>(
    one: impl Strategy<Value = T> + 'static,
    max: usize,
) -> BoxedStrategy<Vec<T>> {
    prop_oneof![2 => Just(Vec::new()), 1 => vec(one, 1..=max)].boxed()
}

fn both_ends(max: i16) -> impl Strategy<Value = i16> {
    (1..=max, any::<bool>()).prop_map(|(n, negative)| if negative { -n } else { n })
}

fn weekday() -> impl Strategy<Value = Weekday> {
    (0_i8..7).prop_map(|n| Weekday::from_monday_zero_offset(n).unwrap())
}

const FREQS: [Freq; 7] =
    [Freq::Secondly, Freq::Minutely, Freq::Hourly, Freq::Daily, Freq::Weekly, Freq::Monthly, Freq::Yearly];

prop_compose! {
    fn rule()(
        freq in 0..FREQS.len(), interval in prop_oneof![3 => 1_u32..2, 2 => 2_u32..6],
        end in prop_oneof![
            2 => Just(End::Never), 1 => (1_u32..40).prop_map(End::Count),
            1 => (2020_i16..2026, 1_i8..13, 1_i8..29).prop_map(|(y, m, d)| End::Until(Until::Date(date(y, m, d)))),
            1 => (2020_i16..2026, 1_i8..13, 1_i8..29, 0_i8..24).prop_map(|(y, m, d, h)| End::Until(Until::Local(date(y, m, d).at(h, 0, 0, 0)))),
        ],
        by_month in some(1_u8..13, 3), by_week_no in some(both_ends(53), 3), by_year_day in some(both_ends(366), 4),
        by_month_day in some(both_ends(31), 4), days in some((both_ends(5), any::<bool>(), weekday()), 4),
        by_hour in some(0_u8..24, 3), by_minute in some(0_u8..60, 3), by_second in some(0_u8..61, 3),
        by_set_pos in some(both_ends(6), 2), week_start in weekday(),
    ) -> Rule {
        let freq = FREQS[freq];
        let keep = |list: Vec<i16>, yes: bool| if yes { list } else { Vec::new() };
        let by_week_no = keep(by_week_no, freq == Freq::Yearly);
        let numbers = freq >= Freq::Monthly && by_week_no.is_empty();
        let by_day = days.into_iter().map(|(nth, numbered, weekday)| ByDay { nth: if numbers && numbered { nth as i8 } else { 0 }, weekday });
        let mut rule = Rule {
            interval, end, by_month, by_week_no, by_hour, by_minute, by_second, week_start,
            by_year_day: keep(by_year_day, freq < Freq::Daily || freq == Freq::Yearly),
            by_month_day: keep(by_month_day, freq != Freq::Weekly),
            by_day: by_day.collect(),
            by_set_pos,
            ..Rule::new(freq)
        };
        let text = rule.to_string();
        if text.parse::<Rule>().is_err() {
            rule.by_set_pos.clear();
        }
        rule
    }
}

prop_compose! {
    fn start()(year in 2020_i16..2026, month in 1_i8..13, day in 1_i8..32, hour in 0_i8..24, minute in 0_i8..60, second in 0_i8..60) -> DateTime {
        let first = date(year, month, 1);
        date(year, month, day.min(first.days_in_month())).at(hour, minute, second, 0)
    }
}

fn expand(rule: &Rule, start: DateTime) -> Instances {
    Instances::new(rule, &When::Floating(start), &Zones::new(&TimeZone::UTC))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_engine_is_the_definition(rule in rule(), start in start()) {
        let to = match rule.freq {
            Freq::Yearly => start + 2500.days(),
            Freq::Monthly => start + 900.days(),
            Freq::Weekly => start + 300.days(),
            Freq::Daily => start + 400.days(),
            Freq::Hourly => start + 20.days(),
            Freq::Minutely => start + 1.day(),
            Freq::Secondly => start + 1.hour(),
        };
        let mut all = expand(&rule, start);
        all.between(start, to);
        let told: Vec<DateTime> = all.by_ref().map(|start| start.local()).collect();
        prop_assert!(!all.cut());
        let expected: Vec<DateTime> = by_definition(&rule, start, to);
        prop_assert_eq!(told.len(), expected.len(), "{}", rule);
        prop_assert!(told == expected, "{}: {:?}", rule, told.iter().zip(&expected).find(|(a, b)| a != b));
    }

    #[test]
    fn a_window_is_a_part_of_the_whole(rule in rule(), start in start(), offset in 0_i32..2000, length in 1_i32..500, seconds in 0_i32..90_000) {
        // minutes where the frequency is below a day, else days
        let span = |n: i32| if rule.freq < Freq::Daily { n.minutes() } else { n.days() };
        let seconds = if rule.freq < Freq::Daily { seconds / 60 } else { seconds };
        let from = start + span(offset) + seconds.seconds();
        let to = from + span(length);
        let mut whole = expand(&rule, start);
        whole.between(start, to);
        let whole: Vec<DateTime> = whole.map(|start| start.local()).filter(|at| *at >= from).take(2000).collect();
        let mut window = expand(&rule, start);
        window.between(from, to);
        let window: Vec<DateTime> = window.map(|start| start.local()).take(2000).collect();
        prop_assert_eq!(window.first(), whole.first(), "{} {} {}", rule, from, to);
        prop_assert!(window == whole, "{} {} {}", rule, from, to);
    }

    #[test]
    fn dates_are_days(rule in rule(), start in start()) {
        // the same as at midnight with no parts of the day, for frequencies of a day and more
        prop_assume!(rule.freq >= Freq::Daily);
        let day = start.date();
        let of_dates = Instances::new(&rule, &When::Date(day), &Zones::new(&TimeZone::UTC));
        let bare = Rule { by_hour: vec![], by_minute: vec![], by_second: vec![], ..rule.clone() };
        let of_times = expand(&bare, day.at(0, 0, 0, 0));
        let told = |all: Instances| all.take(50).map(|start| start.local()).collect::<Vec<_>>();
        let (of_dates, of_times) = (told(of_dates), told(of_times));
        prop_assert_eq!(of_dates, of_times, "{}", rule);
    }

    #[test]
    fn text_goes_around(rule in rule()) {
        let text = rule.to_string();
        let read: Rule = text.parse().unwrap();
        prop_assert_eq!(&read, &rule);
        prop_assert_eq!(read.to_string(), text.clone());
        let messy = format!(" {} ;", text.to_lowercase().replace(';', " ; ").replace('=', " = "));
        prop_assert_eq!(messy.parse::<Rule>().unwrap(), rule);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "((FREQ|BYDAY|COUNT|until|X-A|BYSETPOS|WKST)?=?[A-Z0-9,+-]{0,9};?){0,5}") {
        let _ = text.parse::<Rule>();
    }

    #[test]
    fn zones_do_not_move_the_clock(rule in rule(), start in start()) {
        let zoned = when(&start.strftime("%Y%m%dT%H%M%S").to_string(), "Australia/Lord_Howe");
        let zoned = Instances::new(&rule, &zoned, &Zones::new(&TimeZone::UTC)).take(40).map(|start| start.local()).collect::<Vec<_>>();
        prop_assert_eq!(zoned, expand(&rule, start).take(40).map(|start| start.local()).collect::<Vec<_>>());
    }
}
