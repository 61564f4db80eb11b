//! `patternedRecurrence` ↔ RRULE (RFC 5545, 3.3.10).
//!
//! Six patterns: `daily`, `weekly`, `absoluteMonthly`, `relativeMonthly`, `absoluteYearly`, `relativeYearly`; three
//! ranges: `noEnd`, `endDate`, `numbered`. They differ from RRULE in the ends of months: where a month lacks the day,
//! Outlook takes its last one and RFC 5545 takes none. So day 31 is `BYMONTHDAY=-1`, days 29 and 30 are the last of
//! `BYMONTHDAY=28,29(,30)`; a rule that skips short months cannot be written.

use super::time;
use crate::event::Recurrence;
use crate::when::When;
use crate::wire::Zones;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{TimeZone, offset};
use serde_json::{Map, Value, json};

/// What Graph has no pattern for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    /// More than one RRULE, or an EXRULE.
    #[error("only one rule can be written")]
    Rules,
    /// RDATE. (EXDATE too: instances are deleted one by one.)
    #[error("single dates cannot be written")]
    Dates,
    /// FREQ is HOURLY or shorter, missing, or no word of RFC 5545.
    #[error("no pattern has this FREQ")]
    Frequency,
    /// This part, or what it says together with the others.
    #[error("no pattern has this {0}")]
    Part(&'static str),
    /// The rule skips months that are too short; Outlook would take their last day.
    #[error("no pattern skips short months")]
    ShortMonths,
}

const DAYS: [(&str, &str, Weekday); 7] = [
    ("monday", "MO", Weekday::Monday),
    ("tuesday", "TU", Weekday::Tuesday),
    ("wednesday", "WE", Weekday::Wednesday),
    ("thursday", "TH", Weekday::Thursday),
    ("friday", "FR", Weekday::Friday),
    ("saturday", "SA", Weekday::Saturday),
    ("sunday", "SU", Weekday::Sunday),
];
const INDEXES: [(&str, i8); 5] = [("first", 1), ("second", 2), ("third", 3), ("fourth", 4), ("last", -1)];

/// Reads one; `start` is the master's. `None` where it is not what is documented.
pub(super) fn read(value: &Value, start: &When, zones: &Zones<'_>) -> Option<Recurrence> {
    let (pattern, range) = (value.get("pattern")?, value.get("range")?);
    let number = |of: &Value, name: &str| of.get(name).and_then(Value::as_i64).and_then(|n| i32::try_from(n).ok());
    let interval = number(pattern, "interval").filter(|n| (1..=999).contains(n))?;
    let day = || number(pattern, "dayOfMonth").filter(|day| (1..=31).contains(day));
    let month = || number(pattern, "month").filter(|month| (1..=12).contains(month));
    let (frequency, rest) = match pattern.get("type")?.as_str()? {
        "daily" => ("DAILY", String::new()),
        "weekly" => {
            let first = pattern.get("firstDayOfWeek").map_or(Some("SU"), |day| short(day.as_str()?))?;
            ("WEEKLY", format!(";BYDAY={};WKST={first}", days(pattern)?.join(",")))
        }
        "absoluteMonthly" => ("MONTHLY", month_day(day()?)),
        "relativeMonthly" => ("MONTHLY", relative(pattern)?),
        "absoluteYearly" => {
            let (month, day) = (month()?, day()?);
            // the last day of February is the 29th of its leap years
            let day = if month == 2 && day >= 29 || day > length(month) { -1 } else { day };
            ("YEARLY", format!(";BYMONTH={month};BYMONTHDAY={day}"))
        }
        "relativeYearly" => ("YEARLY", format!(";BYMONTH={}{}", month()?, relative(pattern)?)),
        _ => return None,
    };
    let interval = if interval == 1 { String::new() } else { format!(";INTERVAL={interval}") };
    let end = match range.get("type")?.as_str()? {
        "noEnd" => String::new(),
        "numbered" => format!(";COUNT={}", number(range, "numberOfOccurrences").filter(|n| *n > 0)?),
        "endDate" => {
            let last: Date = range.get("endDate")?.as_str()?.get(..10)?.parse().ok()?;
            let zone = range.get("recurrenceTimeZone").and_then(Value::as_str).and_then(|name| zones.named(name));
            let rules = zone.map_or_else(|| rules(start, zones), |(_, rules)| rules);
            format!(";UNTIL={}", until(last, start, &rules)?)
        }
        _ => return None,
    };
    Some(Recurrence { rrule: vec![format!("FREQ={frequency}{interval}{end}{rest}")], ..Recurrence::default() })
}

