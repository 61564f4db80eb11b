//! A zone's rules at hand: the offset of the last look-up is kept with the span it holds for, which spares nearly all look-ups of
//! instances that follow one another.

use super::Zone;
use crate::When;
use crate::recurrence::civil;
use jiff::tz::{AmbiguousOffset, TimeZone};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a local time means that a zone skips or has twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// Skipped: the clocks went forward over it.
    pub gap: Gap,
    /// Twice: the clocks went back over it.
    pub fold: Fold,
}

/// A local time in a gap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Gap {
    /// Read with the offset before the gap, so it comes out later on the clock (RFC 5545, 3.3.5, and the last paragraph of 3.3.10).
    #[default]
    Before,
    /// Read with the offset after the gap, so it comes out earlier on the clock.
    After,
    /// No instance of a rule, and not counted by COUNT (3.3.10's other sentence, which contradicts its last paragraph).
    Skip,
}

/// A local time in a fold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fold {
    /// The first of the two (RFC 5545, 3.3.5).
    #[default]
    First,
    /// The second.
    Second,
}

/// Local times (no gap, no fold among them) with one offset, and the change that ends it; all in seconds.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: i64,
    to: i64,
    offset: i64,
    /// The instant of the change; `i64::MAX`: there is none.
    change: i64,
    /// The offset after it.
    after: i64,
}

const NOWHERE: Span = Span { from: 0, to: 0, offset: 0, change: i64::MAX, after: 0 };
/// From a span that ended less than this ago (200 days) one goes on to the next.
const NEXT: i64 = 200 * civil::DAY;
/// Look-ups nearer to each other than this (60 days) make it worth to find out how long the offset holds.
const NEAR: i64 = 60 * civil::DAY;

/// The rules of one zone. Times are in seconds: since 1970-01-01T00:00:00Z, or since 1970-01-01T00:00:00 on the zone's clock.
#[derive(Debug)]
pub struct Rules {
    zone: TimeZone,
    policy: Policy,
    span: Cell<Span>,
    last: Cell<i64>,
}

impl Rules {
    /// The rules with this policy.
    pub fn new(zone: TimeZone, policy: Policy) -> Self {
        Self { zone, policy, span: Cell::new(NOWHERE), last: Cell::new(i64::MIN) }
    }

    /// The instant of a local time. `None` for one that the policy skips.
    #[inline]
    pub fn instant(&self, local: i64) -> Option<i64> {
        let span = self.span.get();
        if local >= span.from && local < span.to { Some(local - span.offset) } else { self.look_up(local) }
    }

    /// The instant of a local time that was written, not made by a rule: one that the policy skips is read with the offset before the gap.
    #[inline]
    pub fn written(&self, local: i64) -> i64 {
        self.instant(local).unwrap_or_else(|| {
            let offset = match self.zone.to_ambiguous_timestamp(civil::date_time(local)).offset() {
                AmbiguousOffset::Unambiguous { offset } => offset,
                AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before,
            };
            local - i64::from(offset.seconds())
        })
    }

    /// What the clock says at an instant.
    pub fn local(&self, at: i64) -> i64 {
        at.saturating_add(self.offset(at))
    }

    /// No time of the clock before this is as late as the instant.
    pub(crate) fn earliest(&self, at: i64) -> i64 {
        self.around(at).into_iter().fold(i64::MAX, i64::min).saturating_add(at)
    }

    /// No time of the clock after this is as early as the instant.
    pub(crate) fn latest(&self, at: i64) -> i64 {
        self.around(at).into_iter().fold(i64::MIN, i64::max).saturating_add(at)
    }

    /// The offsets around it: a clock is set at most once in two days, and by a day at most.
    fn around(&self, at: i64) -> [i64; 3] {
        let span = self.span.get();
        let local = at.saturating_add(span.offset);
        if local.saturating_sub(2 * civil::DAY) >= span.from && local.saturating_add(2 * civil::DAY) < span.to {
            return [span.offset; 3];
        }
        [at.saturating_sub(civil::DAY), at, at.saturating_add(civil::DAY)].map(|at| self.offset(at))
    }

    /// Is it an instance by the policy?
    pub(crate) fn has(&self, local: i64) -> bool {
        self.policy.gap != Gap::Skip || self.instant(local).is_some()
    }

    /// Does the policy skip gaps?
    pub(crate) fn skips(&self) -> bool {
        self.policy.gap == Gap::Skip
    }

