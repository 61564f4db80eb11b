//! `start`, `end` and `originalStartTime`: `{"date"}`, or `{"dateTime", "timeZone"}`.

use crate::when::When;
use crate::wire::{self, Zones};
use crate::zone::{Zone, resolve};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::DateTimePrinter;
use serde_json::{Map, Value};

/// The zone of a name that Google uses: IANA's, and what an imported file had.
pub(super) fn zone(name: &str) -> Option<Zone> {
    resolve(name)
}

/// Reads one. The offset makes the instant, the zone the local time; without a `timeZone` it is the calendar's.
pub(super) fn read(value: &Value, zones: &Zones<'_>, series: bool) -> Option<When> {
    let text = |name| value.get(name).and_then(Value::as_str);
    let named = text("timeZone");
    match (text("dateTime"), text("date")) {
        (Some(time), _) => {
            let zone = zones.named(named.unwrap_or(zones.home.name()));
            match time.parse::<Timestamp>() {
                Ok(at) => Some(zones.at(at, zone, None, series)),
                Err(_) => {
                    let local = time.parse::<DateTime>().ok()?;
                    Some(match (named, zone) {
                        (Some(_), Some((zone, rules))) if wire::is_utc(zone.name()) => {
                            When::Utc(rules.to_timestamp(local).ok()?)
                        }
                        (Some(_), Some((zone, _))) => When::Zoned { local, zone, tzid: None },
                        _ => When::Floating(local),
                    })
                }
            }
        }
        (None, Some(day)) => day.parse::<Date>().ok().map(When::Date),
        (None, None) => None,
    }
}

/// Writes one. A floating time hangs in the calendar's zone: Google knows none.
pub(super) fn write(when: &When, zones: &Zones<'_>) -> Map<String, Value> {
    let mut object = Map::new();
    let zone = match when {
        When::Date(day) => {
            object.insert("date".to_owned(), day.to_string().into());
            return object;
        }
        When::Utc(_) => "UTC",
        When::Floating(_) => zones.home.name(),
        When::Zoned { zone, .. } => zone.name(),
    };
    // years that no instant has are written without an offset, and refused there
    let text = zones.timestamp(when).map_or_else(|| when.local().to_string(), |at| with_offset(at, zone, zones));
    object.insert("dateTime".to_owned(), text.into());
    object.insert("timeZone".to_owned(), zone.into());
    object
}

/// As Google writes it: `2026-11-22T10:00:00+01:00`, and `Z` where the offset is none.
fn with_offset(at: Timestamp, zone: &str, zones: &Zones<'_>) -> String {
    let offset = zones.named(zone).map(|(_, rules)| rules.to_offset(at)).filter(|offset| !offset.is_zero());
    offset.map_or_else(|| at.to_string(), |offset| DateTimePrinter::new().timestamp_with_offset_to_string(&at, offset))
}
