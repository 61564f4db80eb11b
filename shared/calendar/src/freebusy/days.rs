//! A person's days: where they begin and end, which hours are worked, with the rules of the zone the person is in.
//!
//! Zones are asked per day, never per slot.

use super::block::Block;
use super::profile::{Daily, Profile};
use super::span::{self, DAY, Span};
use crate::zone::Zone;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Nobody plans further than this from 1970: about year 2242. Keeps all sums far from overflow.
const FAR: i64 = 8_600_000_000_000;
/// Days that are looked at in one go.
pub const MAX_DAYS: usize = 800;

/// The rules of zones, read once each: a look-up parses the zone's data anew.
#[derive(Debug, Default)]
pub struct Zones(Vec<(Zone, TimeZone)>);

impl Zones {
    /// The rules of `zone`.
    pub fn rules(&mut self, zone: &Zone) -> TimeZone {
        if let Some((_, rules)) = self.0.iter().find(|(known, _)| known == zone) {
            return rules.clone();
        }
        let rules = zone.rules();
        self.0.push((zone.clone(), rules.clone()));
        rules
    }
}

/// Where a person is, day by day.
#[derive(Debug, Clone)]
pub struct Whereabouts {
    home: (Zone, TimeZone),
    /// The later ones first: of two that overlap, the one that begins later holds.
    stays: Vec<(Date, Date, Zone, TimeZone)>,
}

impl Whereabouts {
    /// Of a person.
    pub fn of(profile: &Profile, zones: &mut Zones) -> Self {
        let home = (profile.zone.clone(), zones.rules(&profile.zone));
        let mut stays = profile.stays.clone();
        stays.sort_unstable();
        let stays = stays.into_iter().rev().map(|stay| {
            let rules = zones.rules(&stay.zone);
            (stay.first, stay.last, stay.zone, rules)
        });
        Self { home, stays: stays.collect() }
    }

    fn on(&self, day: Date) -> (&Zone, &TimeZone) {
        let away = self.stays.iter().find(|(first, last, ..)| *first <= day && day <= *last);
        away.map_or((&self.home.0, &self.home.1), |(_, _, zone, rules)| (zone, rules))
    }

    /// The instant when the clock shows so many minutes after midnight of `day`; over 1,440 it is the next day's, in the same zone.
    pub fn instant(&self, day: Date, minutes: u16) -> i64 {
        let minutes = minutes.min(2_880);
        let date = day.saturating_add(i64::from(minutes / 1_440).days());
        let (hour, minute) = (minutes % 1_440 / 60, minutes % 60);
        let time = Time::new(i8::try_from(hour).unwrap_or(0), i8::try_from(minute).unwrap_or(0), 0, 0);
        instant(date.to_datetime(time.unwrap_or(Time::midnight())), self.on(day).1)
    }

    fn span(&self, day: Date, time: Daily) -> Span {
        let (from, to) = time.minutes();
        Span::new(self.instant(day, from), self.instant(day, to))
    }

    /// The zone and the clock at an instant.
    pub fn local(&self, at: i64) -> (&Zone, DateTime) {
        let home = local(at, &self.home.1);
        // the person's day holds the instant when that day's own zone says so too
        let dates = [home.date(), home.date().saturating_sub(1.day()), home.date().saturating_add(1.day())];
        let found = dates.into_iter().find_map(|day| {
            let (zone, rules) = self.on(day);
            let there = local(at, rules);
            (there.date() == day).then_some((zone, there))
        });
        found.unwrap_or((&self.home.0, home))
    }

    /// The time an all-day block takes, or the block's own span.
    pub fn span_of(&self, block: &Block) -> Span {
        if !block.all_day {
            return Span::new(near(block.span.start.0), near(block.span.end.0));
        }
        let (first, end) = block.days();
        Span::new(self.instant(date(first), 0), self.instant(date(end), 0))
    }
}

/// The instant of a local time (RFC 5545, 3.3.5), within what is planned for.
pub(crate) fn instant(local: DateTime, rules: &TimeZone) -> i64 {
    near(crate::when::instant_of(local, rules).map_or(0, |at| at.0))
}

/// The clock at an instant.
pub(crate) fn local(at: i64, rules: &TimeZone) -> DateTime {
    rules.to_datetime(Timestamp::from_millisecond(near(at)).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// Within what is planned for.
pub(crate) const fn near(at: i64) -> i64 {
    if at < -FAR {
        -FAR
    } else if at > FAR {
        FAR
    } else {
        at
    }
}

fn date(days: i64) -> Date {
    local(days.saturating_mul(DAY), &TimeZone::UTC).date()
}

/// One day of a person.
#[derive(Debug, Clone)]
pub struct Day {
    /// Its date.
    pub date: Date,
    /// From its midnight to the next: 23, 24 or 25 hours, and anything on a day of travel. Days never overlap.
    pub span: Span,
}

/// The days of a person that touch a window, two more on each side (hours may go over midnight, and a traveller may cross the date line).
#[derive(Debug, Clone)]
pub struct Days {
    /// In order.
    pub days: Vec<Day>,
    /// Working hours, merged.
    pub work: Vec<Span>,
    /// Quiet hours, merged.
    pub quiet: Vec<Span>,
}

impl Days {
    /// Those of `profile` around `window`, at most [`MAX_DAYS`].
    pub fn cover(profile: &Profile, places: &Whereabouts, window: Span) -> Self {
        let mut day = local(window.start.0, &places.home.1).date().saturating_sub(2.days());
        let last = local(window.end.0, &places.home.1).date().saturating_add(2.days());
        let mut this = Self { days: Vec::new(), work: Vec::new(), quiet: Vec::new() };
        let mut start = places.instant(day, 0);
        while day <= last && this.days.len() < MAX_DAYS {
            let next = day.saturating_add(1.day());
            let end = places.instant(next, 0).max(start);
            this.days.push(Day { date: day, span: Span::new(start, end) });
            let weekday = day.weekday().into();
            let hours = profile.hours.iter().filter(|hours| hours.day == weekday);
            this.work.extend(hours.map(|hours| places.span(day, hours.time)));
            this.quiet.extend(profile.quiet.iter().map(|time| places.span(day, *time)));
            (day, start) = (next, end);
        }
        span::merge(&mut this.work);
        span::merge(&mut this.quiet);
        this
    }

    /// The place in `days` of the one that holds an instant, or of the nearest.
    pub fn index(&self, at: i64) -> usize {
        let after = self.days.partition_point(|day| day.span.start.0 <= at);
        after.saturating_sub(1)
    }
}
