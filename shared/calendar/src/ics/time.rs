//! Dates, times, durations and periods (RFC 5545, sections 3.3.4 to 3.3.9), and the dialects of them that files have.

use super::fault::Reason;
use super::line::Property;
use super::text;
use super::zones::Zones;
use crate::when::{When, instant_of};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{TimeZone, offset};
use jiff::{SignedDuration, Timestamp};

/// A value as it stands there: what TZID makes of it comes later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    Date(Date),
    Local(DateTime),
    Utc(Timestamp),
}

/// Reads a DATE or DATE-TIME. Beyond the standard: seconds and minutes may be missing, `-`, `:` and blanks may stand between the
/// parts (ISO 8601's extended form), letters may be small, 24:00 is the next day's midnight, a UTC offset may stand at the end.
pub(crate) fn value(text: &str) -> Option<Value> {
    let text = text.trim();
    let (day, clock) = match text.split_once(['T', 't', ' ']) {
        Some((day, clock)) => (day, Some(clock)),
        None => (text, None),
    };
    let (year, rest) = digits(day, 4)?;
    let (month, rest) = digits(rest, 2)?;
    let (day, rest) = digits(rest, 2)?;
    if !rest.is_empty() {
        return None;
    }
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let Some(clock) = clock else { return Some(Value::Date(date)) };
    let (hour, rest) = digits(clock, 2)?;
    let (minute, rest) = digits(rest, 2).unwrap_or((0, rest));
    let (second, rest) = digits(rest, 2).unwrap_or((0, rest));
    let (date, hour) = if (hour, minute, second) == (24, 0, 0) { (date.tomorrow().ok()?, 0) } else { (date, hour) };
    // a leap second is the last of its minute
    let time =
        Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second.min(59)).ok()?, 0).ok()?;
    let local = date.to_datetime(time);
    let rest = rest.trim();
    if rest.is_empty() {
        return Some(Value::Local(local));
    }
    let seconds = if rest.eq_ignore_ascii_case("Z") { 0 } else { utc_offset(rest)? };
    let utc = offset(0).to_timestamp(local).ok()?;
    Some(Value::Utc(utc.checked_sub(SignedDuration::from_secs(seconds.into())).ok()?))
}

/// `n` digits at the beginning, and what follows them and one separator.
fn digits(text: &str, n: usize) -> Option<(i16, &str)> {
    let (number, rest) = text.split_at_checked(n)?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // a `-` behind a time of day is the sign of an offset
    let rest = match rest.as_bytes() {
        [b':', ..] => rest.get(1..)?,
        [b'-', _, _] | [b'-', _, _, b'-', ..] => rest.get(1..)?,
        _ => rest,
    };
    Some((number.parse().ok()?, rest))
}

/// UTC-OFFSET (section 3.3.14), seconds: `+0100`, `-033000`; `+01:00` too.
pub(crate) fn utc_offset(text: &str) -> Option<i32> {
    let text = text.trim();
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, text.get(1..)?),
        b'-' => (-1, text.get(1..)?),
        _ => (1, text),
    };
    let (hours, rest) = digits(rest, 2)?;
    let (minutes, rest) = digits(rest, 2).unwrap_or((0, rest));
    let (seconds, rest) = digits(rest, 2).unwrap_or((0, rest));
    let all = i32::from(hours) * 3600 + i32::from(minutes) * 60 + i32::from(seconds);
    (rest.is_empty() && all < 26 * 3600).then_some(sign * all)
}

/// DURATION: days by the calendar, and exact seconds (section 3.3.6: days are nominal, hours are not).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Duration {
    days: i64,
    seconds: i64,
}

/// Reads a DURATION; weeks may be mixed with days, a `T` may be missing.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (sign, text) = match text.as_bytes().first()? {
        b'-' => (-1, text.get(1..)?),
        b'+' => (1, text.get(1..)?),
        _ => (1, text),
    };
    let mut rest = text.strip_prefix(['P', 'p'])?;
    let (mut days, mut seconds, mut any) = (0_i64, 0_i64, false);
    while !rest.is_empty() {
        if let Some(clock) = rest.strip_prefix(['T', 't']) {
            rest = clock;
            continue;
        }
        let end = rest.bytes().position(|byte| !byte.is_ascii_digit())?;
        let (number, unit) = rest.split_at_checked(end)?;
        let number: i64 = number.parse::<u32>().ok()?.into();
        match unit.as_bytes().first()?.to_ascii_uppercase() {
            b'W' => days = days.checked_add(number.checked_mul(7)?)?,
            b'D' => days = days.checked_add(number)?,
            b'H' => seconds = seconds.checked_add(number.checked_mul(3600)?)?,
            b'M' => seconds = seconds.checked_add(number.checked_mul(60)?)?,
            b'S' => seconds = seconds.checked_add(number)?,
            _ => return None,
        }
        any = true;
        rest = unit.get(1..)?;
    }
    any.then_some(Duration { days: sign * days, seconds: sign * seconds })
}

