use super::days::{Days, Whereabouts, Zones};
use super::span::{DAY, HOUR, MINUTE};
use super::*;
use crate::event::{Attendee, Event, Response, Status};
use crate::when::When;
use crate::zone::Zone;
use attune_domain::Millis;
use jiff::tz::TimeZone;
use proptest::prelude::*;

/// Zones of the suite: northern and southern rules, half and quarter hours, half an hour of summer time, none, changes at midnight.
pub(crate) const ZONES: [&str; 16] = [
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "America/Santiago",
    "America/Sao_Paulo",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Beirut",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Australia/Adelaide",
    "Pacific/Auckland",
    "Pacific/Chatham",
];

pub(crate) fn zone(name: &str) -> Zone {
    Zone::iana(name).unwrap()
}

pub(crate) fn at(text: &str) -> Millis {
    Millis::parse(text).unwrap()
}

pub(crate) fn span(from: &str, to: &str) -> Span {
    Span { start: at(from), end: at(to) }
}

/// Whole days: midnights in UTC.
pub(crate) fn days(first: &str, end: &str) -> Span {
    span(&format!("{first}T00:00:00Z"), &format!("{end}T00:00:00Z"))
}

pub(crate) fn block(event: &str, from: &str, to: &str) -> Block {
    Block::new(event, span(from, to))
}

#[test]
fn times_of_day_are_read_and_written() {
    for text in ["00:00", "09:30", "23:59", "24:00"] {
        assert_eq!(TimeOfDay::try_from(text.to_owned()).unwrap().to_string(), text);
    }
    for text in ["", "9:30", "24:01", "23:60", "ab:cd", "09-30", "09:300", "é9:30"] {
        assert!(TimeOfDay::try_from(text.to_owned()).is_err(), "{text}");
    }
}

#[test]
fn a_profile_that_cannot_be_planned_with_is_refused() {
    let good = Profile::new("ana", "Ana", zone("UTC"));
    assert_eq!(good.check(), Ok(()));
    let quiet = vec![Daily { from: TimeOfDay::at(1, 0), to: TimeOfDay::at(2, 0) }; 101];
    assert_eq!(Profile { quiet, ..good.clone() }.check(), Err(profile::ProfileError::Entries));
    let (first, last) = ("2026-11-24".parse().unwrap(), "2026-11-23".parse().unwrap());
    let stays = vec![Stay { first, last, zone: zone("UTC") }];
    assert_eq!(Profile { stays, ..good.clone() }.check(), Err(profile::ProfileError::Stay));
    assert_eq!(Profile { buffer_after: 1_441, ..good }.check(), Err(profile::ProfileError::Buffer));
}

#[test]
fn the_strongest_status_is_told_and_periods_join() {
    let mut person = Person { profile: Profile::new("ana", "Ana", zone("UTC")), blocks: Vec::new() };
    person.blocks.push(block("a", "2026-11-23T09:00:00Z", "2026-11-23T11:00:00Z"));
    person.blocks.push(block("b", "2026-11-23T11:00:00Z", "2026-11-23T12:00:00Z"));
    let with = |busy, from, to| Block { busy, ..block("c", from, to) };
    person.blocks.push(with(Busy::Tentative, "2026-11-23T10:00:00Z", "2026-11-23T13:00:00Z"));
    person.blocks.push(with(Busy::OutOfOffice, "2026-11-23T10:30:00Z", "2026-11-23T10:45:00Z"));
    person.blocks.push(with(Busy::Free, "2026-11-23T08:00:00Z", "2026-11-23T20:00:00Z"));
    let told = periods(&person, span("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"));
    let told: Vec<_> = told.iter().map(|p| (p.busy, p.span.start.to_string()[11..16].to_owned())).collect();
    let expected =
        [(Busy::Busy, "09:00"), (Busy::OutOfOffice, "10:30"), (Busy::Busy, "10:45"), (Busy::Tentative, "12:00")];
    assert_eq!(told, expected.map(|(busy, time)| (busy, time.to_owned())));
}