fn short(name: &str) -> Option<&'static str> {
    DAYS.iter().find(|(long, ..)| long.eq_ignore_ascii_case(name)).map(|(_, short, _)| *short)
}

fn days(pattern: &Value) -> Option<Vec<&'static str>> {
    let days = pattern.get("daysOfWeek")?.as_array()?;
    let days = days.iter().map(|day| short(day.as_str()?)).collect::<Option<Vec<_>>>()?;
    (1..=7).contains(&days.len()).then_some(days)
}

fn month_day(day: i32) -> String {
    match day {
        31 => ";BYMONTHDAY=-1".to_owned(),
        30 => ";BYMONTHDAY=28,29,30;BYSETPOS=-1".to_owned(),
        29 => ";BYMONTHDAY=28,29;BYSETPOS=-1".to_owned(),
        day => format!(";BYMONTHDAY={day}"),
    }
}

fn relative(pattern: &Value) -> Option<String> {
    let index = pattern.get("index").map_or(Some("first"), Value::as_str)?;
    let (_, index) = INDEXES.iter().find(|(name, _)| *name == index)?;
    Some(match days(pattern)?.as_slice() {
        [day] => format!(";BYDAY={index}{day}"),
        // of several days the event falls on the first that satisfies the pattern
        days => format!(";BYDAY={};BYSETPOS={index}", days.join(",")),
    })
}

