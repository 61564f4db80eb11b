//! `dateTimeTimeZone`: a local time and the name of its zone.

use super::zone;
use crate::when::When;
use crate::wire::{self, Zones};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde_json::{Map, Value, json};

/// Reads one. `original` is the zone in which the event was made; without it the time hangs where it is told.
pub(super) fn read(
    value: &Value,
    original: Option<&str>,
    all_day: bool,
    zones: &Zones<'_>,
    series: bool,
) -> Option<When> {
    let text = value.get("dateTime")?.as_str()?;
    let told = value.get("timeZone").and_then(Value::as_str);
    if all_day {
        // the day is meant as it is told, whatever the zone
        return text.get(..10)?.parse::<Date>().ok().map(When::Date);
    }
    let told_in = zones.named(told.unwrap_or("UTC"));
    let (at, local) = match (text.parse::<Timestamp>(), &told_in) {
        (Ok(at), _) => (at, None),
        (Err(_), Some((_, rules))) => {
            let local = text.parse::<DateTime>().ok()?;
            (rules.to_ambiguous_timestamp(local).compatible().ok()?, Some(local))
        }
        (Err(_), None) => return text.parse().ok().map(When::Floating),
    };
    let made_in = original.and_then(|name| zones.named(name).map(|zone| (name, zone)));
    Some(match (made_in, told_in, local) {
        (Some((name, zone)), _, _) => zones.at(at, Some(zone), Some(name), series),
        (None, Some((zone, _)), Some(local)) if !wire::is_utc(zone.name()) => {
            let tzid = told.filter(|told| *told != zone.name()).map(Into::into);
            When::Zoned { local, zone, tzid }
        }
        _ => When::Utc(at),
    })
}

/// Reads `originalStart`, an instant, as the time of the instance that it names. Of a whole day it is the day on the
/// clock of the event's zone.
pub(super) fn read_original(text: &str, original: Option<&str>, all_day: bool, zones: &Zones<'_>) -> Option<When> {
    let at = text.parse::<Timestamp>().ok()?;
    let zone = original.and_then(|name| zones.named(name));
    if !all_day {
        return Some(zones.at(at, zone, original, true));
    }
    let utc = jiff::tz::offset(0).to_datetime(at);
    let midnight = utc.time() == jiff::civil::Time::midnight();
    let local = zone.filter(|_| !midnight).map_or(utc, |(_, rules)| rules.to_datetime(at));
    Some(When::Date(local.date()))
}

/// As Graph tells it: in UTC, with seven digits of a second.
pub(super) fn told(when: &When, zones: &Zones<'_>) -> Map<String, Value> {
    let local = match when {
        When::Date(_) => when.local(),
        _ => zones.timestamp(when).map_or_else(|| when.local(), |at| jiff::tz::offset(0).to_datetime(at)),
    };
    object(&format!("{}.{:07}", whole(local), local.subsec_nanosecond() / 100), "UTC")
}

/// `originalStart` of the instance of that name.
pub(super) fn told_original(when: &When, zones: &Zones<'_>) -> String {
    let at = match when {
        When::Date(_) => jiff::tz::offset(0).to_timestamp(when.local()).ok(),
        _ => zones.timestamp(when),
    };
    at.map(|at| at.to_string()).unwrap_or_default()
}

/// The name that Graph tells for the zone in which it was made. None of a whole day, which says nothing of it.
pub(super) fn made_in(when: &When, zones: &Zones<'_>) -> Option<String> {
    match when {
        When::Date(_) => None,
        When::Utc(_) => Some("UTC".to_owned()),
        When::Floating(_) => Some(zone::name(zones.home, None).to_owned()),
        When::Zoned { zone, tzid, .. } => Some(tzid.as_deref().unwrap_or_else(|| zone::name(zone, None)).to_owned()),
    }
}

/// As it is written: the local time where it hangs. A floating time hangs in the calendar's zone.
pub(super) fn write(when: &When, zones: &Zones<'_>) -> Map<String, Value> {
    object(&whole(when.local()), &zone_name(when, zones))
}

/// The zone's name, as it is written.
pub(super) fn zone_name(when: &When, zones: &Zones<'_>) -> String {
    match when {
        When::Date(_) | When::Utc(_) => "UTC",
        When::Floating(_) => zone::name(zones.home, None),
        When::Zoned { zone, tzid, .. } => zone::name(zone, tzid.as_deref()),
    }
    .to_owned()
}

fn whole(local: DateTime) -> String {
    format!("{}T{:02}:{:02}:{:02}", local.date(), local.hour(), local.minute(), local.second())
}

fn object(time: &str, zone: &str) -> Map<String, Value> {
    Map::from_iter([("dateTime".to_owned(), json!(time)), ("timeZone".to_owned(), json!(zone))])
}
