//! Recurrence (RFC 5545, section 3.3.10), worked out day by day: slow, and plain enough to be trusted.
//!
//! Parts below a day (BYHOUR, BYMINUTE, BYSECOND, and frequencies below DAILY) are not known here; neither is BYWEEKNO nor BYYEARDAY.

use super::times::instant;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeSet;

/// FREQ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freq {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// COUNT or UNTIL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    None,
    Count(u32),
    /// The last day that counts.
    Day(Date),
    /// The last instant that counts.
    At(Timestamp),
    /// The last local time that counts.
    Local(DateTime),
}

/// One rule.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub freq: Freq,
    pub interval: i32,
    pub limit: Limit,
    /// BYDAY with its ordinals; 0: every one.
    pub days: Vec<(i32, Weekday)>,
    pub month_days: Vec<i32>,
    pub months: Vec<i8>,
    pub positions: Vec<i32>,
    pub week_start: Weekday,
}

/// Most starts that are ever worked out.
const MOST: usize = 20_000;

/// A day's name of two letters.
pub(crate) fn weekday(name: &str) -> Option<Weekday> {
    Some(match name.get(..2)?.to_ascii_uppercase().as_str() {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}

impl Rule {
    /// A rule of this frequency without further parts.
    pub fn every(freq: Freq) -> Self {
        Self {
            freq,
            interval: 1,
            limit: Limit::None,
            days: Vec::new(),
            month_days: Vec::new(),
            months: Vec::new(),
            positions: Vec::new(),
            week_start: Weekday::Monday,
        }
    }

    /// The value of an RRULE.
    pub fn parse(text: &str) -> Option<Self> {
        let parts = || text.split(';').filter_map(|part| part.split_once('='));
        let freq = parts().find(|(name, _)| name.eq_ignore_ascii_case("FREQ"))?.1;
        let mut rule = Self::every(match freq.to_ascii_uppercase().as_str() {
            "DAILY" => Freq::Daily,
            "WEEKLY" => Freq::Weekly,
            "MONTHLY" => Freq::Monthly,
            "YEARLY" => Freq::Yearly,
            _ => return None,
        });
        for (name, value) in parts() {
            let numbers = || value.split(',').map(|text| text.parse::<i32>().ok()).collect::<Option<Vec<_>>>();
            match name.to_ascii_uppercase().as_str() {
                "FREQ" => {}
                "INTERVAL" => rule.interval = value.parse().ok().filter(|n| *n > 0)?,
                "COUNT" => rule.limit = Limit::Count(value.parse().ok().filter(|n| *n > 0)?),
                "UNTIL" => rule.limit = until(value)?,
                "BYDAY" => {
                    for day in value.split(',') {
                        let (ordinal, name) = day.split_at_checked(day.len().checked_sub(2)?)?;
                        let ordinal = if ordinal.is_empty() { 0 } else { ordinal.parse().ok()? };
                        rule.days.push((ordinal, weekday(name)?));
                    }
                }
                "BYMONTHDAY" => rule.month_days = numbers()?,
                "BYMONTH" => rule.months = numbers()?.into_iter().filter_map(|n| i8::try_from(n).ok()).collect(),
                "BYSETPOS" => rule.positions = numbers()?,
                "WKST" => rule.week_start = weekday(value)?,
                _ => return None,
            }
        }
        Some(rule)
    }

    /// Local starts from `first` on whose instants are before `end`.
    fn starts(&self, first: DateTime, zone: &TimeZone, end: Timestamp) -> Vec<DateTime> {
        let mut found = Vec::new();
        let mut counted = 0_u32;
        // an empty period is possible (31st of February), a thousand of them in a row means there is nothing more
        let mut empty = 0;
        for period in 0.. {
            let Some(days) = self.period(first.date(), period) else { return found };
            if days.is_empty() {
                empty += 1;
            } else {
                empty = 0;
            }
            for day in days {
                let at = day.to_datetime(first.time());
                if at < first {
                    continue;
                }
                let moment = instant(at, zone);
                counted += 1;
                let over = match self.limit {
                    Limit::None => false,
                    Limit::Count(most) => counted > most,
                    Limit::Day(last) => day > last,
                    Limit::At(last) => moment > last,
                    Limit::Local(last) => at > last,
                };
                if over || moment >= end || found.len() >= MOST {
                    return found;
                }
                found.push(at);
            }
            if empty > 1000 {
                return found;
            }
        }
        found
    }

    /// The days of the period with this number, in order.
    fn period(&self, first: Date, number: i64) -> Option<Vec<Date>> {
        let steps = number.checked_mul(i64::from(self.interval))?;
        let (start, length) = match self.freq {
            Freq::Daily => (first.checked_add(steps.days()).ok()?, 1),
            Freq::Weekly => {
                let into = first.weekday().since(self.week_start);
                let week = first.checked_sub(i64::from(into).days()).ok()?;
                (week.checked_add(steps.checked_mul(7)?.days()).ok()?, 7)
            }
            Freq::Monthly => {
                let month = first.first_of_month().checked_add(steps.months()).ok()?;
                (month, i32::from(month.days_in_month()))
            }
            Freq::Yearly => {
                let year = first.first_of_year().checked_add(steps.years()).ok()?;
                (year, i32::from(year.days_in_year()))
            }
        };
        let every = (0..length).filter_map(|day| start.checked_add(i64::from(day).days()).ok());
        let days: Vec<Date> = every.filter(|day| self.meets(*day, first)).collect();
        if self.positions.is_empty() {
            return Some(days);
        }
        let count = i32::try_from(days.len()).ok()?;
        let places = self.positions.iter().map(|at| if *at < 0 { count + at } else { at - 1 });
        let places: BTreeSet<usize> = places.filter_map(|at| usize::try_from(at).ok()).collect();
        Some(days.into_iter().enumerate().filter(|(at, _)| places.contains(at)).map(|(_, day)| day).collect())
    }

    /// Whether a day is in the rule; parts that are missing come from the first day.
    fn meets(&self, day: Date, first: Date) -> bool {
        if !self.months.is_empty() && !self.months.contains(&day.month()) {
            return false;
        }
        let from_end = i32::from(day.day()) - i32::from(day.days_in_month()) - 1;
        let month_day = |wanted: &i32| *wanted == i32::from(day.day()) || *wanted == from_end;
        if !self.month_days.is_empty() && !self.month_days.iter().any(month_day) {
            return false;
        }
        if !self.days.is_empty() {
            return self.days.iter().any(|(ordinal, name)| *name == day.weekday() && self.nth(*ordinal, day));
        }
        if !self.month_days.is_empty() {
            return true;
        }
        match self.freq {
            Freq::Daily => true,
            Freq::Weekly => day.weekday() == first.weekday(),
            Freq::Monthly => day.day() == first.day(),
            Freq::Yearly => day.day() == first.day() && (!self.months.is_empty() || day.month() == first.month()),
        }
    }

    fn nth(&self, ordinal: i32, day: Date) -> bool {
        let in_year = self.freq == Freq::Yearly && self.months.is_empty();
        let (at, of) = if in_year {
            (i32::from(day.day_of_year()), i32::from(day.days_in_year()))
        } else {
            (i32::from(day.day()), i32::from(day.days_in_month()))
        };
        match ordinal {
            0 => true,
            1.. => (at - 1) / 7 + 1 == ordinal,
            _ => (of - at) / 7 + 1 == -ordinal,
        }
    }
}

fn until(value: &str) -> Option<Limit> {
    if let Some(text) = value.strip_suffix('Z') {
        return Some(Limit::At(instant(basic(text)?, &TimeZone::UTC)));
    }
    if value.contains('T') { basic(value).map(Limit::Local) } else { day(value).map(Limit::Day) }
}

/// `20261122`.
fn day(text: &str) -> Option<Date> {
    let part = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<i16>().ok());
    let small = |from: usize| part(from, from + 2).and_then(|n| i8::try_from(n).ok());
    (text.len() == 8).then(|| Date::new(part(0, 4)?, small(4)?, small(6)?).ok()).flatten()
}

/// `20261122T100000`.
fn basic(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once('T')?;
    let small = |from: usize| time.get(from..from + 2).and_then(|part| part.parse::<i8>().ok());
    let time = jiff::civil::Time::new(small(0)?, small(2)?, small(4)?, 0).ok()?;
    Some(day(date)?.to_datetime(time))
}

/// Rules, further starts, and starts taken out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Set {
    pub rules: Vec<Rule>,
    pub further: Vec<DateTime>,
    pub without: Vec<DateTime>,
}

