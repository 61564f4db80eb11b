//! `recurrence[]`: lines of RFC 5545 (3.8.5) without DTSTART and DTEND.

use crate::event::{RDate, Recurrence};
use crate::recurrence::Rule;
use crate::when::When;
use crate::wire::Zones;
use crate::zone::Zone;
use jiff::civil::{Date, DateTime};
use jiff::{Span, tz::offset};
use serde_json::Value;

/// Reads the lines; what is none of the four properties or not readable comes back as it is.
pub(super) fn read(lines: &[Value], zones: &Zones<'_>) -> (Recurrence, Vec<Value>) {
    let mut recurrence = Recurrence::default();
    let left = lines.iter().filter(|line| line.as_str().and_then(|line| add(&mut recurrence, line, zones)).is_none());
    let left = left.cloned().collect();
    (recurrence, left)
}

/// Reads lines of RRULE, EXRULE, RDATE and EXDATE whose zones have IANA names.
///
/// # Errors
/// The index of the first line that is none of them or not readable, a rule for instance.
pub fn of_lines(lines: &[String]) -> Result<Recurrence, usize> {
    let home = Zone::iana("UTC").map_err(|_| 0_usize)?;
    let zones = Zones::new(&home, |name| Zone::iana(name).ok());
    let mut recurrence = Recurrence::default();
    for (at, line) in lines.iter().enumerate() {
        let known = (recurrence.rrule.len(), recurrence.exrule.len());
        add(&mut recurrence, line, &zones).ok_or(at)?;
        let mut new = recurrence.rrule.iter().skip(known.0).chain(recurrence.exrule.iter().skip(known.1));
        if !new.all(|rule| rule.parse::<Rule>().is_ok()) {
            return Err(at);
        }
    }
    Ok(recurrence)
}

/// The lines of a recurrence.
pub fn lines(recurrence: &Recurrence) -> Vec<String> {
    let lines = write(recurrence, &[]);
    lines.into_iter().filter_map(|line| line.as_str().map(str::to_owned)).collect()
}

fn add(to: &mut Recurrence, line: &str, zones: &Zones<'_>) -> Option<()> {
    let (head, value) = split(line)?;
    let mut params = head.split(';');
    let name = params.next()?;
    if name.eq_ignore_ascii_case("RRULE") || name.eq_ignore_ascii_case("EXRULE") {
        let rules = if name.len() == 5 { &mut to.rrule } else { &mut to.exrule };
        return params.next().is_none().then(|| rules.push(value.to_owned()));
    }
    let (mut tzid, mut period) = (None, false);
    for param in params {
        let (key, of) = param.split_once('=')?;
        match key.to_ascii_uppercase().as_str() {
            "TZID" => tzid = Some(of.trim_matches('"')),
            "VALUE" => match of.to_ascii_uppercase().as_str() {
                "DATE" | "DATE-TIME" => {}
                "PERIOD" => period = true,
                _ => return None,
            },
            _ => return None,
        }
    }
    if name.eq_ignore_ascii_case("EXDATE") && !period {
        let dates = value.split(',').map(|date| when(date, tzid, zones)).collect::<Option<Vec<_>>>()?;
        to.exdate.extend(dates);
        Some(())
    } else if name.eq_ignore_ascii_case("RDATE") {
        let dates = value.split(',').map(|date| rdate(date, tzid, zones)).collect::<Option<Vec<_>>>()?;
        to.rdate.extend(dates);
        Some(())
    } else {
        None
    }
}

/// Name with parameters, and value: parted at the first colon outside of quotes.
fn split(line: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let at = line.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b':' && !quoted
    })?;
    Some((line.get(..at)?, line.get(at + 1..)?))
}

fn rdate(text: &str, tzid: Option<&str>, zones: &Zones<'_>) -> Option<RDate> {
    let Some((start, end)) = text.split_once('/') else {
        return Some(RDate { start: when(text, tzid, zones)?, end: None });
    };
    let start = when(start, tzid, zones)?;
    let end = match when(end, tzid, zones) {
        Some(end) => end,
        None => {
            let length: Span = end.parse().ok()?;
            start.at(start.local().checked_add(length).ok()?)
        }
    };
    Some(RDate { start, end: Some(end) })
}