#[test]
fn an_all_day_event_is_the_day_of_where_one_is() {
    let mut profile = Profile::new("ana", "Ana", zone("Europe/Berlin"));
    profile.stays.push(Stay {
        first: "2026-11-24".parse().unwrap(),
        last: "2026-11-26".parse().unwrap(),
        zone: zone("Asia/Tokyo"),
    });
    let day = Block { all_day: true, ..Block::new("off", days("2026-11-25", "2026-11-26")) };
    let person = Person { profile, blocks: vec![day] };
    let window = span("2026-11-20T00:00:00Z", "2026-11-30T00:00:00Z");
    let taken = blocked(&person, window, Policy::default(), true);
    assert_eq!(taken, vec![span("2026-11-24T15:00:00Z", "2026-11-25T15:00:00Z")]);
    let places = Whereabouts::of(&person.profile, &mut Zones::default());
    let (there, clock) = places.local(at("2026-11-25T01:00:00Z").0);
    assert_eq!((there.name(), clock.to_string().as_str()), ("Asia/Tokyo", "2026-11-25T10:00:00"));
    let (there, _) = places.local(at("2026-11-28T01:00:00Z").0);
    assert_eq!(there.name(), "Europe/Berlin");
}

#[test]
fn buffers_pad_and_whole_days_do_not() {
    let mut profile = Profile::new("ana", "Ana", zone("UTC"));
    (profile.buffer_before, profile.buffer_after) = (10, 5);
    let day = Block { all_day: true, ..Block::new("off", days("2026-11-25", "2026-11-26")) };
    let travel = Block { kind: Kind::Travel, ..block("way", "2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z") };
    let meeting = block("m", "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z");
    let person = Person { profile, blocks: vec![day, travel, meeting] };
    let taken = blocked(&person, span("2026-11-20T00:00:00Z", "2026-11-30T00:00:00Z"), Policy::default(), true);
    let expected = [
        span("2026-11-23T08:50:00Z", "2026-11-23T10:05:00Z"),
        span("2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z"),
        days("2026-11-25", "2026-11-26"),
    ];
    assert_eq!(taken, expected);
}

#[test]
fn policies_decide_what_blocks() {
    let policy = Policy::default();
    let of = |busy| Block { busy, ..block("x", "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z") };
    assert_eq!(policy.treat(&of(Busy::Busy)), Treat::Blocks);
    assert_eq!(policy.treat(&of(Busy::OutOfOffice)), Treat::Blocks);
    assert_eq!(policy.treat(&of(Busy::Tentative)), Treat::Avoid);
    assert_eq!(policy.treat(&of(Busy::WorkingElsewhere)), Treat::Ignore);
    assert_eq!(policy.treat(&of(Busy::Free)), Treat::Ignore);
    assert_eq!(policy.treat(&Block { kind: Kind::Focus, ..of(Busy::Busy) }), Treat::Avoid);
    assert_eq!(policy.treat(&Block { response: Response::Declined, ..of(Busy::Busy) }), Treat::Ignore);
}

pub(crate) fn event(start: When, end: When) -> Event {
    Event {
        uid: "u1".to_owned(),
        start,
        end,
        recurrence: crate::event::Recurrence::default(),
        recurrence_id: None,
        this_and_future: false,
        status: Status::Confirmed,
        busy: Busy::Busy,
        visibility: crate::event::Visibility::Default,
        summary: Some("Plan".to_owned()),
        description: None,
        location: None,
        organizer: None,
        attendees: Vec::new(),
        conference: None,
        sequence: 0,
        updated: None,
        extended: std::collections::BTreeMap::new(),
        rest: serde_json::Map::new(),
    }
}

fn attendee(email: &str, own: bool, response: Response) -> Attendee {
    Attendee {
        person: crate::event::Person { email: email.to_owned(), name: None, own },
        response,
        optional: false,
        resource: false,
        rest: serde_json::Map::new(),
    }
}

