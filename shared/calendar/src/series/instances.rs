//! The instances that a master makes in a window.

use super::overrides::{Key, KeySet, Keys, Overrides, Stretch};
use super::{Length, Occurrence, Occurrences, millis, overlaps};
use crate::Event;
use crate::recurrence::civil::{self, DAY};
use crate::recurrence::expand::MAX_STEPS;
use crate::recurrence::{Instances, Rule};
use crate::zone::{Rules, Zones};
use std::ops::Range;
use std::rc::Rc;

/// Rules of one event that are looked at; more are a joke.
const MAX_RULES: usize = 16;

pub(super) struct Master<'a> {
    event: &'a Event,
    overrides: &'a Overrides,
    keys: Keys<'a>,
    rules: Rc<Rules>,
    removed: KeySet,
    /// RDATE: the time on the master's clock, the end in seconds where there is one.
    added: Vec<(i64, Option<i64>)>,
    /// Steps that are left for all of it.
    steps: u32,
}

/// An instance on the master's clock, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Made {
    local: i64,
    start: i64,
    end: i64,
    /// Of equals the one whose end was written counts.
    implied: bool,
}

/// A window on the master's clock, and before which instant the instances in it are known to be all.
struct View<'a> {
    window: &'a Range<i64>,
    local: Range<i64>,
    keys: Range<i64>,
    whole: i64,
}

impl<'a> Master<'a> {
    pub(super) fn new(event: &'a Event, overrides: &'a Overrides, zones: &'a Zones) -> Self {
        let keys = Keys::new(&event.start, zones);
        let own = civil::seconds(event.start.local());
        let added = event.recurrence.rdate.iter().map(|date| {
            let local = match keys.of(&date.start) {
                // a date for a timed series: at the time of day of DTSTART
                Key::Day(day) => day * DAY + own.rem_euclid(DAY),
                Key::Start(_) => keys.local(&date.start),
            };
            (local, date.end.as_ref().map(|end| zones.instant(end)))
        });
        Self {
            added: added.collect(),
            removed: KeySet::new(event.recurrence.exdate.iter().map(|date| keys.of(date)).collect()),
            rules: zones.of(&event.start),
            event,
            overrides,
            keys,
            steps: MAX_STEPS,
        }
    }

    /// Adds the instances that overlap the window: at most one more than the limit for each stretch.
    pub(super) fn collect(mut self, window: &Range<i64>, limit: usize, found: &mut Occurrences) {
        let mut rules = Vec::new();
        let mut exrules = Vec::new();
        for (texts, list) in [(&self.event.recurrence.rrule, &mut rules), (&self.event.recurrence.exrule, &mut exrules)]
        {
            for text in texts.iter().take(MAX_RULES) {
                match text.parse::<Rule>() {
                    Ok(rule) => list.push(rule),
                    Err(error) => found.unread = Some(error),
                }
            }
        }
        let overrides = self.overrides;
        for (at, stretch) in overrides.stretches.iter().enumerate() {
            let next = overrides.stretches.get(at + 1).map_or(i64::MAX, |next| next.from);
            if stretch.cancelled {
                continue;
            }
            // on the stretch's clock, and back to the master's
            let from = stretch
                .rules
                .earliest(window.start.saturating_sub(stretch.length.seconds()))
                .saturating_sub(stretch.shift);
            let to = stretch.rules.latest(window.end).saturating_sub(stretch.shift).saturating_add(1);
            let mut view = View { window, local: from..to, keys: stretch.from..next, whole: i64::MAX };
            let made = self.stretch(stretch, &mut view, (&rules, &exrules), limit);
            found.list.extend(made.into_iter().filter(|one| one.start < view.whole).map(|one| Occurrence {
                event: stretch.event,
                id: self.event.start.at(civil::date_time(one.local)),
                start: millis(one.start),
                end: millis(one.end),
                all_day: stretch.all_day,
            }));
            if view.whole < i64::MAX {
                found.cut = true;
                found.whole_until = found.whole_until.min(millis(view.whole));
            }
        }
    }

    fn stretch(
        &mut self,
        stretch: &Stretch,
        view: &mut View<'_>,
        rules: (&[Rule], &[Rule]),
        limit: usize,
    ) -> Vec<Made> {
        let mut made = Vec::new();
        let excluded = self.excluded(rules.1, stretch, view);
        for rule in rules.0 {
            let mut all = Instances::with(rule, &self.event.start, Rc::clone(&self.rules), true);
            all.limit_steps(self.steps);
            all.window(view.local.start, view.local.end);
            let before = made.len();
            while let Some(local) = all.next_local() {
                if let Some(one) = self.make(local, None, stretch, view, &excluded) {
                    made.push(one);
                    if made.len() - before > limit {
                        view.whole = view.whole.min(one.start);
                        break;
                    }
                } else if !all.spend_step() {
                    break;
                }
            }
            self.steps = all.steps();
            if let Some(local) = all.cut_at() {
                view.whole = view.whole.min(stretch.rules.written(local.saturating_add(stretch.shift)));
            }
        }
        if rules.0.is_empty() {
            made.extend(self.make(civil::seconds(self.event.start.local()), None, stretch, view, &excluded));
        }
        made.extend(self.added.iter().filter_map(|&(local, end)| self.make(local, end, stretch, view, &excluded)));
        made.sort_unstable_by_key(|one| (one.start, one.implied, one.local));
        made.dedup_by_key(|one| one.start);
        made
    }

    /// What the EXRULEs take out, as times on the master's clock.
    fn excluded(&mut self, rules: &[Rule], stretch: &Stretch, view: &mut View<'_>) -> Vec<i64> {
        let mut excluded = Vec::new();
        for rule in rules {
            let mut all = Instances::with(rule, &self.event.start, Rc::clone(&self.rules), false);
            all.limit_steps(self.steps);
            all.window(view.local.start, view.local.end);
            while let Some(local) = all.next_local() {
                excluded.push(local);
                if !all.spend_step() {
                    break;
                }
            }
            self.steps = all.steps();
            if let Some(local) = all.cut_at() {
                view.whole = view.whole.min(stretch.rules.written(local.saturating_add(stretch.shift)));
            }
        }
        excluded.sort_unstable();
        excluded
    }

    /// The instance of a time on the master's clock, if it is one of this stretch, is not taken out, and overlaps the window.
    fn make(&self, local: i64, end: Option<i64>, stretch: &Stretch, view: &View<'_>, excluded: &[i64]) -> Option<Made> {
        let at = self.rules.written(local);
        let key = if self.keys.is_date { local } else { at };
        if !view.keys.contains(&key) {
            return None;
        }
        let moved = local.saturating_add(stretch.shift);
        let start = if stretch.event == 0 { at } else { stretch.rules.written(moved) };
        let until = match (end, stretch.length) {
            (Some(end), _) => end.max(start),
            (None, Length::Days(days)) => stretch.rules.written(moved.saturating_add(days)),
            (None, Length::Exact(seconds)) => start.saturating_add(seconds),
        };
        let is = overlaps(start, until, view.window)
            && !self.removed.has(key, local)
            && !self.overrides.replaced.has(key, local)
            && excluded.binary_search(&local).is_err();
        is.then_some(Made { local, start, end: until, implied: end.is_none() })
    }
}
