//! When something is, as it was written (RFC 5545, sections 3.3.4 and 3.3.5).

use crate::zone::Zone;
use attune_domain::Millis;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{TimeZone, offset};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// A point of a calendar. `end` is exclusive wherever two of them make a span.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum When {
    /// A whole day (`VALUE=DATE`).
    Date(Date),
    /// A time of day wherever one happens to be: no zone (RFC 5545, form 1).
    Floating(DateTime),
    /// An instant (form 2: a trailing `Z`).
    Utc(Timestamp),
    /// A local time with a zone (form 3). The local time is the truth; its instant follows from the zone's rules of the day.
    Zoned {
        /// What the clock on the wall says.
        local: DateTime,
        /// Where it hangs.
        zone: Zone,
        /// How the provider named the zone, where that is not the IANA name (a Windows name, a TZID of its own).
        tzid: Option<Box<str>>,
    },
}

impl When {
    /// The instant. Floating times and dates are taken in `home`. A local time that a zone skips is read with the offset before
    /// the gap, one that occurs twice is the first of the two (RFC 5545, section 3.3.5).
    ///
    /// `None` only for a local time so near to the ends of year -9999 or 9999 that no instant has it.
    pub fn instant(&self, home: &TimeZone) -> Option<Millis> {
        match self {
            Self::Utc(at) => Some(Millis(at.as_millisecond())),
            Self::Date(day) => instant_of(day.to_datetime(Time::midnight()), home),
            Self::Floating(local) => instant_of(*local, home),
            Self::Zoned { local, zone, .. } => instant_of(*local, &zone.rules()),
        }
    }

    /// What the clock says there: an instant is told in UTC, a date is its midnight.
    pub fn local(&self) -> DateTime {
        match self {
            Self::Date(day) => day.to_datetime(Time::midnight()),
            Self::Floating(local) | Self::Zoned { local, .. } => *local,
            Self::Utc(at) => offset(0).to_datetime(*at),
        }
    }

    /// Is it a whole day?
    pub fn is_date(&self) -> bool {
        matches!(self, Self::Date(_))
    }

    /// The same kind of time with another local time: how an instance is named after its master.
    #[must_use]
    pub fn at(&self, local: DateTime) -> Self {
        match self {
            Self::Date(_) => Self::Date(local.date()),
            Self::Floating(_) => Self::Floating(local),
            Self::Utc(at) => Self::Utc(offset(0).to_timestamp(local).unwrap_or(*at)),
            Self::Zoned { zone, tzid, .. } => Self::Zoned { local, zone: zone.clone(), tzid: tzid.clone() },
        }
    }

    /// The day after, for a date; itself otherwise: what DTEND means where it is missing (RFC 5545, section 3.6.1).
    #[must_use]
    pub fn implied_end(&self) -> Self {
        match self {
            Self::Date(day) => Self::Date(day.saturating_add(1.day())),
            other => other.clone(),
        }
    }
}

/// The instant of a local time by the rules of RFC 5545, section 3.3.5: in a gap with the offset before it, in a fold the first.
pub fn instant_of(local: DateTime, rules: &TimeZone) -> Option<Millis> {
    rules.to_ambiguous_timestamp(local).compatible().ok().map(|at| Millis(at.as_millisecond()))
}

/// The stored form: `{"date": "2026-11-22"}`, `{"date_time": "2026-11-22T10:00:00"}` (floating), the same with `"time_zone"` (and
/// `"tzid"`), or `{"instant": "2026-11-22T09:00:00Z"}`.
#[derive(Serialize, Deserialize, Default)]
struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date_time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time_zone: Option<Zone>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tzid: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instant: Option<String>,
}

impl From<When> for Written {
    fn from(when: When) -> Self {
        match when {
            When::Date(day) => Self { date: Some(day.to_string()), ..Self::default() },
            When::Floating(local) => Self { date_time: Some(local.to_string()), ..Self::default() },
            When::Utc(at) => Self { instant: Some(at.to_string()), ..Self::default() },
            When::Zoned { local, zone, tzid } => {
                Self { date_time: Some(local.to_string()), time_zone: Some(zone), tzid, ..Self::default() }
            }
        }
    }
}

impl TryFrom<Written> for When {
    type Error = &'static str;
    fn try_from(written: Written) -> Result<Self, Self::Error> {
        const EXPECTED: &str =
            "expected one of date (yyyy-mm-dd), date_time (local, with time_zone or floating), instant (RFC 3339, UTC)";
        let Written { date, date_time, time_zone, tzid, instant } = written;
        match (date, date_time, instant) {
            (Some(day), None, None) => day.parse().map(Self::Date).map_err(|_| EXPECTED),
            (None, None, Some(at)) => at.parse().map(Self::Utc).map_err(|_| EXPECTED),
            (None, Some(local), None) => {
                let local = local.parse().map_err(|_| EXPECTED)?;
                Ok(match time_zone {
                    Some(zone) => Self::Zoned { local, zone, tzid },
                    None => Self::Floating(local),
                })
            }
            _ => Err(EXPECTED),
        }
    }
}