#[test]
fn a_block_is_made_of_an_event() {
    let home = zone("Europe/Berlin").rules();
    let local = |text: &str| When::Floating(text.parse().unwrap());
    let mut event = event(local("2026-11-23T09:00:00"), local("2026-11-23T10:00:00"));
    event.attendees.push(attendee("me@example.org", true, Response::NeedsAction));
    event.attendees.push(attendee("you@example.org", false, Response::Accepted));
    let made = Block::of("u1".to_owned(), &event, &event.start, &event.end, &home).unwrap();
    assert_eq!(made.span, span("2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z"));
    assert_eq!((made.busy, made.people, made.own, made.is_meeting()), (Busy::Tentative, 1, true, true));

    event.attendees[0].response = Response::Declined;
    let made = Block::of("u1".to_owned(), &event, &event.start, &event.end, &home).unwrap();
    assert_eq!((made.counts(), made.is_meeting()), (Busy::Free, false));

    let (first, end) = (When::Date("2026-11-23".parse().unwrap()), When::Date("2026-11-24".parse().unwrap()));
    let made = Block::of("u1".to_owned(), &event, &first, &end, &home).unwrap();
    assert_eq!((made.all_day, made.span), (true, days("2026-11-23", "2026-11-24")));
    assert!(Block::of("u1".to_owned(), &event, &first, &first, &home).is_none());

    event.status = Status::Cancelled;
    assert!(Block::of("u1".to_owned(), &event, &event.start, &event.end, &home).is_none());
}

/// The days on which the clock moved in 2026, 2027 and 2028: hours stay on the clock, days join without a gap.
#[test]
fn hours_follow_the_clock_through_three_years_of_changes() {
    for name in ZONES {
        let profile = Profile {
            quiet: vec![Daily { from: TimeOfDay::at(22, 0), to: TimeOfDay::at(6, 0) }],
            ..Profile::new("p", "P", zone(name))
        };
        let rules = zone(name).rules();
        let places = Whereabouts::of(&profile, &mut Zones::default());
        for year in 2026..2029 {
            let window = span(&format!("{year}-01-01T00:00:00Z"), &format!("{year}-12-31T00:00:00Z"));
            let cover = Days::cover(&profile, &places, window);
            let mut odd = 0;
            for pair in cover.days.windows(2) {
                assert_eq!(pair[0].span.end, pair[1].span.start, "{name}");
                odd += usize::from(pair[0].span.length() != DAY);
            }
            assert!(odd <= 4, "{name} {year}: {odd} days are not 24 hours");
            for work in &cover.work {
                let (from, to) = (super::days::local(work.start.0, &rules), super::days::local(work.end.0, &rules));
                assert_eq!((from.hour(), from.minute(), to.hour(), to.minute()), (9, 0, 17, 0), "{name} {from}");
                assert_eq!(work.length(), 8 * HOUR);
            }
            for quiet in &cover.quiet {
                let (from, to) = (super::days::local(quiet.start.0, &rules), super::days::local(quiet.end.0, &rules));
                assert_eq!((from.hour(), to.hour(), to.minute()), (22, 6, 0), "{name} {from}");
                assert!((7 * HOUR..=9 * HOUR).contains(&quiet.length()), "{name} {from}");
            }
        }
    }
}

#[test]
fn nothing_far_away_or_upside_down_breaks_it() {
    let mut profile = Profile::new("p", "P", zone("Pacific/Chatham"));
    (profile.buffer_before, profile.buffer_after) = (u16::MAX, u16::MAX);
    let spans =
        [(i64::MIN, i64::MAX), (i64::MAX, i64::MIN), (0, 0), (i64::MAX - 1, i64::MAX), (i64::MIN, i64::MIN + 1)];
    for (start, end) in spans {
        for all_day in [false, true] {
            let blocks = vec![Block { all_day, ..Block::new("x", Span::new(start, end)) }];
            let person = Person { profile: profile.clone(), blocks };
            for (from, to) in spans {
                let window = Span::new(from, to);
                periods(&person, window);
                blocked(&person, window, Policy::default(), true);
                common_free(std::slice::from_ref(&person), window, Policy::default());
                let places = Whereabouts::of(&person.profile, &mut Zones::default());
                Days::cover(&person.profile, &places, window);
                places.local(from);
            }
        }
    }
}

fn some_busy() -> impl Strategy<Value = Busy> {
    prop_oneof![
        Just(Busy::Busy),
        Just(Busy::Free),
        Just(Busy::Tentative),
        Just(Busy::OutOfOffice),
        Just(Busy::WorkingElsewhere)
    ]
}

