//! `patternedRecurrence`, and the occurrences that follow (Graph, "recurrencePattern", "recurrenceRange").

use super::error::Refused;
use super::event::{moment, times};
use super::state::{Calendar, Stored};
use crate::provider::{Freq, Limit, Recurrence, Set, instant, number, text, weekday, words, zone};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

/// How far endless series are looked at, seconds.
const HORIZON_S: i64 = 1830 * 86_400;

fn wrong(what: &str) -> Refused {
    Refused::new(400, "ErrorInvalidRequest", &format!("The recurrence is not valid: {what}"))
}

/// What of a recurrence is missing or wrong.
pub(crate) fn check(json: &Value) -> Result<(), Refused> {
    let rule = rule(&json["recurrence"]).map_err(wrong)?;
    let (start, own) = moment(&json["start"])?;
    let range = &json["recurrence"]["range"];
    let named = text(range, "recurrenceTimeZone");
    if !named.is_empty() {
        moment(&json!({"dateTime": "2026-01-01T00:00:00", "timeZone": named}))?;
    }
    // "Must be the same value as the start property of the recurring event" (recurrenceRange, `startDate`)
    if text(range, "startDate") != start.date().to_string() {
        return Err(wrong("startDate is not the day of the start"));
    }
    let horizon = instant(start, &zone(own)).as_second() + HORIZON_S;
    let set = Set { rules: vec![rule.clone()], ..Set::default() };
    let before = Timestamp::from_second(horizon).unwrap_or(Timestamp::MAX);
    let first = set.starts(start, &zone(own), before).into_iter().find(|at| at.date() != start.date());
    if first.is_none() && !matches!(rule.limit, Limit::Count(1) | Limit::Day(_)) {
        return Err(wrong("it has no occurrence"));
    }
    Ok(())
}

fn rule(recurrence: &Value) -> Result<Recurrence, &'static str> {
    let (pattern, range) = (&recurrence["pattern"], &recurrence["range"]);
    let kind = text(pattern, "type");
    let freq = match kind {
        "daily" => Freq::Daily,
        "weekly" => Freq::Weekly,
        "absoluteMonthly" | "relativeMonthly" => Freq::Monthly,
        "absoluteYearly" | "relativeYearly" => Freq::Yearly,
        _ => return Err("pattern type"),
    };
    let mut rule = Recurrence::every(freq);
    let interval = number(pattern, "interval").and_then(|n| i32::try_from(n).ok()).filter(|n| *n > 0);
    rule.interval = interval.ok_or("interval")?;
    let days: Option<Vec<_>> = words(pattern, "daysOfWeek").iter().map(|name| weekday(name)).collect();
    let days = days.ok_or("daysOfWeek")?;
    // "the default is Sunday"
    rule.week_start = weekday(text(pattern, "firstDayOfWeek")).or_else(|| weekday("su")).ok_or("firstDayOfWeek")?;
    if matches!(kind, "weekly" | "relativeMonthly" | "relativeYearly") {
        if days.is_empty() {
            return Err("daysOfWeek is required");
        }
        rule.days = days.into_iter().map(|day| (0, day)).collect();
    }
    if kind.starts_with("relative") {
        rule.positions = vec![match text(pattern, "index") {
            "" | "first" => 1,
            "second" => 2,
            "third" => 3,
            "fourth" => 4,
            "last" => -1,
            _ => return Err("index"),
        }];
    }
    if kind.starts_with("absolute") {
        let day = number(pattern, "dayOfMonth").filter(|day| (1..=31).contains(day)).ok_or("dayOfMonth is required")?;
        rule.month_days = vec![i32::try_from(day).unwrap_or(1)];
    }
    if kind.ends_with("Yearly") {
        let month = number(pattern, "month").filter(|month| (1..=12).contains(month)).ok_or("month is required")?;
        rule.months = vec![i8::try_from(month).unwrap_or(1)];
    }
    rule.limit = match text(range, "type") {
        "noEnd" => Limit::None,
        "endDate" => Limit::Day(text(range, "endDate").parse().map_err(|_| "endDate is required")?),
        "numbered" => {
            let count = number(range, "numberOfOccurrences").and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
            Limit::Count(count.ok_or("numberOfOccurrences is required")?)
        }
        _ => return Err("range type"),
    };
    Ok(rule)
}

