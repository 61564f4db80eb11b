//! The reader of RECUR: strict about sense, lenient about case, order, spaces and empty parts.

use super::rule::{ByDay, End, Freq, Rule, RuleError, Until};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::offset;
use std::str::FromStr;

const PARTS: [&str; 16] = [
    "FREQ",
    "UNTIL",
    "COUNT",
    "INTERVAL",
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
    "RSCALE",
    "SKIP",
];

impl Rule {
    /// The longest text that is read: every value of every list once is 9 kB.
    pub const MAX_BYTES: usize = 16_384;
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        if text.len() > Self::MAX_BYTES {
            return Err(RuleError::TooLong);
        }
        let mut rule = Self::new(Freq::Daily);
        let mut seen = 0_u32;
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| RuleError::Form(part.to_owned()))?;
            let (name, value) = (name.trim(), value.trim());
            let Some(at) = PARTS.iter().position(|known| known.eq_ignore_ascii_case(name)) else {
                if name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("X-")) {
                    rule.other.push(part.to_owned());
                    continue;
                }
                return Err(RuleError::Unknown(name.to_owned()));
            };
            let known = PARTS.get(at).copied().unwrap_or("");
            if seen & (1 << at) != 0 {
                return Err(RuleError::Twice(known));
            }
            seen |= 1 << at;
            rule.take(known, value)?;
        }
        if seen & 1 == 0 {
            return Err(RuleError::NoFreq);
        }
        if seen & 0b110 == 0b110 {
            return Err(RuleError::CountAndUntil);
        }
        rule.check()?;
        Ok(rule)
    }
}

impl Rule {
    fn take(&mut self, part: &'static str, value: &str) -> Result<(), RuleError> {
        let bad = || RuleError::Value { part, value: value.to_owned() };
        match part {
            "FREQ" => {
                self.freq =
                    Freq::ALL.into_iter().find(|freq| value.eq_ignore_ascii_case(freq.name())).ok_or_else(bad)?
            }
            "UNTIL" => self.end = End::Until(until(value).ok_or_else(bad)?),
            "COUNT" => self.end = End::Count(number(value, 1, u32::MAX.into()).ok_or_else(bad)?),
            "INTERVAL" => self.interval = number(value, 1, u32::MAX.into()).ok_or_else(bad)?,
            "BYSECOND" => self.by_second = list(value, |one| number(one, 0, 60)).ok_or_else(bad)?,
            "BYMINUTE" => self.by_minute = list(value, |one| number(one, 0, 59)).ok_or_else(bad)?,
            "BYHOUR" => self.by_hour = list(value, |one| number(one, 0, 23)).ok_or_else(bad)?,
            "BYDAY" => self.by_day = list(value, by_day).ok_or_else(bad)?,
            "BYMONTHDAY" => self.by_month_day = list(value, |one| ordinal(one, 31)).ok_or_else(bad)?,
            "BYYEARDAY" => self.by_year_day = list(value, |one| ordinal(one, 366)).ok_or_else(bad)?,
            "BYWEEKNO" => self.by_week_no = list(value, |one| ordinal(one, 53)).ok_or_else(bad)?,
            "BYMONTH" => self.by_month = list(value, |one| number(one, 1, 12)).ok_or_else(bad)?,
            "BYSETPOS" => self.by_set_pos = list(value, |one| ordinal(one, 366)).ok_or_else(bad)?,
            "WKST" => self.week_start = weekday(value).ok_or_else(bad)?,
            "RSCALE" if value.eq_ignore_ascii_case("GREGORIAN") => self.other.push("RSCALE=GREGORIAN".into()),
            "SKIP" if value.eq_ignore_ascii_case("OMIT") => self.other.push("SKIP=OMIT".into()),
            _ => return Err(bad()),
        }
        Ok(())
    }

    /// What the table of section 3.3.10 and the text around it forbid.
    fn check(&self) -> Result<(), RuleError> {
        use Freq::{Daily, Monthly, Weekly, Yearly};
        let not = |part| Err(RuleError::NotWith { part, freq: self.freq.name() });
        let numbers = self.by_day.iter().any(|day| day.nth != 0);
        match self.freq {
            Weekly if !self.by_month_day.is_empty() => return not("BYMONTHDAY"),
            Daily | Weekly | Monthly if !self.by_year_day.is_empty() => return not("BYYEARDAY"),
            freq if freq != Yearly && !self.by_week_no.is_empty() => return not("BYWEEKNO"),
            freq if freq < Monthly && numbers => return not("a number in BYDAY"),
            _ => {}
        }
        if numbers && !self.by_week_no.is_empty() {
            return Err(RuleError::NumbersWithWeeks);
        }
        let sets = [&self.by_month_day, &self.by_year_day, &self.by_week_no].iter().any(|list| !list.is_empty())
            || [&self.by_second, &self.by_minute, &self.by_hour, &self.by_month].iter().any(|list| !list.is_empty())
            || !self.by_day.is_empty();
        if !self.by_set_pos.is_empty() && !sets { Err(RuleError::SetPosAlone) } else { Ok(()) }
    }
}

fn list<T>(value: &str, one: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    value.trim_end_matches(',').split(',').map(|text| one(text.trim())).collect()
}

/// Digits only.
fn number<T: TryFrom<u64>>(text: &str, min: u64, max: u64) -> Option<T> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = text.parse().ok()?;
    if (min..=max).contains(&number) { T::try_from(number).ok() } else { None }
}

/// 1 to `max`, with a sign or without.
fn ordinal(text: &str, max: u64) -> Option<i16> {
    match text.strip_prefix('-') {
        Some(rest) => number::<i16>(rest, 1, max).map(|n| -n),
        None => number(text.strip_prefix('+').unwrap_or(text), 1, max),
    }
}

fn by_day(text: &str) -> Option<ByDay> {
    let (number, day) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let nth = if number.is_empty() { 0 } else { i8::try_from(ordinal(number.trim_end(), 53)?).ok()? };
    Some(ByDay { nth, weekday: weekday(day)? })
}

fn weekday(text: &str) -> Option<Weekday> {
    super::print::WEEKDAYS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, day)| *day)
}

/// `19971224`, `19971224T000000`, `19971224T000000Z`. The second 60 is read as 59 (section 3.3.5).
fn until(text: &str) -> Option<Until> {
    let digits = |from: usize, to: usize| number::<i16>(text.get(from..to)?, 0, 9999);
    let small = |from: usize, to: usize| digits(from, to).and_then(|n| i8::try_from(n).ok());
    let date = Date::new(digits(0, 4)?, small(4, 6)?, small(6, 8)?).ok()?;
    if text.len() == 8 {
        return Some(Until::Date(date));
    }
    if !text.get(8..9)?.eq_ignore_ascii_case("T") {
        return None;
    }
    let second = small(13, 15)?;
    let second = if second == 60 { 59 } else { second };
    let local = DateTime::new(date.year(), date.month(), date.day(), small(9, 11)?, small(11, 13)?, second, 0).ok()?;
    match text.get(15..)? {
        "" => Some(Until::Local(local)),
        "Z" | "z" => offset(0).to_timestamp(local).ok().map(|at: Timestamp| Until::Utc(at)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
