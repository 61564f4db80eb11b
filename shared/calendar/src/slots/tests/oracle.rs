//! The sweep against the clock: minute by minute, with nothing of the sweep.

use super::super::find::Survey;
use super::super::*;
use super::{fitting, ids};
use crate::freebusy::days::{Zones, local};
use crate::freebusy::span::MINUTE;
use crate::freebusy::tests::{ZONES, at, some_block, span, zone};
use crate::freebusy::{Block, Daily, Hours, Lunch, Person, Profile, Span, Stay, TimeOfDay, Treat, Weekday};
use proptest::prelude::*;

prop_compose! {
    fn some_profile(id: &'static str)(
        name in prop::sample::select(&ZONES[..]), before in 0..4_u16, after in 0..4_u16, notice in 0..600_u32,
        meetings in prop::option::of(1..5_u16), minutes in prop::option::of(30..400_u16), quiet in prop::option::of((0..24_u16, 1..24_u16)),
        hours in prop::collection::vec((0..7_usize, 0..24_u16, 1..24_u16), 0..3), office: bool,
        stay in prop::option::of((27..30_u8, 0..3_u8, prop::sample::select(&ZONES[..]))), lunch: bool,
    ) -> Profile {
        use Weekday::*;
        let mut profile = Profile::new(id, id.to_uppercase(), zone(name));
        (profile.buffer_before, profile.buffer_after, profile.notice) = (before * 5, after * 5, notice);
        (profile.max_meetings, profile.max_minutes) = (meetings, minutes);
        let daily = |from: u16, length: u16| Daily { from: TimeOfDay::at(from, 0), to: TimeOfDay::at((from + length) % 24, 0) };
        profile.quiet = quiet.into_iter().map(|(from, length)| daily(from, length.min(8))).collect();
        let days = [Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday];
        if !office {
            profile.hours.clear();
        }
        profile.hours.extend(hours.into_iter().map(|(day, from, length)| Hours { day: days[day], time: daily(from, length) }));
        profile.stays = stay.into_iter().map(|(first, length, name)| Stay {
            first: format!("2026-03-{first}").parse().unwrap(),
            last: format!("2026-03-{}", (first + length).min(31)).parse().unwrap(),
            zone: zone(name),
        }).collect();
        if lunch {
            let between = Daily { from: TimeOfDay::at(11, 0), to: TimeOfDay::at(14, 0) };
            profile.lunch = Some(Lunch { between, minutes: 60 });
        }
        profile
    }
}

/// What a person's clock shows: one minute at a time, with nothing of the sweep.
struct Oracle<'a> {
    person: &'a Person,
    /// For each date: what its midnight is, and the instants of the next.
    places: crate::freebusy::days::Whereabouts,
}

impl Oracle<'_> {
    /// Is this minute inside spans that begin on some day at some time of day? By their two ends on the clock.
    fn covered(&self, minute: i64, spans: impl Iterator<Item = (Option<Weekday>, Daily)> + Clone) -> bool {
        let (_, clock) = self.places.local(minute);
        let around = [-2, -1, 0, 1, 2].map(|days| clock.date().saturating_add(jiff::Span::new().days(days)));
        around.into_iter().any(|date| {
            let weekday: Weekday = date.weekday().into();
            spans.clone().any(|(day, time)| {
                let (from, to) = time.minutes();
                day.is_none_or(|day| day == weekday)
                    && (self.places.instant(date, from)..self.places.instant(date, to)).contains(&minute)
            })
        })
    }

    /// The day that holds an instant, as its ends.
    fn day(&self, at: i64) -> Span {
        let (_, clock) = self.places.local(at);
        let from = [-2, -1, 0, 1, 2].map(|days| clock.date().saturating_add(jiff::Span::new().days(days)));
        let midnights = from.map(|date| self.places.instant(date, 0));
        let mut day = Span::new(midnights[0], midnights[0]);
        let mut end = midnights[0];
        for pair in midnights.windows(2) {
            let start = end;
            end = start.max(pair[1]);
            if start <= at && at < end {
                day = Span::new(start, end);
            }
        }
        day
    }

    fn fits(&self, time: Span, request: &Request, now: i64) -> bool {
        let profile = &self.person.profile;
        let minutes = || (time.start.0..time.end.0).step_by(MINUTE as usize);
        let hours = profile.hours.iter().map(|hours| (Some(hours.day), hours.time));
        let quiet = profile.quiet.iter().map(|time| (None, *time));
        let mut seen = std::collections::BTreeSet::new();
        let mut meetings = Vec::new();
        for block in &self.person.blocks {
            let span = self.places.span_of(block);
            if span.is_empty() {
                continue;
            }
            if request.policy.treat(block) == Treat::Blocks {
                if span.overlaps(time) {
                    return false;
                }
                // between the two there must be the after of the first and the before of the second
                let gap = if span.end <= time.start { time.start.0 - span.end.0 } else { span.start.0 - time.end.0 };
                let (own_before, own_after) =
                    if block.has_buffers() { (profile.buffer_before, profile.buffer_after) } else { (0, 0) };
                let first = if span.end <= time.start {
                    own_after + profile.buffer_before
                } else {
                    profile.buffer_after + own_before
                };
                if gap < i64::from(first) * MINUTE {
                    return false;
                }
            }
            if block.is_meeting() && seen.insert((block.event.clone(), span)) {
                meetings.push(span);
            }
        }
        let limits = {
            let day = self.day(time.start.0);
            let begins = meetings.iter().filter(|span| day.start <= span.start && span.start < day.end).count();
            let full = |at: i64| {
                let day = self.day(at);
                let used: i64 = meetings.iter().map(|span| day.clip(*span).length()).sum();
                profile.max_minutes.is_some_and(|most| used + day.clip(time).length() > i64::from(most) * MINUTE)
            };
            profile.max_meetings.is_some_and(|most| begins >= usize::from(most)) || minutes().any(full)
        };
        !limits
            && time.start.0 >= now + i64::from(profile.notice) * MINUTE
            && minutes().all(|minute| self.covered(minute, hours.clone()))
            && !minutes().any(|minute| self.covered(minute, quiet.clone()))
    }
}

