//! How long a series goes on.

use super::{Length, millis, span};
use crate::event::Event;
use crate::recurrence::civil::{self, DAY};
use crate::recurrence::{End, Instances, Rule, Until};
use crate::zone::Zones;
use attune_domain::Millis;

/// Instances of a COUNT that are counted, and steps that it may take: for more the end is not told.
const MAX_COUNT: u32 = 2_000;
const MAX_STEPS: u32 = 10_000;

/// A bound: nothing of these events takes place at or after it. `None`: they have no end, or one that is not worth the work to find it.
///
/// Events are a master with its overrides, or some of them; floating times and dates are at home. The bound may be days too late, never
/// too early: nothing is said of instances that are taken out.
pub fn until(events: &[Event], zones: &Zones) -> Option<Millis> {
    let mut last = i64::MIN;
    let (mut longest, mut shift) = (0, 0);
    for event in events {
        last = last.max(span(event, zones).1);
        longest = longest.max(Length::of(event, zones).seconds());
        if let (true, Some(id)) = (event.this_and_future, &event.recurrence_id) {
            let moved = civil::seconds(event.start.local()).saturating_sub(civil::seconds(id.local()));
            shift = shift.max(moved.saturating_add(DAY));
        }
    }
    for event in events {
        for date in &event.recurrence.rdate {
            last = last.max(zones.instant(&date.start));
            last = last.max(date.end.as_ref().map_or(i64::MIN, |end| zones.instant(end)));
        }
        for text in &event.recurrence.rrule {
            // one that cannot be read makes no instances
            if let Ok(rule) = text.parse::<Rule>() {
                last = last.max(last_start(&rule, event, zones)?);
            }
        }
    }
    // dates and clocks of other zones are not told apart here, and no clock is two days off
    Some(millis(last.saturating_add(longest).saturating_add(shift).saturating_add(2 * DAY)))
}

/// When the last instance of a rule starts at the latest.
fn last_start(rule: &Rule, event: &Event, zones: &Zones) -> Option<i64> {
    match rule.end {
        End::Never => None,
        End::Until(Until::Date(day)) => Some(i64::from(civil::day(day)).saturating_add(1).saturating_mul(DAY)),
        End::Until(Until::Local(local)) => Some(civil::seconds(local)),
        End::Until(Until::Utc(at)) => Some(at.as_second()),
        End::Count(count) if count > MAX_COUNT => None,
        End::Count(_) => {
            let mut all = Instances::new(rule, &event.start, zones);
            all.limit_steps(MAX_STEPS);
            let last = all.by_ref().map(|start| start.instant().0.div_euclid(1000)).fold(i64::MIN, i64::max);
            (!all.cut()).then_some(last)
        }
    }
}