impl Set {
    /// Content lines, as Google writes them; `None` for one that is not understood.
    pub fn parse(lines: &[String], zone: &TimeZone) -> Option<Self> {
        let mut set = Self::default();
        for line in lines {
            let (head, value) = line.split_once(':')?;
            let name = head.split(';').next()?.to_ascii_uppercase();
            let own = head.split(';').find_map(|part| part.strip_prefix("TZID=")).map(super::times::zone);
            let times = || {
                value.split(',').map(|text| match text.strip_suffix('Z') {
                    Some(utc) => Some(super::times::local_of(instant(basic(utc)?, &TimeZone::UTC), zone)),
                    None if text.contains('T') => {
                        let local = basic(text)?;
                        Some(own.as_ref().map_or(local, |own| super::times::local_of(instant(local, own), zone)))
                    }
                    None => day(text).map(|day| day.to_datetime(jiff::civil::Time::midnight())),
                })
            };
            match name.as_str() {
                "RRULE" => set.rules.push(Rule::parse(value)?),
                "RDATE" => set.further.extend(times().collect::<Option<Vec<_>>>()?),
                "EXDATE" => set.without.extend(times().collect::<Option<Vec<_>>>()?),
                _ => return None,
            }
        }
        Some(set)
    }

    /// Local starts whose instants are before `end`, in order.
    pub fn starts(&self, first: DateTime, zone: &TimeZone, end: Timestamp) -> Vec<DateTime> {
        let mut all: BTreeSet<DateTime> = self.further.iter().copied().collect();
        // DTSTART is the first instance, whatever the rule says (RFC 5545, section 3.8.5.3)
        all.insert(first);
        for rule in &self.rules {
            all.extend(rule.starts(first, zone, end));
        }
        all.retain(|at| instant(*at, zone) < end && !self.without.contains(at));
        all.into_iter().collect()
    }
}