/// `20261122`, `20261122T100000` or `20261122T100000Z`.
fn when(text: &str, tzid: Option<&str>, zones: &Zones<'_>) -> Option<When> {
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?;
        digits.parse::<i16>().ok()
    };
    let small = |from: usize| number(from, from + 2).and_then(|n| i8::try_from(n).ok());
    let date = Date::new(number(0, 4)?, small(4)?, small(6)?).ok()?;
    if text.len() == 8 {
        return Some(When::Date(date));
    }
    if text.get(8..9) != Some("T") {
        return None;
    }
    let local: DateTime =
        date.at(0, 0, 0, 0).with().hour(small(9)?).minute(small(11)?).second(small(13)?.min(59)).build().ok()?;
    match (text.get(15..)?, tzid) {
        ("Z", _) => offset(0).to_timestamp(local).ok().map(When::Utc),
        ("", None) => Some(When::Floating(local)),
        ("", Some(tzid)) => {
            let (zone, _) = zones.named(tzid)?;
            Some(When::Zoned { local, zone, tzid: None })
        }
        _ => None,
    }
}

/// Writes the lines: rules first, then dates, those of one kind and zone in one line.
pub(super) fn write(recurrence: &Recurrence, left: &[Value]) -> Vec<Value> {
    let mut lines: Vec<Value> = recurrence.rrule.iter().map(|rule| format!("RRULE:{rule}").into()).collect();
    lines.extend(recurrence.exrule.iter().map(|rule| format!("EXRULE:{rule}").into()));
    let rdates = recurrence.rdate.iter().map(|date| (&date.start, date.end.as_ref()));
    dates("RDATE", rdates, &mut lines);
    dates("EXDATE", recurrence.exdate.iter().map(|date| (date, None)), &mut lines);
    lines.extend_from_slice(left);
    lines
}

fn dates<'a>(name: &str, dates: impl Iterator<Item = (&'a When, Option<&'a When>)>, lines: &mut Vec<Value>) {
    let (mut head, mut values) = (String::new(), String::new());
    for (start, end) in dates {
        let mut own = name.to_owned();
        if end.is_some() {
            own.push_str(";VALUE=PERIOD");
        } else if start.is_date() {
            own.push_str(";VALUE=DATE");
        }
        if let When::Zoned { zone, .. } = start {
            own.push_str(";TZID=");
            own.push_str(zone.name());
        }
        if own != head && !values.is_empty() {
            lines.push(format!("{head}:{values}").into());
            values.clear();
        }
        head = own;
        if !values.is_empty() {
            values.push(',');
        }
        values.push_str(&text(start));
        if let Some(end) = end {
            values.push('/');
            values.push_str(&text(end));
        }
    }
    if !values.is_empty() {
        lines.push(format!("{head}:{values}").into());
    }
}

fn text(when: &When) -> String {
    let local = when.local();
    let date = format!("{:04}{:02}{:02}", local.year(), local.month(), local.day());
    if when.is_date() {
        return date;
    }
    let mark = if matches!(when, When::Utc(_)) { "Z" } else { "" };
    format!("{date}T{:02}{:02}{:02}{mark}", local.hour(), local.minute(), local.second())
}

#[cfg(test)]
mod lines_tests {
    use super::*;

    #[test]
    fn lines_are_read_back_and_the_first_bad_one_is_named() {
        let good =
            ["RRULE:FREQ=WEEKLY;COUNT=3", "RDATE;VALUE=DATE:20261201", "EXDATE;TZID=Europe/Berlin:20261109T100000"];
        let good = good.map(str::to_owned);
        assert_eq!(of_lines(&good).map(|recurrence| lines(&recurrence)), Ok(good.to_vec()));
        for bad in ["RRULE:FREQ=SOMETIMES", "DTSTART:20261109T100000Z", "EXDATE;TZID=Atlantis:20261109T100000", ""] {
            assert_eq!(of_lines(&[good[0].clone(), bad.to_owned()]), Err(1), "{bad}");
        }
    }
}
