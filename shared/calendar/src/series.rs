//! A series: a master, the overrides of its instances, and what takes place when.
//!
//! - [`occurrences`]: what takes place in a window.
//! - [`until`]: when it is over.
//! - [`edit`]: this one, this and the following, or all of them changed or cancelled.

pub mod edit;
mod instances;
mod overrides;
mod until;

pub use edit::{EditError, Edited, Scope, cancel, change};
pub use until::until;

use crate::recurrence::RuleError;
use crate::zone::Zones;
use crate::{Event, When};
use attune_domain::Millis;
use instances::Master;
use jiff::tz::TimeZone;
use overrides::Overrides;
use std::ops::Range;

/// One time that an event takes place.
#[derive(Debug, Clone, PartialEq)]
pub struct Occurrence {
    /// Which of the events it goes by: 0 is the master, others are overrides.
    pub event: usize,
    /// RECURRENCE-ID: when it would start by the master's rules. For an event that does not recur, its start.
    pub id: When,
    /// Its start.
    pub start: Millis,
    /// Its end, exclusive; not before the start.
    pub end: Millis,
    /// Whole days, from midnight to midnight at home.
    pub all_day: bool,
}

/// What takes place in a window.
#[derive(Debug, Clone, PartialEq)]
pub struct Occurrences {
    /// By start, then end. Those that overlap the window: one without length counts where the window begins, and not where it ends.
    pub list: Vec<Occurrence>,
    /// There are more: the limit was reached, or the expansion was given up.
    pub cut: bool,
    /// All that start before this are in the list; the window's end where nothing is cut. Where the expansion was given up it may lie
    /// before the window.
    pub whole_until: Millis,
    /// A rule that is none: it made no instances.
    pub unread: Option<RuleError>,
}

/// The occurrences of one event, or of a master (the first) with its overrides, in a window; floating times and dates are at `home`.
///
/// - An instance lasts as long as the master: whole days for dates, else exactly as long (RFC 5545, 3.8.5.3: DTEND's exact duration).
/// - An override takes its instance's place, or adds one where the rules make none; a cancelled one takes it out. One with
///   `this_and_future` moves all later instances by as much as it moves its own, and gives them its length, up to the next such one.
/// - A cancelled master has no instances of its own.
pub fn occurrences(events: &[Event], window: Range<Millis>, home: &TimeZone, limit: usize) -> Occurrences {
    occurrences_in(events, window, &Zones::new(home), limit)
}

/// The same with zones at hand: for many events in one go.
pub fn occurrences_in(events: &[Event], window: Range<Millis>, zones: &Zones, limit: usize) -> Occurrences {
    // the engine's times are seconds: round outwards, and compare milliseconds below
    let seconds = window.start.0.div_euclid(1000)..window.end.0.saturating_add(999).div_euclid(1000);
    let mut found = Occurrences { list: Vec::new(), cut: false, whole_until: window.end, unread: None };
    let master = events.first().filter(|event| event.recurrence_id.is_none());
    let overrides = Overrides::new(events, master, zones);
    if let Some(event) = master {
        Master::new(event, &overrides, zones).collect(&seconds, limit, &mut found);
    }
    for at in overrides.shown(events) {
        let Some(event) = events.get(at) else { continue };
        let (start, end) = span(event, zones);
        let id = event.recurrence_id.clone().unwrap_or_else(|| event.start.clone());
        push(
            &mut found.list,
            &seconds,
            Occurrence { event: at, id, start: millis(start), end: millis(end), all_day: event.start.is_date() },
        );
    }
    found.list.retain(|one| one.start < window.end && (one.end > window.start || one.start >= window.start));
    found.list.sort_by_key(|one| (one.start, one.end, one.event));
    if found.cut {
        found.list.retain(|one| one.start < found.whole_until);
    }
    if let Some(next) = found.list.get(limit) {
        found.cut = true;
        found.whole_until = next.start;
        let whole = found.list.partition_point(|one| one.start < next.start);
        // more than the limit at one time: as many as may be
        found.list.truncate(if whole == 0 { limit } else { whole });
    }
    found
}

fn push(list: &mut Vec<Occurrence>, window: &Range<i64>, one: Occurrence) {
    if overlaps(one.start.0.div_euclid(1000), one.end.0.div_euclid(1000), window) {
        list.push(one);
    }
}

fn overlaps(start: i64, end: i64, window: &Range<i64>) -> bool {
    start < window.end && (end > window.start || start >= window.start)
}

fn millis(seconds: i64) -> Millis {
    Millis(seconds.saturating_mul(1000))
}

/// Start and end of an event that stands for itself, in seconds.
fn span(event: &Event, zones: &Zones) -> (i64, i64) {
    let start = zones.instant(&event.start);
    match Length::of(event, zones) {
        Length::Days(days) => {
            let day = crate::recurrence::civil::seconds(event.start.local());
            (start, zones.of(&event.start).written(day.saturating_add(days)))
        }
        Length::Exact(seconds) => (start, start.saturating_add(seconds)),
    }
}

/// How long an instance lasts, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    /// Civil days.
    Days(i64),
    /// Exactly.
    Exact(i64),
}

impl Length {
    fn of(event: &Event, zones: &Zones) -> Self {
        use crate::recurrence::civil::{DAY, day};
        if event.start.is_date() {
            // a day without length is none
            let days = i64::from(day(event.end.local().date())) - i64::from(day(event.start.local().date()));
            return Self::Days(days.max(1) * DAY);
        }
        Self::Exact((zones.instant(&event.end) - zones.instant(&event.start)).max(0))
    }

    fn seconds(self) -> i64 {
        match self {
            // the days of a clock that was set back are longer
            Self::Days(seconds) => seconds + crate::recurrence::civil::DAY,
            Self::Exact(seconds) => seconds,
        }
    }
}

#[cfg(test)]
mod tests;
