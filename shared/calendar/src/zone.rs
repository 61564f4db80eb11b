//! Names of time zones.
//!
//! RFC 5545, section 3.2.19 leaves the text of a TZID free; Microsoft writes Windows names. Inside there are names of the IANA
//! time zone database only, from the bundled copy of `jiff`; how the provider spelled one is kept beside it.

mod names;
mod rules;
mod windows;

pub use names::resolve;
pub use rules::{Fold, Gap, Policy, Rules, Zones};
pub use windows::windows;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A name that the bundled IANA database knows, in the database's spelling: `Europe/Berlin`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(Arc<str>);

/// No zone of the IANA database has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no time zone of the IANA database is called {0:?}")]
pub struct UnknownZone(pub String);

impl Zone {
    /// The zone of that IANA name, in any mix of upper and lower case.
    ///
    /// # Errors
    /// [`UnknownZone`] when the database has none.
    pub fn iana(name: &str) -> Result<Self, UnknownZone> {
        let found = TimeZoneDatabase::bundled().get(name).map_err(|_| UnknownZone(name.to_owned()))?;
        Ok(Self(found.iana_name().unwrap_or(name).into()))
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Its rules. A look-up reads the zone's data anew: hold the result over a loop, or ask [`Zones`].
    pub fn rules(&self) -> TimeZone {
        TimeZoneDatabase::bundled().get(&self.0).unwrap_or(TimeZone::UTC)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;
    fn try_from(name: String) -> Result<Self, UnknownZone> {
        Self::iana(&name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.0.as_ref().to_owned()
    }
}

#[cfg(test)]
mod tests;
