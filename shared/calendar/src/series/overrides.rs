//! The overrides of a series, by the instances that they stand for.

use super::Length;
use crate::event::Status;
use crate::recurrence::civil::{self, DAY};
use crate::zone::{Rules, Zones};
use crate::{Event, When};
use std::rc::Rc;

/// What tells instances of a series apart: the instant; for a master of dates the day, in seconds of the clock.
pub(super) struct Keys<'a> {
    zones: &'a Zones,
    rules: Rc<Rules>,
    pub is_date: bool,
}

/// A key, or a day where a date was written for an instance that has a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Start(i64),
    Day(i64),
}

impl<'a> Keys<'a> {
    pub(super) fn new(start: &When, zones: &'a Zones) -> Self {
        Self { zones, rules: zones.of(start), is_date: start.is_date() }
    }

    /// The key of a RECURRENCE-ID, RDATE or EXDATE. A date for a timed series means its instance of that day; of a time for a series of
    /// dates the date counts that is written.
    pub(super) fn of(&self, when: &When) -> Key {
        let local = civil::seconds(when.local());
        match when {
            _ if self.is_date => Key::Start(local.div_euclid(DAY) * DAY),
            When::Date(_) => Key::Day(local.div_euclid(DAY)),
            // what has no zone is on the master's clock
            When::Floating(_) => Key::Start(self.rules.written(local)),
            _ => Key::Start(self.zones.instant(when)),
        }
    }

    /// The time on the master's clock.
    pub(super) fn local(&self, when: &When) -> i64 {
        let local = civil::seconds(when.local());
        match when {
            _ if self.is_date => local.div_euclid(DAY) * DAY,
            When::Date(_) | When::Floating(_) => local,
            _ => {
                let same = matches!(when, When::Zoned { .. }) && Rc::ptr_eq(&self.zones.of(when), &self.rules);
                if same { local } else { self.rules.local(self.zones.instant(when)) }
            }
        }
    }
}

impl Key {
    /// The number; of a day its first second.
    pub(super) fn start(self) -> i64 {
        match self {
            Self::Start(key) => key,
            Self::Day(day) => day * DAY,
        }
    }
}

/// Keys that can be asked for.
#[derive(Debug, Default)]
pub(super) struct KeySet(Vec<Key>);

impl KeySet {
    pub(super) fn new(mut keys: Vec<Key>) -> Self {
        keys.sort_unstable();
        Self(keys)
    }

    pub(super) fn has(&self, key: i64, local: i64) -> bool {
        !self.0.is_empty()
            && (self.0.binary_search(&Key::Start(key)).is_ok()
                || self.0.binary_search(&Key::Day(local.div_euclid(DAY))).is_ok())
    }
}

/// From one override with `this_and_future` to the next: what its instances are like.
pub(super) struct Stretch {
    /// The first key; the first stretch is the master's own and begins at the beginning.
    pub from: i64,
    pub event: usize,
    pub cancelled: bool,
    /// What is added to the time on the master's clock.
    pub shift: i64,
    pub length: Length,
    /// The clock that the sum is on.
    pub rules: Rc<Rules>,
    pub all_day: bool,
}

pub(super) struct Overrides {
    /// Instances that are told by their overrides, or not at all.
    pub replaced: KeySet,
    /// In the order of their keys.
    pub stretches: Vec<Stretch>,
    /// Of several overrides of one instance, the one that counts.
    last: Vec<usize>,
}

impl Overrides {
    pub(super) fn new(events: &[Event], master: Option<&Event>, zones: &Zones) -> Self {
        let Some(master) = master else {
            return Self { replaced: KeySet::default(), stretches: Vec::new(), last: (0..events.len()).collect() };
        };
        let mut stretches = vec![stretch(master, 0, i64::MIN, 0, zones)];
        if events.len() == 1 {
            return Self { replaced: KeySet::default(), stretches, last: Vec::new() };
        }
        let keys = Keys::new(&master.start, zones);
        // an event without RECURRENCE-ID beside the master stands for itself
        let mut last: Vec<usize> = Vec::new();
        let mut all: Vec<(Key, usize, &Event)> = Vec::new();
        for (at, event) in events.iter().enumerate().skip(1) {
            match &event.recurrence_id {
                Some(id) => all.push((keys.of(id), at, event)),
                None => last.push(at),
            }
        }
        // the latest revision counts, the later in the list of equals; one for a single instance before one for a range that begins there
        all.sort_by_key(|(key, at, event)| (*key, !event.this_and_future, event.sequence, *at));
        let mut kept: Vec<(Key, usize, &Event)> = Vec::with_capacity(all.len());
        for (key, at, event) in all {
            kept.pop_if(|(before, _, other)| *before == key && other.this_and_future == event.this_and_future);
            kept.push((key, at, event));
        }
        for (n, (key, at, event)) in kept.iter().enumerate() {
            if kept.get(n + 1).is_none_or(|(next, ..)| next != key) {
                last.push(*at);
            }
            if let (true, Some(id)) = (event.this_and_future, &event.recurrence_id) {
                let local = keys.local(id);
                let from = match key {
                    Key::Start(from) => *from,
                    Key::Day(day) => keys.rules.written(day * DAY),
                };
                stretches.push(stretch(event, *at, from, civil::seconds(event.start.local()) - local, zones));
            }
        }
        stretches.sort_by_key(|stretch| stretch.from);
        Self { replaced: KeySet::new(kept.iter().map(|(key, ..)| *key).collect()), stretches, last }
    }

    /// The overrides that take place.
    pub(super) fn shown<'a>(&'a self, events: &'a [Event]) -> impl Iterator<Item = usize> + 'a {
        self.last.iter().copied().filter(|at| events.get(*at).is_some_and(|event| event.status != Status::Cancelled))
    }
}

fn stretch(event: &Event, at: usize, from: i64, shift: i64, zones: &Zones) -> Stretch {
    Stretch {
        from,
        event: at,
        cancelled: event.status == Status::Cancelled,
        shift,
        length: Length::of(event, zones),
        rules: zones.of(&event.start),
        all_day: event.start.is_date(),
    }
}
