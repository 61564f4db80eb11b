//! Edits of a series: of one instance, of it and all that follow, or of all. Pure functions: what was there goes in, what is to be
//! written comes out.
//!
//! SEQUENCE and LAST-MODIFIED are the caller's to set.

use super::occurrences_in;
use super::overrides::{Key, Keys};
use crate::event::{RDate, Recurrence, Status};
use crate::recurrence::civil::{self, DAY};
use crate::recurrence::{End, Instances, Rule, RuleError, Until};
use crate::zone::Zones;
use crate::{Event, When};
use attune_domain::Millis;
use jiff::tz::offset;

/// How far an edit goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One instance.
    This,
    /// It and all later ones, by what they are called (RECURRENCE-ID), not by where they were moved to.
    ThisAndFollowing,
    /// All of them.
    All,
}

/// What is to be written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Edited {
    /// The series under its old UID, the master first. Empty: there is nothing left of it.
    pub series: Vec<Event>,
    /// The series that begins with the changed instance, under its own UID; empty where nothing was split off.
    pub split: Vec<Event>,
}

/// Why an edit cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The events do not begin with a master.
    #[error("there is no master")]
    NoMaster,
    /// No rule makes this instance, so there is no "following".
    #[error("the series has no instance of that start")]
    NoInstance,
    /// A rule of the series cannot be read, so it cannot be divided.
    #[error("the series has a rule that cannot be read: {0}")]
    Rule(#[from] RuleError),
    /// More instances lie before this one than are counted.
    #[error("the instance is too far from the beginning to count those before it")]
    TooFar,
}

/// Changes the instance `id` (RECURRENCE-ID) as far as `scope` goes. `changed` is the instance as it is to be, with its own start and end.
///
/// - [`Scope::This`]: it becomes an override, in place of one that may be there.
/// - [`Scope::ThisAndFollowing`]: the old series ends before it (UNTIL, or what COUNT has come to); `changed` is the master of a new one
///   with the UID `split_uid` and the rest of the rule. Overrides, RDATE and EXDATE of later instances go with it. For the first
///   instance it is [`Scope::All`].
/// - [`Scope::All`]: the master becomes `changed`, moved by as much as this instance is. What the master had for this instance alone is
///   gone.
///
/// Where the start moves, RECURRENCE-ID, RDATE, EXDATE and UNTIL of what is kept move along, so they mean the same instances; times of
/// overrides stay. BY parts of a rule do not move: with `changed.recurrence.rrule` a new rule can be given (its COUNT and UNTIL are taken
/// as they are), and overrides that it does not make are dropped then.
///
/// # Errors
/// [`EditError`].
pub fn change(
    events: &[Event],
    id: &When,
    scope: Scope,
    changed: &Event,
    split_uid: &str,
    zones: &Zones,
) -> Result<Edited, EditError> {
    let old = Series::new(events, zones)?;
    let (key, local) = (old.key(id), old.keys.local(id));
    let alone = old.master.recurrence.is_empty() && events.len() == 1;
    match scope {
        Scope::This if !alone => {
            let mut series: Vec<Event> = events.to_vec();
            series.retain(|event| event.this_and_future || !old.is(event, key));
            series.push(Event {
                uid: old.master.uid.clone(),
                recurrence: Recurrence::default(),
                recurrence_id: Some(old.master.start.at(civil::date_time(local))),
                this_and_future: false,
                ..changed.clone()
            });
            Ok(Edited { series, split: Vec::new() })
        }
        Scope::ThisAndFollowing if !alone && old.has_before(key, events, zones) => {
            let (series, rest) = old.divide(key, local, zones)?;
            let moved = Moved::new(&old, id, &changed.start);
            let mut split = vec![Event {
                uid: split_uid.to_owned(),
                recurrence_id: None,
                this_and_future: false,
                ..changed.clone()
            }];
            let new_rule = moved.recurrence(&old.master.recurrence, rest, changed, &|at| old.key(at) > key)?;
            let later = old.overrides.iter().filter(|event| old.order(event) > Some(key));
            split.extend(later.map(|event| Event { uid: split_uid.to_owned(), ..moved.override_of(event) }));
            finish(&mut split, new_rule.0, new_rule.1, zones);
            Ok(Edited { series, split })
        }
        _ => {
            let moved = Moved::new(&old, id, &changed.start);
            let start = moved.when(&old.master.start);
            let by = civil::seconds(start.local()) - civil::seconds(changed.start.local());
            let end = changed.end.at(civil::date_time(civil::seconds(changed.end.local()) + by));
            let mut rules = Vec::new();
            for text in &old.master.recurrence.rrule {
                rules.push(text.parse::<Rule>()?);
            }
            let new_rule = moved.recurrence(&old.master.recurrence, rules, changed, &|_| true)?;
            let mut series = vec![Event {
                uid: old.master.uid.clone(),
                start,
                end,
                recurrence_id: None,
                this_and_future: false,
                ..changed.clone()
            }];
            series
                .extend(old.overrides.iter().filter(|event| !old.is(event, key)).map(|event| moved.override_of(event)));
            finish(&mut series, new_rule.0, new_rule.1, zones);
            Ok(Edited { series, split: Vec::new() })
        }
    }
}