/// The core of an occurrence's id.
pub(crate) fn occurrence_core(master: &str, day: Date) -> String {
    format!("{master}O{}", day.to_string().replace('-', ""))
}

/// A window of time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Window {
    pub fn has(&self, start: Timestamp, end: Timestamp) -> bool {
        start < self.to && (end > self.from || (start == end && start >= self.from))
    }
}

/// Something in a calendar view.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub core: String,
    pub kind: &'static str,
    pub stored: Stored,
    pub start: Timestamp,
}

/// The occurrence of a master on a day, without what an exception changes; `None` when it has none.
pub(crate) fn occurrence(core: &str, master: &Stored, day: Date) -> Option<Stored> {
    days(master, day_end(master, day)).contains(&day).then(|| build(core, master, day))
}

fn day_end(master: &Stored, day: Date) -> Timestamp {
    let own = moment(&master.json["start"]).map(|(_, own)| zone(own)).unwrap_or(jiff::tz::TimeZone::UTC);
    instant(day.tomorrow().unwrap_or(day).to_datetime(jiff::civil::Time::midnight()), &own)
}

/// The days on which a master has occurrences, those that are cancelled left out.
fn days(master: &Stored, before: Timestamp) -> Vec<Date> {
    let (Ok((start, own)), Ok(rule)) = (moment(&master.json["start"]), rule(&master.json["recurrence"])) else {
        return Vec::new();
    };
    let set = Set { rules: vec![rule], ..Set::default() };
    let days = set.starts(start, &zone(own), before).into_iter().map(|at| at.date());
    days.filter(|day| !master.cancelled.contains(day)).collect()
}

fn build(core: &str, master: &Stored, day: Date) -> Stored {
    let mut occurrence = Stored { of: Some((core.to_owned(), day)), cancelled: Default::default(), ..master.clone() };
    let (Ok((start, _)), Ok((end, _))) = (moment(&master.json["start"]), moment(&master.json["end"])) else {
        return occurrence;
    };
    let shift = day.since(start.date()).unwrap_or_default();
    let at = |local: jiff::civil::DateTime| local.checked_add(shift).unwrap_or(local).to_string();
    occurrence.json["start"]["dateTime"] = at(start).into();
    occurrence.json["end"]["dateTime"] = at(end).into();
    occurrence.json["recurrence"] = Value::Null;
    occurrence
}

/// Singles, occurrences and exceptions of a calendar in a window, by start; with masters that have some, if they are asked for.
pub(crate) fn view(calendar: &Calendar, window: Window, masters: bool) -> Vec<Seen> {
    let mut all = Vec::new();
    for (core, stored) in &calendar.events {
        let (start, end) = times(&stored.json);
        if !stored.recurs() {
            let kind = if stored.of.is_some() { "exception" } else { "singleInstance" };
            if window.has(start, end) {
                all.push(Seen { core: core.clone(), kind, stored: stored.clone(), start });
            }
            continue;
        }
        let before = all.len();
        for day in days(stored, window.to) {
            let own = occurrence_core(core, day);
            if calendar.events.contains_key(&own) {
                continue;
            }
            let occurrence = build(core, stored, day);
            let (start, end) = times(&occurrence.json);
            if window.has(start, end) {
                all.push(Seen { core: own, kind: "occurrence", stored: occurrence, start });
            }
        }
        let prefix = format!("{core}O");
        let mut exceptions = calendar.events.range(prefix.clone()..).take_while(|(core, _)| core.starts_with(&prefix));
        let shown = all.len() > before
            || exceptions.any(|(_, exception)| {
                let (start, end) = times(&exception.json);
                window.has(start, end)
            });
        if masters && shown {
            all.push(Seen { core: core.clone(), kind: "seriesMaster", stored: stored.clone(), start });
        }
    }
    all.sort_by_key(|seen| seen.start);
    all
}
