//! Times and zones.

use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, Unit};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Windows names of zones and their IANA names, from Unicode CLDR's `windowsZones` (territory 001): what tests need of it.
const WINDOWS: &[(&str, &str)] = &[
    ("UTC", "Etc/UTC"),
    ("GMT Standard Time", "Europe/London"),
    ("Greenwich Standard Time", "Atlantic/Reykjavik"),
    ("W. Europe Standard Time", "Europe/Berlin"),
    ("Central Europe Standard Time", "Europe/Budapest"),
    ("Central European Standard Time", "Europe/Warsaw"),
    ("Romance Standard Time", "Europe/Paris"),
    ("E. Europe Standard Time", "Europe/Chisinau"),
    ("FLE Standard Time", "Europe/Kiev"),
    ("GTB Standard Time", "Europe/Bucharest"),
    ("Turkey Standard Time", "Europe/Istanbul"),
    ("Israel Standard Time", "Asia/Jerusalem"),
    ("Egypt Standard Time", "Africa/Cairo"),
    ("South Africa Standard Time", "Africa/Johannesburg"),
    ("Russian Standard Time", "Europe/Moscow"),
    ("Arabian Standard Time", "Asia/Dubai"),
    ("Iran Standard Time", "Asia/Tehran"),
    ("Pakistan Standard Time", "Asia/Karachi"),
    ("India Standard Time", "Asia/Calcutta"),
    ("Nepal Standard Time", "Asia/Katmandu"),
    ("SE Asia Standard Time", "Asia/Bangkok"),
    ("China Standard Time", "Asia/Shanghai"),
    ("Singapore Standard Time", "Asia/Singapore"),
    ("Tokyo Standard Time", "Asia/Tokyo"),
    ("Korea Standard Time", "Asia/Seoul"),
    ("AUS Eastern Standard Time", "Australia/Sydney"),
    ("Lord Howe Standard Time", "Australia/Lord_Howe"),
    ("New Zealand Standard Time", "Pacific/Auckland"),
    ("Chatham Islands Standard Time", "Pacific/Chatham"),
    ("Samoa Standard Time", "Pacific/Apia"),
    ("Azores Standard Time", "Atlantic/Azores"),
    ("Morocco Standard Time", "Africa/Casablanca"),
    ("E. South America Standard Time", "America/Sao_Paulo"),
    ("Pacific SA Standard Time", "America/Santiago"),
    ("Newfoundland Standard Time", "America/St_Johns"),
    ("Atlantic Standard Time", "America/Halifax"),
    ("Eastern Standard Time", "America/New_York"),
    ("Central Standard Time", "America/Chicago"),
    ("Mountain Standard Time", "America/Denver"),
    ("US Mountain Standard Time", "America/Phoenix"),
    ("Pacific Standard Time", "America/Los_Angeles"),
    ("Alaskan Standard Time", "America/Anchorage"),
    ("Hawaiian Standard Time", "Pacific/Honolulu"),
];

/// The IANA name of a zone by its Windows or IANA name.
pub(crate) fn iana(name: &str) -> Option<&str> {
    let windows = WINDOWS.iter().find(|(windows, _)| windows.eq_ignore_ascii_case(name));
    windows.map(|(_, iana)| *iana).or_else(|| is_zone(name).then_some(name))
}

/// The Windows name of a zone by its IANA name.
pub(crate) fn windows(iana: &str) -> Option<&'static str> {
    WINDOWS.iter().find(|(_, known)| known.eq_ignore_ascii_case(iana)).map(|(windows, _)| *windows)
}

/// Whether it is an IANA name.
pub(crate) fn is_zone(name: &str) -> bool {
    get(name).is_some()
}

/// The zone of an IANA name. Each is read once, which takes a while; unknown names are not kept.
fn get(name: &str) -> Option<TimeZone> {
    static READ: Mutex<BTreeMap<String, TimeZone>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(zone) = read.get(name) {
        return Some(zone.clone());
    }
    let zone = TimeZoneDatabase::bundled().get(name).ok()?;
    read.insert(name.to_owned(), zone.clone());
    Some(zone)
}

/// The zone of a Windows or IANA name; UTC for anything else.
pub(crate) fn zone(name: &str) -> TimeZone {
    iana(name).and_then(get).unwrap_or(TimeZone::UTC)
}

/// The instant of a local time: in a gap with the offset before it, in a fold the first.
pub(crate) fn instant(local: DateTime, zone: &TimeZone) -> Timestamp {
    zone.to_ambiguous_timestamp(local).compatible().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// What clocks show in a zone.
pub(crate) fn local_of(at: Timestamp, zone: &TimeZone) -> DateTime {
    zone.to_datetime(at)
}

/// `2026-11-22T10:00:00+01:00`, or with `Z` in UTC.
pub(crate) fn rfc3339_s(at: Timestamp, zone: &TimeZone) -> String {
    let local = zone.to_datetime(at).round(Unit::Second).unwrap_or_default();
    let offset = zone.to_offset(at).seconds();
    if offset == 0 {
        return format!("{local}Z");
    }
    let sign = if offset < 0 { '-' } else { '+' };
    format!("{local}{sign}{:02}:{:02}", offset.abs() / 3600, offset.abs() / 60 % 60)
}

/// `2026-11-22T09:00:00.000Z`.
pub(crate) fn rfc3339_ms(ms: i64) -> String {
    let at = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{}.{:03}Z", seconds(at), ms.rem_euclid(1000))
}

/// Graph's form of a local time: `2026-11-22T09:00:00.0000000`.
pub(crate) fn micros(local: DateTime) -> String {
    format!("{}.{:07}", local.with().subsec_nanosecond(0).build().unwrap_or(local), local.subsec_nanosecond() / 100)
}

/// `20261122T090000Z`.
pub(crate) fn compact_utc(at: Timestamp) -> String {
    format!("{}Z", seconds(at).replace(['-', ':'], ""))
}

fn seconds(at: Timestamp) -> String {
    let local = TimeZone::UTC.to_datetime(at);
    let whole = local.with().subsec_nanosecond(0).build().unwrap_or(local);
    whole.to_string()
}
