//! Daylight saving time: daily events at every hour, over zones with every kind of change, against first principles.

use super::{Fold, Gap, Policy, Rules, Zone, Zones};
use crate::When;
use crate::recurrence::{Instances, Rule};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// Zone and the first of three years: gaps and folds of an hour, of half an hour, of a day, at midnight, in winter, and none.
const ZONES: [(&str, i16); 16] = [
    ("Europe/Berlin", 2025),
    ("America/New_York", 2025),
    ("America/New_York", 2006),
    ("Australia/Lord_Howe", 2025),
    ("Europe/Dublin", 2025),
    ("Africa/Casablanca", 2025),
    ("America/Sao_Paulo", 2016),
    ("Pacific/Apia", 2010),
    ("Asia/Kathmandu", 1985),
    ("Pacific/Chatham", 2025),
    ("America/St_Johns", 2025),
    ("Asia/Tehran", 2020),
    ("America/Havana", 2025),
    ("Africa/Cairo", 2024),
    ("Asia/Pyongyang", 2015),
    ("Antarctica/Troll", 2025),
];

/// What the clock says at every quarter of an hour, read from instants only; and the instants that each time of the clock has.
fn clock(zone: &TimeZone, from: Date, to: Date) -> BTreeMap<DateTime, Vec<i64>> {
    let begin = from.to_zoned(TimeZone::UTC).unwrap().timestamp().as_second() - 3 * 86_400;
    let end = to.to_zoned(TimeZone::UTC).unwrap().timestamp().as_second() + 3 * 86_400;
    let mut all: BTreeMap<DateTime, Vec<i64>> = BTreeMap::new();
    for at in (begin..end).step_by(900) {
        all.entry(zone.to_datetime(Timestamp::from_second(at).unwrap())).or_default().push(at);
    }
    all
}

/// The instant by RFC 5545, 3.3.5: the first of two; in a gap as long after the last minute before it as the times on the clock are apart.
fn first_principles(clock: &BTreeMap<DateTime, Vec<i64>>, local: DateTime) -> i64 {
    match clock.get(&local) {
        Some(instants) => *instants.first().unwrap(),
        None => {
            // the last quarter before a gap is shown once and has the offset before it
            let (before, instants) = clock.range(..local).next_back().unwrap();
            instants.last().unwrap() + local.duration_since(*before).as_secs()
        }
    }
}

#[test]
fn every_hour_of_three_years() {
    let rule: Rule = "FREQ=DAILY".parse().unwrap();
    let (mut gaps, mut folds) = (0, 0);
    for (name, year) in ZONES {
        let zone = Zone::iana(name).unwrap();
        let rules = zone.rules();
        let (from, to) = (date(year, 1, 1), date(year + 3, 1, 1));
        let clock = clock(&rules, from, to);
        let zones = Zones::new(&TimeZone::UTC);
        for half in 0..48 {
            let time = DateTime::constant(2000, 1, 1, half / 2, half % 2 * 30, 0, 0).time();
            let start = When::Zoned { local: from.to_datetime(time), zone: zone.clone(), tzid: None };
            let mut all = Instances::new(&rule, &start, &zones);
            all.between(from.to_datetime(time), to.to_datetime(jiff::civil::Time::midnight()));
            let mut day = from;
            for one in all {
                let local = day.to_datetime(time);
                assert_eq!(one.local(), local);
                assert_eq!(one.instant().0 / 1000, first_principles(&clock, local), "{name} {local}");
                gaps += usize::from(!clock.contains_key(&local));
                folds += usize::from(clock.get(&local).is_some_and(|instants| instants.len() > 1));
                day = day.tomorrow().unwrap();
            }
            assert_eq!(day, to, "{name} {time}");
        }
    }
    // all kinds of changes were met
    assert!(gaps > 100 && folds > 60, "{gaps} gaps, {folds} folds");
}

