//! RFC 5545's own examples are in `rfc.rs`, the comparison with the definition in `oracle.rs`.

mod edges;
mod hostile;
mod oracle;
mod rfc;

use super::{Instances, Start};
use crate::When;
use crate::recurrence::Rule;
use crate::zone::{Zone, Zones};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// `19970902T090000` in a zone, `19970902` for a date, with a trailing `Z` for UTC.
pub(super) fn when(text: &str, zone: &str) -> When {
    if text.len() == 8 {
        return When::Date(text.parse().unwrap());
    }
    let local: DateTime = text.trim_end_matches('Z').parse().unwrap();
    match zone {
        _ if text.ends_with('Z') => When::Utc(local.to_zoned(TimeZone::UTC).unwrap().timestamp()),
        "" => When::Floating(local),
        zone => When::Zoned { local, zone: Zone::iana(zone).unwrap(), tzid: None },
    }
}

pub(super) fn expand(start: &When, rule: &str) -> Instances {
    let rule: Rule = rule.parse().unwrap();
    Instances::new(&rule, start, &Zones::new(&TimeZone::UTC))
}

/// The local times, at most `limit`.
pub(super) fn locals(start: &When, rule: &str, limit: usize) -> Vec<String> {
    expand(start, rule).take(limit).map(|start: Start| start.local().to_string()).collect()
}