/// A copy of one occurrence with other properties is not what distinct names promise: names made unique.
fn unique(blocks: Vec<Block>) -> Vec<Block> {
    blocks.into_iter().enumerate().map(|(nth, block)| Block { event: format!("e{nth}"), ..block }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The sweep against the clock, minute by minute, around the change of Europe's clocks (29 March 2026).
    #[test]
    fn the_sweep_finds_what_the_clock_says(
        one in some_profile("one"), two in some_profile("two"), blocks in prop::collection::vec(some_block(4 * 1_440), 0..12),
        more in prop::collection::vec(some_block(4 * 1_440), 0..6), zone_name in prop::sample::select(&ZONES[..]),
        duration in prop::sample::select(&[15_u16, 30, 50, 90][..]), granularity in prop::sample::select(&[15_u16, 20, 30, 60][..]),
        times in prop::option::of((0..12_u16, 13..25_u16)), weekdays: bool,
    ) {
        let people = [Person { profile: one, blocks: unique(blocks) }, Person { profile: two, blocks: unique(more) }];
        let window = span("2026-03-28T07:10:00Z", "2026-03-30T18:00:00Z");
        let now = at("2026-03-28T09:03:00Z").0;
        let mut request = Request { granularity, required: ids(&["one", "two"]), ..Request::new(duration, window, zone(zone_name)) };
        request.not_before = times.map(|(from, _)| TimeOfDay::at(from, 0));
        request.not_after = times.map(|(_, to)| TimeOfDay::at(to, 0));
        if weekdays {
            request.weekdays = vec![Weekday::Saturday, Weekday::Sunday];
        }
        let rules = zone(zone_name).rules();
        let mut zones = Zones::default();
        let oracles = people.each_ref().map(|person| Oracle {
            person, places: crate::freebusy::days::Whereabouts::of(&person.profile, &mut zones),
        });
        let mut expected = Vec::new();
        for start in (now - now.rem_euclid(MINUTE)..window.end.0).step_by(MINUTE as usize) {
            let time = Span::new(start, start + i64::from(duration) * MINUTE);
            let clock = local(start, &rules);
            let minute = u16::try_from(clock.hour()).unwrap() * 60 + u16::try_from(clock.minute()).unwrap();
            if start < now || !window.holds(time) || minute % granularity != 0 {
                continue;
            }
            let day: Weekday = clock.date().weekday().into();
            let end = local(time.end.0, &rules);
            let end = i64::from(end.date() != clock.date()) * 1_440 + i64::from(end.hour()) * 60 + i64::from(end.minute());
            let early = request.not_before.is_some_and(|from| minute < from.minute());
            let late = request.not_after.is_some_and(|to| end > i64::from(to.minute()));
            if early || late || !request.weekdays.is_empty() && !request.weekdays.contains(&day) {
                continue;
            }
            if oracles.iter().all(|oracle| oracle.fits(time, &request, now)) {
                expected.push(start);
            }
        }
        let survey = Survey::new(&request, &people, now, 0, &mut zones);
        prop_assert_eq!(fitting(&survey), expected);
    }

    /// The same inputs in any order, the same plan; proposals do not overlap, hold at commit, and come cheapest first.
    #[test]
    fn plans_are_deterministic_and_hold(
        one in some_profile("one"), two in some_profile("two"), three in some_profile("three"),
        blocks in prop::collection::vec(some_block(6 * 1_440), 0..20), seed: u64, stretch in 0..3_u8, cut_buffers: bool, pool: bool,
        shuffle in any::<prop::sample::Index>(),
    ) {
        let window = span("2026-03-27T00:00:00Z", "2026-04-03T00:00:00Z");
        let names = ["one", "two", "three"];
        let mut request = Request { stretch, cut_buffers, count: 5, ..Request::new(30, window, zone("Europe/Berlin")) };
        if pool { request.pool = ids(&names[..2]); request.optional = ids(&names[2..]); } else { request.required = ids(&names); }
        let mut people: Vec<Person> = [one, two, three].into_iter().enumerate().map(|(nth, profile)| {
            Person { profile, blocks: blocks.iter().skip(nth).step_by(3).cloned().collect() }
        }).collect();
        let now = at("2026-03-27T08:00:00Z");
        let found = find(&request, &people, now, seed).unwrap();
        for slot in &found.slots {
            prop_assert_eq!(recheck(slot, &request, &people, now), Ok(()));
            prop_assert!(window.holds(slot.span) && !slot.reasons.is_empty());
            prop_assert_eq!(found.slots.iter().filter(|other| other.span.overlaps(slot.span)).count(), 1);
        }
        prop_assert!(found.slots.windows(2).all(|pair| pair[0].cost <= pair[1].cost));
        prop_assert!(found.slots.is_empty() || found.blockers.is_empty());

        let by = shuffle.index(people.len());
        people.rotate_left(by);
        for person in &mut people {
            person.blocks.reverse();
            person.profile.hours.reverse();
            person.profile.quiet.reverse();
        }
        request.required.reverse();
        request.pool.reverse();
        prop_assert_eq!(find(&request, &people, now, seed).unwrap(), found);
    }
}