#[test]
fn days_of_apia_and_midnights_of_sao_paulo() {
    // 2011-12-30 did not take place
    let starts = |zone: &str, start: &str, gap: Gap| {
        let start = When::Zoned { local: start.parse().unwrap(), zone: Zone::iana(zone).unwrap(), tzid: None };
        let zones = Zones::with(&TimeZone::UTC, Policy { gap, fold: Fold::First });
        let rule: Rule = "FREQ=DAILY;COUNT=3".parse().unwrap();
        Instances::new(&rule, &start, &zones).map(|one| one.instant().to_string()[..16].to_owned()).collect::<Vec<_>>()
    };
    let apia = ["2011-12-29T22:00", "2011-12-30T22:00", "2011-12-30T22:00"];
    assert_eq!(starts("Pacific/Apia", "20111229T120000", Gap::Before), apia);
    assert_eq!(
        starts("Pacific/Apia", "20111229T120000", Gap::Skip),
        ["2011-12-29T22:00", "2011-12-30T22:00", "2011-12-31T22:00"]
    );
    // midnight of 2017-10-15 is not on the clock
    let sao_paulo = ["2017-10-14T03:00", "2017-10-15T03:00", "2017-10-16T02:00"];
    assert_eq!(starts("America/Sao_Paulo", "20171014T000000", Gap::Before), sao_paulo);
}

#[test]
fn the_kept_offset_is_the_looked_up_one() {
    let mut random = 7_u64;
    for (name, year) in ZONES {
        let zone = Zone::iana(name).unwrap().rules();
        for fold in [Fold::First, Fold::Second] {
            for gap in [Gap::Before, Gap::After, Gap::Skip] {
                let rules = Rules::new(zone.clone(), Policy { gap, fold });
                let mut local = date(year, 1, 1).to_zoned(TimeZone::UTC).unwrap().timestamp().as_second();
                for step in 0..2000 {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    // small steps and great ones, forward and back
                    let by = (random >> 33) as i64 % [600, 5_000, 90_000, 3_000_000, 40_000_000][step % 5];
                    local += if random >> 62 == 0 { -by } else { by };
                    if local > 100_000_000_000 {
                        local = 0;
                    }
                    let ambiguous = zone.to_ambiguous_timestamp(crate::recurrence::civil::date_time(local));
                    let expected = match (ambiguous.offset(), gap, fold) {
                        (jiff::tz::AmbiguousOffset::Unambiguous { offset }, ..) => Some(offset),
                        (jiff::tz::AmbiguousOffset::Gap { before, .. }, Gap::Before, _) => Some(before),
                        (jiff::tz::AmbiguousOffset::Gap { after, .. }, Gap::After, _) => Some(after),
                        (jiff::tz::AmbiguousOffset::Gap { .. }, Gap::Skip, _) => None,
                        (jiff::tz::AmbiguousOffset::Fold { before, .. }, _, Fold::First) => Some(before),
                        (jiff::tz::AmbiguousOffset::Fold { after, .. }, _, Fold::Second) => Some(after),
                    };
                    let expected = expected.map(|offset| local - i64::from(offset.seconds()));
                    assert_eq!(rules.instant(local), expected, "{name} {}", crate::recurrence::civil::date_time(local));
                    // the bounds that windows are opened with
                    let at = rules.written(local);
                    assert!(
                        gap == Gap::After || rules.earliest(at) <= local && local <= rules.latest(at),
                        "{name} {local}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_zone_is_read_once() {
    let zones = Zones::new(&TimeZone::UTC);
    let berlin = Zone::iana("europe/berlin").unwrap();
    assert!(std::rc::Rc::ptr_eq(&zones.rules(&berlin), &zones.rules(&Zone::iana("Europe/Berlin").unwrap())));
    let local: DateTime = "20260115T100000".parse().unwrap();
    let at = |when: When| zones.instant(&when);
    assert_eq!(at(When::Zoned { local, zone: berlin, tzid: None }) + 3600, at(When::Floating(local)));
    assert_eq!(at(When::Utc(Timestamp::from_second(5).unwrap())), 5);
}
