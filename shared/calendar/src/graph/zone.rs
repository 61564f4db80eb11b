//! Names of zones, as Graph spells them: Windows names, and IANA's.

pub(super) use crate::zone::resolve;
use crate::zone::{Zone, windows};

/// The name that is written for a zone: the one that Graph gave, the Windows name, or the IANA name, which Graph knows too.
pub(super) fn name<'a>(zone: &'a Zone, tzid: Option<&'a str>) -> &'a str {
    // Windows names have no slash; a TZID of an iCalendar file may be anything
    let given = tzid.filter(|tzid| !tzid.contains('/') && resolve(tzid).as_ref() == Some(zone));
    given.or_else(|| windows(zone)).unwrap_or(zone.name())
}