/// Cancels the instance `id` as far as `scope` goes: one by EXDATE (in the place of its override), following ones by ending the rule
/// before it. For the first instance, "this and following" is all; for all, nothing is left.
///
/// # Errors
/// [`EditError`].
pub fn cancel(events: &[Event], id: &When, scope: Scope, zones: &Zones) -> Result<Edited, EditError> {
    let old = Series::new(events, zones)?;
    let (key, local) = (old.key(id), old.keys.local(id));
    let alone = old.master.recurrence.is_empty() && events.len() == 1;
    let series = match scope {
        Scope::This if !alone => {
            let mut series: Vec<Event> = events.to_vec();
            let start = old.master.start.at(civil::date_time(local));
            let ranged = old.overrides.iter().find(|event| event.this_and_future && old.is(event, key));
            series.retain(|event| event.this_and_future || !old.is(event, key));
            if let Some(ranged) = ranged {
                // the range has to stay for those that follow; only its first instance goes
                let cancelled = Event { this_and_future: false, status: Status::Cancelled, ..(*ranged).clone() };
                series.push(cancelled);
            } else if let Some(master) = series.first_mut()
                && !master.recurrence.exdate.contains(&start)
            {
                master.recurrence.exdate.push(start);
            }
            series
        }
        Scope::ThisAndFollowing if !alone && old.has_before(key, events, zones) => old.divide(key, local, zones)?.0,
        _ => Vec::new(),
    };
    Ok(Edited { series, split: Vec::new() })
}

/// The series as it was.
struct Series<'a> {
    master: &'a Event,
    overrides: Vec<&'a Event>,
    keys: Keys<'a>,
}

impl<'a> Series<'a> {
    fn new(events: &'a [Event], zones: &'a Zones) -> Result<Self, EditError> {
        let (master, overrides) = events.split_first().ok_or(EditError::NoMaster)?;
        if master.recurrence_id.is_some() {
            return Err(EditError::NoMaster);
        }
        Ok(Self { master, overrides: overrides.iter().collect(), keys: Keys::new(&master.start, zones) })
    }

    /// The key as one number: the instant, or the day's seconds for a series of dates. A date for a timed series is the instance of that
    /// day at DTSTART's time.
    fn key(&self, when: &When) -> i64 {
        match self.keys.of(when) {
            Key::Start(key) => key,
            Key::Day(day) => {
                let time = civil::seconds(self.master.start.local()).rem_euclid(DAY);
                self.keys.of(&self.master.start.at(civil::date_time(day * DAY + time))).start()
            }
        }
    }

    fn order(&self, event: &Event) -> Option<i64> {
        event.recurrence_id.as_ref().map(|id| self.key(id))
    }

    fn is(&self, event: &Event, key: i64) -> bool {
        self.order(event) == Some(key)
    }