prop_compose! {
    /// A block within some days from 2026-03-27 (around the change of Europe's clocks), to the minute.
    pub(crate) fn some_block(length: i64)(
        from in 0..length, minutes in 0..300_i64, busy in some_busy(), kind in 0..8_u8, all_day in prop::bool::weighted(0.05),
        people in 0..4_u16, own: bool, declined in prop::bool::weighted(0.1), name in 0..40_u8,
    ) -> Block {
        let start = at("2026-03-27T00:00:00Z").0 + from * MINUTE;
        let span = if all_day {
            let day = start - start.rem_euclid(DAY);
            Span::new(day, day + DAY)
        } else {
            Span::new(start, start + minutes * MINUTE)
        };
        let kind = match kind { 0 => Kind::Focus, 1 => Kind::Travel, 2 => Kind::Recovery, _ => Kind::Event };
        let response = if declined { Response::Declined } else { Response::Accepted };
        Block { busy, kind, all_day, people, own, response, ..Block::new(format!("e{name}"), span) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Minute by minute: what is told is the strongest of what covers the minute.
    #[test]
    fn periods_are_what_each_minute_says(
        blocks in prop::collection::vec(some_block(2 * 1_440), 0..12), name in prop::sample::select(&ZONES[..]),
    ) {
        let person = Person { profile: Profile::new("p", "P", zone(name)), blocks };
        let places = Whereabouts::of(&person.profile, &mut Zones::default());
        let window = span("2026-03-26T18:00:00Z", "2026-03-29T18:00:00Z");
        let told = periods(&person, window);
        prop_assert!(told.windows(2).all(|pair| pair[0].span.end < pair[1].span.start
            || pair[0].span.end == pair[1].span.start && pair[0].busy != pair[1].busy));
        let taken = blocked(&person, window, Policy::default(), false);
        let free = common_free(std::slice::from_ref(&person), window, Policy::default());
        for minute in (window.start.0..window.end.0).step_by(MINUTE as usize) {
            let now = Span::new(minute, minute + 1);
            let covering = |block: &&Block| {
                if block.all_day {
                    // the date on the wall is the day of the block
                    let (_, clock) = places.local(minute);
                    let day = clock.date().to_datetime(jiff::civil::Time::midnight());
                    let day = TimeZone::UTC.to_timestamp(day).unwrap().as_millisecond();
                    block.span.start.0 <= day && day < block.span.end.0
                } else {
                    block.span.overlaps(now)
                }
            };
            let here: Vec<&Block> = person.blocks.iter().filter(covering).collect();
            let strongest = here.iter().map(|block| block.counts()).max_by_key(|busy| block::rank(*busy)).unwrap_or(Busy::Free);
            let seen = told.iter().find(|period| period.span.overlaps(now)).map_or(Busy::Free, |period| period.busy);
            prop_assert_eq!(seen, strongest, "{}", Millis(minute));
            let blocks = here.iter().any(|block| Policy::default().treat(block) == Treat::Blocks);
            prop_assert_eq!(taken.iter().any(|span| span.overlaps(now)), blocks);
            prop_assert_eq!(free.iter().any(|span| span.overlaps(now)), !blocks);
        }
    }

    /// Lists of spans against sets of small numbers.
    #[test]
    fn lists_of_spans_are_sets(
        one in prop::collection::vec((0..60_i64, 0..12_i64), 0..10), other in prop::collection::vec((0..60_i64, 0..12_i64), 0..10),
    ) {
        let list = |pairs: &[(i64, i64)]| {
            let mut list: Vec<Span> = pairs.iter().map(|(from, length)| Span::new(*from, from + length)).collect();
            span::merge(&mut list);
            list
        };
        let has = |list: &[Span], at: i64| list.iter().any(|span| span.start.0 <= at && at < span.end.0);
        let (a, b) = (list(&one), list(&other));
        let (minus, both) = (span::subtract(&a, &b), span::intersect(&a, &b));
        for at in -1..80 {
            prop_assert_eq!(has(&minus, at), has(&a, at) && !has(&b, at));
            prop_assert_eq!(has(&both, at), has(&a, at) && has(&b, at));
            prop_assert_eq!(has(&a, at), one.iter().any(|(from, length)| *from <= at && at < from + length));
        }
        prop_assert_eq!(span::total(&minus) + span::total(&both), span::total(&a));
        prop_assert!([&a, &minus, &both].iter().all(|list| list.windows(2).all(|pair| pair[0].end <= pair[1].start)));
    }
}
