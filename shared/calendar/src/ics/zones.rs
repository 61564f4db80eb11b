//! What the TZIDs of a file mean.

use super::observance::{self, Year};
use super::tree::Component;
use crate::event::Event;
use crate::when::When;
use crate::zone::Zone;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// TZIDs that are not names, of one file; each costs a comparison with all of [`COMMON`].
const MAX_GUESSES: usize = 50;

/// Zones that people live in, one or two for each set of rules; of equals the first is taken.
const COMMON: [&str; 60] = [
    "Europe/Berlin",
    "Europe/London",
    "Europe/Helsinki",
    "Europe/Lisbon",
    "Europe/Dublin",
    "Europe/Chisinau",
    "Europe/Istanbul",
    "Europe/Moscow",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Halifax",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Argentina/Buenos_Aires",
    "America/Bogota",
    "America/Caracas",
    "America/Mexico_City",
    "America/Santiago",
    "America/Asuncion",
    "America/Havana",
    "America/Nuuk",
    "Asia/Tokyo",
    "Asia/Shanghai",
    "Asia/Kolkata",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Dhaka",
    "Asia/Kathmandu",
    "Asia/Colombo",
    "Asia/Yangon",
    "Asia/Bangkok",
    "Asia/Tehran",
    "Asia/Kabul",
    "Asia/Jerusalem",
    "Asia/Beirut",
    "Asia/Riyadh",
    "Asia/Almaty",
    "Asia/Yekaterinburg",
    "Asia/Vladivostok",
    "Australia/Sydney",
    "Australia/Brisbane",
    "Australia/Adelaide",
    "Australia/Darwin",
    "Australia/Perth",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Fiji",
    "Pacific/Tongatapu",
    "Pacific/Marquesas",
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "Africa/Nairobi",
    "Atlantic/Azores",
];

/// The TZIDs of one file, or of one event.
#[derive(Default)]
pub(crate) struct Zones<'a> {
    /// VTIMEZONEs by their TZID.
    defined: BTreeMap<String, &'a Component<'a>>,
    known: BTreeMap<String, Option<Zone>>,
    rules: BTreeMap<Zone, TimeZone>,
    /// The year of each of [`COMMON`], once it was needed.
    common: Vec<(Zone, Year)>,
    guesses: usize,
}

impl<'a> Zones<'a> {
    /// With the VTIMEZONEs among these components.
    pub fn define(&mut self, components: &'a [Component<'a>]) {
        for component in components.iter().filter(|component| component.is("VTIMEZONE")) {
            if let Some(tzid) = component.property("TZID") {
                self.defined.entry(tzid.value().trim().to_owned()).or_insert(component);
            }
        }
    }

    /// With what an event says of its own TZIDs.
    pub fn of(event: &Event) -> Self {
        let mut zones = Self::default();
        for when in times(event) {
            if let When::Zoned { zone, tzid, .. } = when {
                zones.known.insert(tzid.as_deref().unwrap_or_else(|| zone.name()).to_owned(), Some(zone.clone()));
            }
        }
        zones
    }

    /// The zone that a TZID means: by its name; or else what its VTIMEZONE says of itself, by name or by its offsets.
    pub fn resolve(&mut self, tzid: &str) -> Option<Zone> {
        if let Some(known) = self.known.get(tzid) {
            return known.clone();
        }
        let found = by_name(tzid).or_else(|| {
            let defined = *self.defined.get(tzid)?;
            let location = defined.property("X-LIC-LOCATION").and_then(|location| by_name(location.value()));
            location.or_else(|| self.guess(defined))
        });
        // only what the file defines is kept: other names that it may make up are without number
        if found.is_some() || self.defined.contains_key(tzid) {
            self.known.insert(tzid.to_owned(), found.clone());
        }
        found
    }

    /// The first common zone with the same rules; or else the standard offset, where it is of whole hours.
    fn guess(&mut self, defined: &Component) -> Option<Zone> {
        self.guesses = self.guesses.saturating_add(1);
        if self.guesses > MAX_GUESSES {
            return None;
        }
        if self.common.is_empty() {
            let common = COMMON.iter().filter_map(|name| Zone::iana(name).ok());
            self.common = common
                .map(|zone| (observance::of_zone(&zone.rules()), zone))
                .map(|(year, zone)| (zone, year))
                .collect();
        }
        let year = observance::of_component(defined)?;
        if let Some((zone, _)) = self.common.iter().find(|(_, common)| *common == year) {
            return Some(zone.clone());
        }
        let hours = year.standard.checked_div(3600).filter(|hours| hours * 3600 == year.standard)?;
        // the signs of these names are those of POSIX: west is positive
        let name = if hours == 0 { "Etc/GMT".to_owned() } else { format!("Etc/GMT{:+}", -hours) };
        Zone::iana(&name).ok()
    }

    /// The rules of a zone, read once.
    pub fn rules(&mut self, zone: &Zone) -> TimeZone {
        self.rules.entry(zone.clone()).or_insert_with(|| zone.rules()).clone()
    }
}

/// The one place where the text of a TZID is taken for a name.
fn by_name(tzid: &str) -> Option<Zone> {
    crate::zone::resolve(tzid)
}

/// Every time of an event that may have a zone.
pub(crate) fn times(event: &Event) -> impl Iterator<Item = &When> {
    let recurrence = &event.recurrence;
    [&event.start, &event.end]
        .into_iter()
        .chain(&event.recurrence_id)
        .chain(&recurrence.exdate)
        .chain(recurrence.rdate.iter().flat_map(|date| std::iter::once(&date.start).chain(&date.end)))
}

/// The same, to be changed.
pub(crate) fn times_mut(event: &mut Event) -> impl Iterator<Item = &mut When> {
    let recurrence = &mut event.recurrence;
    [&mut event.start, &mut event.end]
        .into_iter()
        .chain(&mut event.recurrence_id)
        .chain(&mut recurrence.exdate)
        .chain(recurrence.rdate.iter_mut().flat_map(|date| std::iter::once(&mut date.start).chain(&mut date.end)))
}
