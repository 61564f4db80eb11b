//! What a VTIMEZONE says about one year, to be compared with what a zone of the IANA database does in that year.

use super::time::{Value, utc_offset, value};
use super::tree::Component;
use jiff::civil::{Date, DateTime, Weekday, date};
use jiff::tz::{Dst, TimeZone, offset};
use jiff::{SignedDuration, Timestamp};

/// The year that is compared: a recent one, for it is today's rules that a file without a name means.
const YEAR: i16 = 2026;

/// The changes of offset in [`YEAR`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Year {
    /// Seconds east of UTC outside of daylight saving.
    pub standard: i32,
    /// When the offset becomes what; in order.
    changes: Vec<(Timestamp, i32)>,
}

/// Of a zone of the database.
pub(crate) fn of_zone(rules: &TimeZone) -> Year {
    let from = start_of(YEAR);
    let until = start_of(YEAR + 1);
    let mut info = rules.to_offset_info(from);
    let mut standard = info.offset().seconds();
    let mut changes = Vec::new();
    for change in rules.following(from).take_while(|change| change.timestamp() < until) {
        changes.push((change.timestamp(), change.offset().seconds()));
        info = rules.to_offset_info(change.timestamp());
        if info.dst() == Dst::No {
            standard = info.offset().seconds();
        }
    }
    Year { standard, changes }
}

/// Of a VTIMEZONE: of its observances with a yearly rule, or else of the last one that began.
pub(crate) fn of_component(zone: &Component) -> Option<Year> {
    let mut changes = Vec::new();
    let mut fixed: Option<(DateTime, i32)> = None;
    let mut standard = None;
    // a hostile one has thousands of them
    for observance in zone.components.iter().take(200) {
        let text = |name| observance.property(name).map(|property| property.value());
        let (Some(to), Some(Value::Local(onset))) =
            (text("TZOFFSETTO").and_then(utc_offset), text("DTSTART").and_then(value))
        else {
            continue;
        };
        let from = text("TZOFFSETFROM").and_then(utc_offset).unwrap_or(to);
        let yearly = text("RRULE").and_then(|rule| onset_in_year(rule, onset));
        if let Some(local) = yearly.filter(|_| from != to) {
            let at = offset(0).to_timestamp(local).ok()?.checked_sub(SignedDuration::from_secs(from.into())).ok()?;
            changes.push((at, to));
        } else if onset.year() <= YEAR && fixed.is_none_or(|(latest, _)| latest <= onset) {
            fixed = Some((onset, to));
        }
        if observance.is("STANDARD") && (yearly.is_some() || standard.is_none()) {
            standard = Some(to);
        }
    }
    changes.sort_unstable();
    let lone = fixed.map(|(_, offset)| offset).filter(|_| changes.is_empty());
    Some(Year { standard: lone.or(standard).or(changes.last().map(|(_, to)| *to))?, changes })
}

/// When an observance with this RRULE begins in [`YEAR`]: `FREQ=YEARLY` with BYMONTH and BYDAY, the form that VTIMEZONEs have.
fn onset_in_year(rule: &str, first: DateTime) -> Option<DateTime> {
    let mut month = first.month();
    let (mut day, mut month_days) = (None, None);
    for part in rule.split(';') {
        let (name, value) = part.split_once('=')?;
        match name.trim().to_ascii_uppercase().as_str() {
            "FREQ" if !value.trim().eq_ignore_ascii_case("YEARLY") => return None,
            // it has ended
            "UNTIL" if value.get(..4)?.parse::<i16>().ok()? < YEAR => return None,
            "COUNT" => return None,
            "BYMONTH" => month = value.trim().parse().ok()?,
            "BYDAY" => day = Some(value.trim()),
            "BYMONTHDAY" => month_days = value.split(',').filter_map(|day| day.trim().parse::<i8>().ok()).min(),
            _ => {}
        }
    }
    let date = match (day, month_days) {
        (Some(day), from) => {
            let (nth, name) = day.split_at_checked(day.len().checked_sub(2)?)?;
            let weekday = weekday(name)?;
            match (nth, from) {
                ("", Some(from)) => on_or_after(Date::new(YEAR, month, from).ok()?, weekday)?,
                ("", None) => Date::new(YEAR, month, 1).ok()?.nth_weekday_of_month(1, weekday).ok()?,
                (nth, _) => Date::new(YEAR, month, 1).ok()?.nth_weekday_of_month(nth.parse().ok()?, weekday).ok()?,
            }
        }
        (None, Some(day)) => Date::new(YEAR, month, day).ok()?,
        (None, None) => Date::new(YEAR, month, first.day()).ok()?,
    };
    Some(date.to_datetime(first.time()))
}

fn on_or_after(from: Date, weekday: Weekday) -> Option<Date> {
    from.yesterday().ok()?.nth_weekday(1, weekday).ok()
}

fn weekday(name: &str) -> Option<Weekday> {
    let at = super::vtimezone::DAYS.iter().position(|day| name.eq_ignore_ascii_case(day))?;
    Weekday::from_monday_zero_offset(i8::try_from(at).ok()?).ok()
}

/// The beginning of a year in UTC.
pub(crate) fn start_of(year: i16) -> Timestamp {
    let first = Date::new(year, 1, 1).unwrap_or(date(1970, 1, 1));
    offset(0).to_timestamp(first.at(0, 0, 0, 0)).unwrap_or(Timestamp::UNIX_EPOCH)
}