impl Duration {
    pub fn is_negative(self) -> bool {
        self.days < 0 || self.seconds < 0
    }

    /// `start` and this long. `None` beyond the calendar's ends.
    pub fn after(self, start: &When, zones: &mut Zones) -> Option<When> {
        let days = |local: DateTime| local.checked_add(SignedDuration::from_hours(self.days.checked_mul(24)?)).ok();
        let exact = SignedDuration::from_secs(self.seconds);
        Some(match start {
            // hours on a date: what is begun counts
            When::Date(day) => {
                let more = self.seconds.checked_add(86_399)?.div_euclid(86_400);
                let all = SignedDuration::from_hours(self.days.checked_add(more)?.checked_mul(24)?);
                When::Date(day.to_datetime(Time::midnight()).checked_add(all).ok()?.date())
            }
            When::Floating(local) => When::Floating(days(*local)?.checked_add(exact).ok()?),
            When::Utc(at) => When::Utc(
                at.checked_add(SignedDuration::from_hours(self.days.checked_mul(24)?)).ok()?.checked_add(exact).ok()?,
            ),
            When::Zoned { local, zone, .. } => {
                let local = days(*local)?;
                if self.seconds == 0 {
                    return Some(start.at(local));
                }
                let rules = zones.rules(zone);
                let at = rules.to_ambiguous_timestamp(local).compatible().ok()?.checked_add(exact).ok()?;
                let local = rules.to_datetime(at);
                // the second of two equal local times has no other name than its instant
                match instant_of(local, &rules) {
                    Some(first) if first.0 == at.as_millisecond() => start.at(local),
                    _ => When::Utc(at),
                }
            }
        })
    }
}

/// The time of a property: one value of it, with what its VALUE and TZID say.
///
/// # Errors
/// [`Reason::Unreadable`] or [`Reason::UnknownZone`], about the property `name`.
pub(crate) fn when(name: &'static str, property: &Property, text: &str, zones: &mut Zones) -> Result<When, Reason> {
    let value = value(text).ok_or(Reason::Unreadable(name))?;
    Ok(match value {
        Value::Date(day) => When::Date(day),
        // with TZID too, which has no meaning there (section 3.2.19)
        Value::Utc(at) => When::Utc(at),
        Value::Local(local) => {
            if property.param("VALUE").is_some_and(|value| value.eq_ignore_ascii_case("DATE")) {
                return Ok(When::Date(local.date()));
            }
            let tzid = property.params().find(|param| param.is("TZID")).map(|param| param.whole());
            match tzid.as_deref().map(str::trim).filter(|tzid| !tzid.is_empty()) {
                None => When::Floating(local),
                Some(tzid) => {
                    let zone = zones.resolve(tzid).ok_or(Reason::UnknownZone(name))?;
                    let tzid = (zone.name() != tzid).then(|| tzid.into());
                    When::Zoned { local, zone, tzid }
                }
            }
        }
    })
}

/// Which of two times is earlier, where they are of different kinds too.
pub(crate) fn instant(when: &When, zones: &mut Zones) -> Option<i64> {
    match when {
        When::Zoned { local, zone, .. } => instant_of(*local, &zones.rules(zone)).map(|at| at.0),
        other => other.instant(&TimeZone::UTC).map(|at| at.0),
    }
}

/// Writes the value. Years before 0 have no form: they become 0.
pub(crate) fn write(when: &When, out: &mut String) {
    use std::fmt::Write;
    let local = when.local();
    let _ = write!(out, "{:04}{:02}{:02}", local.year().max(0), local.month(), local.day());
    if !when.is_date() {
        let _ = write!(out, "T{:02}{:02}{:02}", local.hour(), local.minute(), local.second());
    }
    if matches!(when, When::Utc(_)) {
        out.push('Z');
    }
}

/// Writes a property of one time as a content line, with a line feed.
pub(crate) fn line(name: &str, params: &str, when: &When, out: &mut String) {
    out.push_str(name);
    out.push_str(params);
    kind(when, out);
    out.push(':');
    write(when, out);
    out.push('\n');
}

/// The parameters that say what kind of time it is.
pub(crate) fn kind(when: &When, out: &mut String) {
    match when {
        When::Date(_) => out.push_str(";VALUE=DATE"),
        When::Zoned { .. } => text::param("TZID", &[tzid(when).unwrap_or_default()], out),
        When::Floating(_) | When::Utc(_) => {}
    }
}

/// The TZID it is written with.
pub(crate) fn tzid(when: &When) -> Option<&str> {
    match when {
        When::Zoned { zone, tzid, .. } => Some(tzid.as_deref().unwrap_or_else(|| zone.name())),
        _ => None,
    }
}

/// `20261122T100000Z`
pub(crate) fn stamp(at: Timestamp) -> String {
    let mut text = String::with_capacity(16);
    write(&When::Utc(at), &mut text);
    text
}

#[cfg(test)]
mod tests;