/// Days of a month of a common year.
fn length(month: i32) -> i32 {
    match month {
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn rules(start: &When, zones: &Zones<'_>) -> TimeZone {
    match start {
        When::Zoned { zone, .. } => zones.rules(zone),
        When::Date(_) | When::Utc(_) => TimeZone::UTC,
        When::Floating(_) => zones.rules(zones.home),
    }
}

/// The end of that day; of whole days the day.
fn until(last: Date, start: &When, rules: &TimeZone) -> Option<String> {
    let date = |date: Date| format!("{:04}{:02}{:02}", date.year(), date.month(), date.day());
    if start.is_date() {
        return Some(date(last));
    }
    let end = rules.to_ambiguous_timestamp(last.at(23, 59, 59, 0)).compatible().ok()?;
    let end = offset(0).to_datetime(end);
    Some(format!("{}T{:02}{:02}{:02}Z", date(end.date()), end.hour(), end.minute(), end.second()))
}

/// Writes one.
pub(super) fn write(recurrence: &Recurrence, start: &When, zones: &Zones<'_>) -> Result<Value, Unsupported> {
    let [rule] = recurrence.rrule.as_slice() else { return Err(Unsupported::Rules) };
    if !recurrence.exrule.is_empty() {
        return Err(Unsupported::Rules);
    }
    if !recurrence.rdate.is_empty() || !recurrence.exdate.is_empty() {
        return Err(Unsupported::Dates);
    }
    let mut parts = Parts::read(rule)?;
    let interval = parts.number("INTERVAL", 1..=999)?.unwrap_or(1);
    let first = start.local();
    let mut range = Map::new();
    range.insert("startDate".to_owned(), first.date().to_string().into());
    range.insert("recurrenceTimeZone".to_owned(), time::zone_name(start, zones).into());
    let kind = match (parts.number("COUNT", 1..=i32::MAX)?, parts.take("UNTIL")) {
        (Some(_), Some(_)) => return Err(Unsupported::Part("UNTIL")),
        (Some(count), None) => {
            range.insert("numberOfOccurrences".to_owned(), count.into());
            "numbered"
        }
        (None, Some(until)) => {
            let last = last(until, start, &rules(start, zones)).ok_or(Unsupported::Part("UNTIL"))?;
            range.insert("endDate".to_owned(), last.to_string().into());
            "endDate"
        }
        (None, None) => "noEnd",
    };
    range.insert("type".to_owned(), kind.into());
    let frequency = parts.take("FREQ").ok_or(Unsupported::Frequency)?.to_ascii_uppercase();
    let mut pattern = match frequency.as_str() {
        "DAILY" if interval == 1 && parts.has("BYDAY") => weekly(&mut parts, first)?,
        "DAILY" => {
            parts.take("WKST");
            json!({"type": "daily"})
        }
        "WEEKLY" => weekly(&mut parts, first)?,
        "MONTHLY" | "YEARLY" => {
            parts.take("WKST");
            monthly(&mut parts, first, frequency == "YEARLY")?
        }
        _ => return Err(Unsupported::Frequency),
    };
    if let Some(name) = parts.left() {
        return Err(Unsupported::Part(name));
    }
    if let Some(pattern) = pattern.as_object_mut() {
        pattern.insert("interval".to_owned(), interval.into());
    }
    Ok(json!({"pattern": pattern, "range": range}))
}

fn weekly(parts: &mut Parts<'_>, first: DateTime) -> Result<Value, Unsupported> {
    let days = match parts.days()? {
        Some(days) if days.iter().all(|(ordinal, _)| *ordinal == 0) => days.iter().map(|(_, day)| *day).collect(),
        Some(_) => return Err(Unsupported::Part("BYDAY")),
        None => vec![DAYS.iter().find(|(.., day)| *day == first.weekday()).map_or("", |(long, ..)| *long)],
    };
    let week = match parts.take("WKST") {
        Some(day) => long(day).ok_or(Unsupported::Part("WKST"))?,
        None => "monday",
    };
    Ok(json!({"type": "weekly", "daysOfWeek": days, "firstDayOfWeek": week}))
}

fn monthly(parts: &mut Parts<'_>, first: DateTime, yearly: bool) -> Result<Value, Unsupported> {
    let named = if yearly { parts.number("BYMONTH", 1..=12)? } else { None };
    let month = named.unwrap_or(i32::from(first.month()));
    let by_day = parts.days()?;
    let days = parts.list("BYMONTHDAY")?;
    let position = parts.number("BYSETPOS", -1..=4)?;
    let index = |n: i32| INDEXES.iter().find(|(_, index)| i32::from(*index) == n).map(|(name, _)| *name);
    let mut pattern = match (by_day, days, position) {
        (Some(days), None, position) => {
            // without BYMONTH the ordinals count within the year
            if yearly && named.is_none() {
                return Err(Unsupported::Part("BYDAY"));
            }
            let index = match (days.as_slice(), position) {
                ([(ordinal, _)], None) => index(i32::from(*ordinal)).ok_or(Unsupported::Part("BYDAY"))?,
                (all, Some(n)) if all.iter().all(|(ordinal, _)| *ordinal == 0) => {
                    index(n).ok_or(Unsupported::Part("BYSETPOS"))?
                }
                _ => return Err(Unsupported::Part("BYDAY")),
            };
            let days: Vec<_> = days.iter().map(|(_, day)| *day).collect();
            json!({"type": if yearly { "relativeYearly" } else { "relativeMonthly" }, "daysOfWeek": days, "index": index})
        }
        (None, days, position) => {
            let day = match (days.as_deref(), position) {
                (Some([-1]), None | Some(1 | -1)) if yearly => {
                    if month == 2 {
                        29
                    } else {
                        length(month)
                    }
                }
                (Some([-1]), None | Some(1 | -1)) => 31,
                (Some([28, 29]), Some(-1)) if !yearly || month == 2 => 29,
                (Some([28, 29, 30]), Some(-1)) if !yearly => 30,
                (Some([day]), None | Some(1 | -1)) => fits(*day, month, yearly)?,
                (None, None) => fits(i32::from(first.day()), month, yearly)?,
                _ => return Err(Unsupported::Part("BYMONTHDAY")),
            };
            json!({"type": if yearly { "absoluteYearly" } else { "absoluteMonthly" }, "dayOfMonth": day})
        }
        (Some(_), Some(_), _) => return Err(Unsupported::Part("BYMONTHDAY")),
    };
    if let (true, Some(pattern)) = (yearly, pattern.as_object_mut()) {
        pattern.insert("month".to_owned(), month.into());
    }
    Ok(pattern)
}

/// A day that every month in question has.
fn fits(day: i32, month: i32, yearly: bool) -> Result<i32, Unsupported> {
    match day {
        1..=28 => Ok(day),
        29..=31 if yearly && day <= length(month) => Ok(day),
        29..=31 => Err(Unsupported::ShortMonths),
        _ => Err(Unsupported::Part("BYMONTHDAY")),
    }
}

/// The last day on which an instance can start.
fn last(until: &str, start: &When, rules: &TimeZone) -> Option<Date> {
    let digits = |from: usize, to: usize| -> Option<i16> {
        until.get(from..to).filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
    };
    let small = |from: usize| digits(from, from + 2).and_then(|n| i8::try_from(n).ok());
    let date = Date::new(digits(0, 4)?, small(4)?, small(6)?).ok()?;
    let tail = until.get(8..)?;
    if tail.is_empty() {
        return Some(date);
    }
    let utc = match until.get(15..).filter(|_| tail.starts_with('T'))? {
        "Z" => true,
        "" => false,
        _ => return None,
    };
    let end = date.at(0, 0, 0, 0).with().hour(small(9)?).minute(small(11)?).second(small(13)?.min(59)).build().ok()?;
    let end = if utc { rules.to_datetime(offset(0).to_timestamp(end).ok()?) } else { end };
    let earlier = !start.is_date() && end.time() < start.local().time();
    if earlier { end.date().checked_sub(1.day()).ok() } else { Some(end.date()) }
}

fn long(short: &str) -> Option<&'static str> {
    DAYS.iter().find(|(_, name, _)| name.eq_ignore_ascii_case(short)).map(|(long, ..)| *long)
}

/// The parts of a rule, each taken once.
struct Parts<'a>(Vec<(&'static str, &'a str)>);

impl<'a> Parts<'a> {
    const NAMES: [&'static str; 14] = [
        "FREQ",
        "INTERVAL",
        "COUNT",
        "UNTIL",
        "BYSECOND",
        "BYMINUTE",
        "BYHOUR",
        "BYDAY",
        "BYMONTHDAY",
        "BYYEARDAY",
        "BYWEEKNO",
        "BYMONTH",
        "BYSETPOS",
        "WKST",
    ];

    fn read(rule: &'a str) -> Result<Self, Unsupported> {
        let mut parts = Vec::new();
        for part in rule.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or(Unsupported::Part("part"))?;
            let name = Self::NAMES.into_iter().find(|known| known.eq_ignore_ascii_case(name.trim()));
            let name = name.ok_or(Unsupported::Part("part"))?;
            if parts.iter().any(|(known, _)| *known == name) {
                return Err(Unsupported::Part(name));
            }
            parts.push((name, value.trim()));
        }
        Ok(Self(parts))
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| *known == name)
    }

    fn take(&mut self, name: &str) -> Option<&'a str> {
        let at = self.0.iter().position(|(known, _)| *known == name)?;
        Some(self.0.swap_remove(at).1)
    }

    fn left(&self) -> Option<&'static str> {
        self.0.first().map(|(name, _)| *name)
    }

    fn number(&mut self, name: &'static str, range: std::ops::RangeInclusive<i32>) -> Result<Option<i32>, Unsupported> {
        let Some(text) = self.take(name) else { return Ok(None) };
        let number = text.parse().ok().filter(|n| range.contains(n) && (*n != 0));
        number.map(Some).ok_or(Unsupported::Part(name))
    }

    fn list(&mut self, name: &'static str) -> Result<Option<Vec<i32>>, Unsupported> {
        let Some(text) = self.take(name) else { return Ok(None) };
        let list: Option<Vec<i32>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
        list.map(Some).ok_or(Unsupported::Part(name))
    }

    /// BYDAY: ordinal (0 for none) and day.
    fn days(&mut self) -> Result<Option<Vec<(i8, &'static str)>>, Unsupported> {
        let Some(text) = self.take("BYDAY") else { return Ok(None) };
        let one = |text: &str| {
            let text = text.trim();
            let (ordinal, day) = text.split_at_checked(text.len().checked_sub(2)?)?;
            let ordinal = if ordinal.is_empty() { 0 } else { ordinal.parse().ok().filter(|n: &i8| *n != 0)? };
            Some((ordinal, long(day)?))
        };
        let days: Option<Vec<_>> = text.split(',').map(one).collect();
        days.map(Some).ok_or(Unsupported::Part("BYDAY"))
    }
}