    /// Does an instance before this one take place?
    fn has_before(&self, key: i64, events: &[Event], zones: &Zones) -> bool {
        if self
            .overrides
            .iter()
            .any(|event| event.status != Status::Cancelled && self.order(event).is_some_and(|order| order < key))
        {
            return true;
        }
        // what is left are instances as the master makes them; a day more, where keys are not instants
        let until = Millis(key.saturating_add(2 * DAY).saturating_mul(1000));
        let few = 64 + events.len();
        occurrences_in(events, Millis(i64::MIN / 2)..until, zones, few).list.iter().any(|one| self.key(&one.id) < key)
    }

    /// The series up to before the instance, and its rules from there on.
    fn divide(&self, key: i64, local: i64, zones: &Zones) -> Result<(Vec<Event>, Vec<Rule>), EditError> {
        let mut master = self.master.clone();
        let mut rest = Vec::new();
        let mut made = self.master.recurrence.rrule.is_empty();
        master.recurrence.rrule.clear();
        for text in &self.master.recurrence.rrule {
            let rule: Rule = text.parse()?;
            let (before, makes) = self.count(&rule, local, zones)?;
            made |= makes;
            let (mut old, mut new) = (rule.clone(), rule);
            if let End::Count(count) = old.end {
                (old.end, new.end) = (End::Count(before.max(1)), End::Count(count.saturating_sub(before).max(1)));
                if count > before {
                    rest.push(new);
                }
            } else {
                let last = self.just_before(key, local);
                old.end = End::Until(last);
                rest.push(new);
            }
            master.recurrence.rrule.push(old.to_string());
        }
        if !made {
            return Err(EditError::NoInstance);
        }
        master.recurrence.rdate.retain(|date| self.key(&date.start) < key);
        master.recurrence.exdate.retain(|date| self.key(date) < key);
        let mut series = vec![master];
        series.extend(
            self.overrides
                .iter()
                .filter(|event| self.order(event).is_none_or(|order| order < key))
                .map(|event| (*event).clone()),
        );
        Ok((series, rest))
    }

    /// UNTIL for a series that ends before the instance.
    fn just_before(&self, key: i64, local: i64) -> Until {
        match &self.master.start {
            When::Date(_) => Until::Date(civil::date_time(local - DAY).date()),
            When::Floating(_) => Until::Local(civil::date_time(local - 1)),
            When::Utc(_) | When::Zoned { .. } => match offset(0).to_timestamp(civil::date_time(key - 1)) {
                Ok(at) => Until::Utc(at),
                Err(_) => Until::Local(civil::date_time(local - 1)),
            },
        }
    }

    /// How many instances a rule makes before this one, where COUNT has to know, and whether it makes this one.
    fn count(&self, rule: &Rule, local: i64, zones: &Zones) -> Result<(u32, bool), EditError> {
        let mut all = Instances::new(rule, &self.master.start, zones);
        if !matches!(rule.end, End::Count(_)) {
            all.window(local, local + 1);
            let makes = all.next_local().is_some();
            return if all.cut() { Err(EditError::TooFar) } else { Ok((0, makes)) };
        }
        let mut before = 0;
        while let Some(at) = all.next_local() {
            if at >= local {
                return Ok((before, at == local));
            }
            before += 1;
            if !all.spend_step() {
                return Err(EditError::TooFar);
            }
        }
        if all.cut() { Err(EditError::TooFar) } else { Ok((before, false)) }
    }
}

/// How an instance was moved, and all the others with it.
struct Moved<'a> {
    old: &'a Series<'a>,
    start: &'a When,
    by: i64,
}

impl<'a> Moved<'a> {
    fn new(old: &'a Series<'a>, id: &When, start: &'a When) -> Self {
        Self { old, start, by: civil::seconds(start.local()) - old.keys.local(id) }
    }