    fn offset(&self, at: i64) -> i64 {
        jiff::Timestamp::from_second(at).map_or(0, |at| i64::from(self.zone.to_offset(at).seconds()))
    }

    #[cold]
    fn look_up(&self, local: i64) -> Option<i64> {
        let span = self.span.get();
        if span.change != i64::MAX
            && local >= span.change.saturating_add(span.after.max(span.offset))
            && local - span.to < NEXT
        {
            let next = self.span_from(span.change + span.after.max(span.offset), span.change, span.after);
            self.span.set(next);
            if local < next.to {
                return Some(local - next.offset);
            }
        }
        let ambiguous = self.zone.to_ambiguous_timestamp(civil::date_time(local));
        let near = self.last.replace(local).saturating_sub(local).saturating_abs() < NEAR;
        let offset = match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { offset } => {
                let offset = i64::from(offset.seconds());
                if near {
                    self.span.set(self.span_of(local, offset));
                }
                offset
            }
            AmbiguousOffset::Gap { before, after } => match self.policy.gap {
                Gap::Before => before.seconds().into(),
                Gap::After => after.seconds().into(),
                Gap::Skip => return None,
            },
            AmbiguousOffset::Fold { before, after } => match self.policy.fold {
                Fold::First => before.seconds().into(),
                Fold::Second => after.seconds().into(),
            },
        };
        Some(local - offset)
    }

    /// From the end of the gap or fold before to the beginning of the next.
    fn span_of(&self, local: i64, offset: i64) -> Span {
        let Ok(at) = jiff::Timestamp::from_second(local - offset) else { return NOWHERE };
        // `preceding` tells what is before, so it is asked from one second later
        let before = self.zone.preceding(at + jiff::SignedDuration::from_secs(1)).next().map_or(i64::MIN, |change| {
            let change = change.timestamp().as_second();
            change + offset.max(self.offset(change - 1))
        });
        self.span_from(before, at.as_second(), offset)
    }

    /// The span that begins at `from`, with what comes after this instant.
    fn span_from(&self, from: i64, at: i64, offset: i64) -> Span {
        let Ok(at) = jiff::Timestamp::from_second(at) else { return NOWHERE };
        match self.zone.following(at).next() {
            Some(next) => {
                let (change, after) = (next.timestamp().as_second(), i64::from(next.offset().seconds()));
                Span { from, to: change + offset.min(after), offset, change, after }
            }
            None => Span { from, to: i64::MAX, offset, change: i64::MAX, after: offset },
        }
    }
}

/// The rules of the zones that a job has to do with, each read once; and the zone of floating times and dates.
///
/// It belongs to one thread: make it where the job begins and drop it where it ends.
#[derive(Debug)]
pub struct Zones {
    home: Rc<Rules>,
    utc: Rc<Rules>,
    policy: Policy,
    known: RefCell<BTreeMap<Zone, Rc<Rules>>>,
}

impl Zones {
    /// With the policy of RFC 5545, section 3.3.5.
    pub fn new(home: &TimeZone) -> Self {
        Self::with(home, Policy::default())
    }

    /// With a policy.
    pub fn with(home: &TimeZone, policy: Policy) -> Self {
        Self {
            home: Rc::new(Rules::new(home.clone(), policy)),
            utc: Rc::new(Rules::new(TimeZone::UTC, policy)),
            policy,
            known: RefCell::default(),
        }
    }

    /// The rules of a zone.
    pub fn rules(&self, zone: &Zone) -> Rc<Rules> {
        let mut known = self.known.borrow_mut();
        if let Some(rules) = known.get(zone) {
            return Rc::clone(rules);
        }
        let rules = Rc::new(Rules::new(zone.rules(), self.policy));
        known.insert(zone.clone(), Rc::clone(&rules));
        rules
    }

    /// The rules that a time goes by: its zone's; home's where it has none.
    pub fn of(&self, when: &When) -> Rc<Rules> {
        match when {
            When::Utc(_) => Rc::clone(&self.utc),
            When::Date(_) | When::Floating(_) => Rc::clone(&self.home),
            When::Zoned { zone, .. } => self.rules(zone),
        }
    }

    /// The instant of a time, in whole seconds; one in a gap that the policy skips is read with the offset before it.
    pub fn instant(&self, when: &When) -> i64 {
        match when {
            When::Utc(at) => at.as_second(),
            _ => self.of(when).written(civil::seconds(when.local())),
        }
    }
}