    /// The same instance's start in the moved series.
    fn when(&self, when: &When) -> When {
        let local = match self.old.keys.of(when) {
            Key::Day(day) => day * DAY + civil::seconds(self.old.master.start.local()).rem_euclid(DAY),
            Key::Start(_) => self.old.keys.local(when),
        };
        self.start.at(civil::date_time(local + self.by))
    }

    fn same(&self) -> bool {
        let zone = |when: &When| if let When::Zoned { zone, .. } = when { Some(zone.clone()) } else { None };
        self.by == 0
            && std::mem::discriminant(self.start) == std::mem::discriminant(&self.old.master.start)
            && zone(self.start) == zone(&self.old.master.start)
    }

    fn override_of(&self, event: &Event) -> Event {
        Event { recurrence_id: event.recurrence_id.as_ref().map(|id| self.when(id)), ..event.clone() }
    }

    fn until(&self, rule: &Rule) -> End {
        match rule.end {
            End::Until(until) if !self.same() => {
                let written = match until {
                    Until::Date(day) => When::Date(day),
                    Until::Local(local) => When::Floating(local),
                    Until::Utc(at) => When::Utc(at),
                };
                let last =
                    if self.old.keys.is_date { civil::seconds(written.local()) } else { self.old.keys.local(&written) };
                let local = civil::date_time(last + self.by);
                // the end of the day, where a day was written and times are to come
                End::Until(match (until, self.start) {
                    (_, When::Date(_)) | (Until::Date(_), _) => Until::Date(local.date()),
                    (_, When::Floating(_)) => Until::Local(local),
                    (_, start) => match start.at(local) {
                        When::Utc(at) => Until::Utc(at),
                        zoned => zoned
                            .instant(&jiff::tz::TimeZone::UTC)
                            .and_then(|at| jiff::Timestamp::from_millisecond(at.0).ok())
                            .map_or(Until::Local(local), Until::Utc),
                    },
                })
            }
            end => end,
        }
    }

    /// The recurrence of the moved series, of the dates that `with` lets through; and whether its rule is a new one.
    fn recurrence(
        &self,
        old: &Recurrence,
        rules: Vec<Rule>,
        changed: &Event,
        with: &dyn Fn(&When) -> bool,
    ) -> Result<(Recurrence, bool), EditError> {
        let new = !changed.recurrence.rrule.is_empty() && changed.recurrence.rrule != old.rrule;
        let rrule = if new {
            for text in &changed.recurrence.rrule {
                text.parse::<Rule>()?;
            }
            changed.recurrence.rrule.clone()
        } else {
            rules.into_iter().map(|rule| Rule { end: self.until(&rule), ..rule }.to_string()).collect()
        };
        let rdate = old.rdate.iter().filter(|date| with(&date.start)).map(|date| {
            let start = self.when(&date.start);
            // a period keeps its length on the clock
            let by = civil::seconds(start.local()) - civil::seconds(date.start.local());
            let end = date.end.as_ref().map(|end| end.at(civil::date_time(civil::seconds(end.local()) + by)));
            RDate { start, end }
        });
        let exdate = old.exdate.iter().filter(|date| with(date)).map(|date| self.when(date));
        Ok((Recurrence { rrule, exrule: old.exrule.clone(), rdate: rdate.collect(), exdate: exdate.collect() }, new))
    }
}

/// Gives the master its recurrence, and drops overrides that a new rule does not make.
fn finish(series: &mut Vec<Event>, recurrence: Recurrence, new: bool, zones: &Zones) {
    let Some(master) = series.first_mut() else { return };
    master.recurrence = recurrence;
    if !new {
        return;
    }
    let master = master.clone();
    let keys = Keys::new(&master.start, zones);
    series.retain(|event| {
        let Some(id) = &event.recurrence_id else { return true };
        let at = zones.instant(&master.start.at(civil::date_time(keys.local(id)))).saturating_mul(1000);
        let made = occurrences_in(std::slice::from_ref(&master), Millis(at)..Millis(at + 1), zones, 64);
        made.list.iter().any(|one| keys.of(&one.id) == keys.of(id))
    });
}
