mod oracle;

use super::find::Survey;
use super::*;
use crate::event::Busy;
use crate::freebusy::days::{Zones, local};
use crate::freebusy::span::{DAY, HOUR, MINUTE};
use crate::freebusy::tests::{ZONES, at, block, days, span, zone};
use crate::freebusy::{Block, Daily, Hours, Kind, Lunch, Person, Profile, Span, Stay, TimeOfDay, Treat, Weekday};
use attune_domain::Millis;

fn someone(id: &str, name: &str, place: &str, blocks: Vec<Block>) -> Person {
    Person { profile: Profile::new(id, name, zone(place)), blocks }
}

fn meeting(event: &str, from: &str, to: &str) -> Block {
    Block { people: 2, ..block(event, from, to) }
}

fn ids(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The week from Monday, 23 November 2026, in Berlin.
fn next_week() -> Span {
    span("2026-11-22T23:00:00Z", "2026-11-29T23:00:00Z")
}

const NOW: &str = "2026-11-20T10:00:00Z";

fn texts(slot: &Slot) -> Vec<&str> {
    slot.reasons.iter().map(|reason| reason.text.as_str()).collect()
}

/// "30 minutes with two colleagues next week, not before 10."
#[test]
fn thirty_minutes_with_two_colleagues_next_week_not_before_ten() {
    let me = someone(
        "me",
        "Me",
        "Europe/Berlin",
        vec![
            meeting("standup", "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z"),
            meeting("review", "2026-11-24T12:00:00Z", "2026-11-24T16:00:00Z"),
        ],
    );
    let ben = someone(
        "ben",
        "Ben",
        "Europe/London",
        vec![
            meeting("trip", "2026-11-25T08:00:00Z", "2026-11-25T18:00:00Z"),
            meeting("call", "2026-11-23T10:00:00Z", "2026-11-23T12:30:00Z"),
        ],
    );
    let mut cy = someone("cy", "Cy", "Europe/Berlin", vec![]);
    cy.profile.buffer_before = 10;
    let people = [me, ben, cy];
    let request = Request {
        required: ids(&["me", "ben", "cy"]),
        not_before: Some(TimeOfDay::at(10, 0)),
        ..Request::new(30, next_week(), zone("Europe/Berlin"))
    };
    let found = find(&request, &people, at(NOW), 1).unwrap();
    assert_eq!(found.slots.len(), 3);
    assert!(found.blockers.is_empty() && found.relaxations.is_empty());
    let rules = zone("Europe/Berlin").rules();
    let mut on = Vec::new();
    for slot in &found.slots {
        let start = local(slot.span.start.0, &rules);
        assert!(start.hour() >= 10 && start.minute() % 15 == 0, "{start}");
        assert_eq!(slot.span.length(), 30 * MINUTE);
        assert_eq!(slot.people, ids(&["ben", "cy", "me"]));
        assert!(texts(slot).contains(&"inside everyone's hours"), "{:?}", texts(slot));
        assert!(texts(slot).contains(&"no buffer is cut"), "{:?}", texts(slot));
        assert!(texts(slot).contains(&"keeps a focus block whole"), "{:?}", texts(slot));
        assert_eq!(recheck(slot, &request, &people, at(NOW)), Ok(()));
        on.push(start.date());
    }
    on.dedup();
    assert_eq!(on.len(), 3, "they are spread over the week: {on:?}");
    assert_eq!(found.slots.iter().filter(|slot| texts(slot).contains(&"the earliest of the proposals")).count(), 1);
}

#[test]
fn somebody_far_away_is_asked_only_when_allowed_and_it_is_said() {
    let people = [someone("ana", "Ana", "Asia/Tokyo", vec![]), someone("ben", "Ben", "Europe/Berlin", vec![])];
    let mut request =
        Request { required: ids(&["ana", "ben"]), ..Request::new(60, next_week(), zone("Europe/Berlin")) };
    let found = find(&request, &people, at(NOW), 1).unwrap();
    assert!(found.slots.is_empty());
    assert!(found.blockers.iter().all(|blocker| blocker.constraint == Constraint::Hours), "{:?}", found.blockers);
    let relaxed = &found.relaxations[0];
    assert_eq!((relaxed.kind, relaxed.constraint), (RelaxationKind::Constraint, Some(Constraint::Hours)));
    assert_eq!(relaxed.text, "outside the hours of Ben: 105 times, the nearest Mon 23 Nov, 08:00");
    let without: Vec<_> = found.relaxations.iter().filter(|r| r.kind == RelaxationKind::Without).collect();
    assert_eq!(without.len(), 2, "{:?}", found.relaxations);
    assert_eq!(without[0].text, "without Ana: 145 times, the first Mon 23 Nov, 09:00");

    (request.stretch, request.not_before) = (1, Some(TimeOfDay::at(9, 0)));
    let found = find(&request, &people, at(NOW), 1).unwrap();
    assert_eq!(found.slots.len(), 3);
    let first = &found.slots[0];
    assert_eq!(first.span.start, at("2026-11-23T08:00:00Z"), "9 in Berlin is 17 in Tokyo");
    assert_eq!(texts(first)[0], "one outside hours: Ana, 17:00 in Tokyo");
    assert_eq!(first.reasons[0].people, ids(&["ana"]));
}

/// 10 minutes after the one and 5 before the other are 15.
#[test]
fn buffers_stack() {
    let mut ana = someone("ana", "Ana", "UTC", vec![meeting("m", "2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z")]);
    (ana.profile.buffer_before, ana.profile.buffer_after) = (5, 10);
    let people = [ana];
    let window = span("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z");
    let request = Request { required: ids(&["ana"]), granularity: 5, ..Request::new(30, window, zone("UTC")) };
    let survey = Survey::new(&request, &people, 0, 0, &mut Zones::default());
    let fits: Vec<i64> = fitting(&survey).iter().map(|start| (start - window.start.0) / MINUTE).collect();
    let expected: Vec<i64> =
        (540..=1_020 - 30).step_by(5).filter(|start| *start <= 600 - 15 - 30 || *start >= 660 + 15).collect();
    assert_eq!(fits, expected);

    let cut = Request {
        cut_buffers: true,
        not_before: Some(TimeOfDay::at(11, 0)),
        not_after: Some(TimeOfDay::at(11, 30)),
        ..request
    };
    let found = find(&cut, &people, Millis(0), 0).unwrap();
    assert_eq!(texts(&found.slots[0])[0], "cuts a buffer of Ana");
}

fn fitting(survey: &Survey<'_>) -> Vec<i64> {
    let cells = survey.cells.iter().zip(&survey.starts);
    cells.filter(|(cell, _)| survey.fits(cell)).map(|(_, start)| start.span.start.0).collect()
}

#[test]
fn turns_are_fair_and_the_seed_draws_only_between_equals() {
    let busy = vec![meeting("m", "2026-11-23T14:00:00Z", "2026-11-23T15:00:00Z")];
    let names = ["a", "b", "c", "d"];
    let mut people: Vec<Person> = names.iter().map(|id| someone(id, id, "UTC", vec![])).collect();
    people[0].blocks = busy;
    let request = Request { pool: ids(&names), ..Request::new(30, next_week(), zone("UTC")) };
    let mut hosts = std::collections::BTreeSet::new();
    for seed in 0..50 {
        let found = find(&request, &people, at(NOW), seed).unwrap();
        let host = found.slots[0].host.clone().unwrap();
        assert_eq!(found.slots[0].people, vec![host.clone()]);
        assert!(found.slots[0].reasons.iter().any(|reason| reason.kind == ReasonKind::FairTurn));
        hosts.insert(host);
    }
    assert_eq!(
        hosts.into_iter().collect::<Vec<_>>(),
        ids(&["b", "c", "d"]),
        "never the one with a meeting, each of the others"
    );

    // only one of the pool can
    for person in people.iter_mut().skip(1) {
        person.blocks = vec![Block { all_day: true, ..Block::new("off", days("2026-11-20", "2026-12-01")) }];
    }
    let found = find(&request, &people, at(NOW), 7).unwrap();
    assert!(found.slots.iter().all(|slot| slot.host.as_deref() == Some("a")));
    // nobody can
    people[0].blocks = people[1].blocks.clone();
    let found = find(&request, &people, at(NOW), 7).unwrap();
    assert!(found.slots.is_empty() && !found.blockers.is_empty());
}

#[test]
fn nobody_of_a_pool_comes_outside_the_hours_while_another_works() {
    let people = [
        someone("a", "A", "Asia/Tokyo", vec![]),
        someone("b", "B", "Europe/Berlin", vec![meeting("m", "2026-11-24T14:00:00Z", "2026-11-24T15:00:00Z")]),
    ];
    let window = span("2026-11-23T08:00:00Z", "2026-11-23T16:00:00Z");
    let request = Request { pool: ids(&["a", "b"]), stretch: 1, ..Request::new(30, window, zone("UTC")) };
    let found = find(&request, &people, at(NOW), 0).unwrap();
    assert!(found.slots.iter().all(|slot| slot.host.as_deref() == Some("b")), "{:?}", found.slots);
    let (from, to) = (Some(TimeOfDay::at(17, 0)), Some(TimeOfDay::at(19, 0)));
    let evening = Request { not_before: from, not_after: to, window: next_week(), ..request };
    let found = find(&evening, &people, at(NOW), 0).unwrap();
    assert_eq!(found.slots[0].reasons[0].text, "one outside hours: B, 18:00 in Berlin");
}

/// Half an hour of summer time: 2 o'clock does not exist on the one day, and half past one comes twice on the other.
#[test]
fn starts_stay_on_the_clock_where_it_moves_by_half_an_hour() {
    let rules = zone("Australia/Lord_Howe").rules();
    for (window, hours) in [
        (span("2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z"), 23),
        (span("2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"), 24),
    ] {
        let request = Request { granularity: 60, ..Request::new(60, window, zone("Australia/Lord_Howe")) };
        let starts = super::grid::starts(&request, &rules, 0);
        assert!(starts.iter().all(|start| local(start.span.start.0, &rules).minute() == 0));
        assert_eq!(starts.len(), hours);
    }
}

#[test]
fn limits_notice_and_quiet_hours_hold() {
    let mut ana = someone(
        "ana",
        "Ana",
        "UTC",
        vec![
            meeting("a", "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z"),
            meeting("b", "2026-11-24T09:00:00Z", "2026-11-24T11:00:00Z"),
        ],
    );
    ana.profile.max_meetings = Some(1);
    let request = Request { required: ids(&["ana"]), count: 20, ..Request::new(60, next_week(), zone("UTC")) };
    let days_of = |people: &[Person], request: &Request, now: &str| {
        let found = find(request, people, at(now), 0).unwrap();
        found.slots.iter().map(|slot| slot.span.start.day()).collect::<std::collections::BTreeSet<_>>()
    };
    let all = ["2026-11-25", "2026-11-26", "2026-11-27"].map(str::to_owned).into();
    assert_eq!(days_of(&[ana.clone()], &request, NOW), all);

    ana.profile.max_meetings = None;
    ana.profile.max_minutes = Some(120);
    let mut with_monday = all.clone();
    with_monday.insert("2026-11-23".to_owned());
    assert_eq!(days_of(&[ana.clone()], &request, NOW), with_monday);

    ana.profile.notice = 24 * 60;
    assert_eq!(days_of(&[ana.clone()], &request, "2026-11-22T18:00:00Z"), all);

    ana.profile.quiet = vec![Daily { from: TimeOfDay::at(0, 0), to: TimeOfDay::at(24, 0) }];
    let found = find(&request, &[ana], at("2026-11-20T18:00:00Z"), 0).unwrap();
    assert!(found.slots.is_empty());
    assert_eq!(found.relaxations[0].constraint, Some(Constraint::Quiet));
}

#[test]
fn lunch_focus_and_tentative_times_are_spared() {
    let mut ana = someone(
        "ana",
        "Ana",
        "UTC",
        vec![
            Block { busy: Busy::Tentative, ..meeting("t", "2026-11-23T09:00:00Z", "2026-11-23T11:00:00Z") },
            Block { kind: Kind::Focus, ..block("f", "2026-11-23T13:00:00Z", "2026-11-23T17:00:00Z") },
        ],
    );
    ana.profile.lunch =
        Some(Lunch { between: Daily { from: TimeOfDay::at(11, 30), to: TimeOfDay::at(12, 30) }, minutes: 45 });
    let people = [ana];
    let window = span("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z");
    let request = Request { required: ids(&["ana"]), count: 1, ..Request::new(30, window, zone("UTC")) };
    let best = |request: &Request| find(request, &people, Millis(0), 0).unwrap().slots.remove(0);
    assert_eq!(best(&request).span.start, at("2026-11-23T11:00:00Z"));
    assert!(texts(&best(&request)).contains(&"leaves lunch free"));
    // nothing but the tentative time, lunch, or focus is left: each is told
    let only = |from: u16, to: u16| {
        let slot = best(&Request {
            not_before: Some(TimeOfDay::at(from, 0)),
            not_after: Some(TimeOfDay::at(to, 0)),
            ..request.clone()
        });
        slot.reasons[0].kind
    };
    assert_eq!(only(9, 11), ReasonKind::OverTentative);
    assert_eq!(only(14, 17), ReasonKind::TakesFocusBlock);
    let lunch =
        Request { not_before: Some(TimeOfDay::at(11, 45)), not_after: Some(TimeOfDay::at(12, 15)), ..request.clone() };
    assert_eq!(best(&lunch).reasons[0].kind, ReasonKind::TakesLunch);

    let strict = Request { policy: crate::freebusy::Policy { focus: Treat::Blocks, ..Default::default() }, ..request };
    let strict = Request { not_before: Some(TimeOfDay::at(13, 0)), ..strict };
    assert!(find(&strict, &people, Millis(0), 0).unwrap().slots.is_empty());
}

#[test]
fn when_nothing_fits_it_says_who_and_what_would_help() {
    let all = vec![meeting("fair", "2026-11-20T00:00:00Z", "2026-12-01T00:00:00Z")];
    let people =
        [someone("ana", "Ana", "UTC", vec![]), someone("ben", "Ben", "UTC", all), someone("cy", "Cy", "UTC", vec![])];
    let request = Request { required: ids(&["ana", "ben", "cy"]), ..Request::new(30, next_week(), zone("UTC")) };
    let found = find(&request, &people, at(NOW), 0).unwrap();
    assert_eq!((found.blockers[0].person.as_deref(), found.blockers[0].constraint), (Some("ben"), Constraint::Busy));
    assert_eq!(found.relaxations.len(), 1);
    assert_eq!(found.relaxations[0].text, "without Ben: 155 times, the first Mon 23 Nov, 09:00");

    // too long for what is left
    let full = |day: u8| meeting("x", &format!("2026-11-{day}T09:30:00Z"), &format!("2026-11-{day}T17:00:00Z"));
    let people = [someone("ana", "Ana", "UTC", (23..28).map(full).collect())];
    let request = Request { required: ids(&["ana"]), ..Request::new(60, next_week(), zone("UTC")) };
    let found = find(&request, &people, at(NOW), 0).unwrap();
    let shorter: Vec<_> = found.relaxations.iter().filter(|r| r.kind == RelaxationKind::Shorter).collect();
    assert_eq!(shorter[0].text, "30 minutes instead of 60: 5 times, the first Mon 23 Nov, 09:00");
}

#[test]
fn optional_people_are_told_of() {
    let people = [
        someone("ana", "Ana", "UTC", vec![]),
        someone("zed", "Zed", "UTC", vec![meeting("x", "2026-11-20T00:00:00Z", "2026-12-01T00:00:00Z")]),
    ];
    let request =
        Request { required: ids(&["ana"]), optional: ids(&["zed"]), ..Request::new(30, next_week(), zone("UTC")) };
    let slot = find(&request, &people, at(NOW), 0).unwrap().slots.remove(0);
    assert_eq!((slot.people.clone(), texts(&slot)[0]), (ids(&["ana"]), "without Zed (optional)"));
    assert_eq!(recheck(&slot, &request, &people, at(NOW)), Ok(()));
}

#[test]
fn what_changed_since_is_seen_at_commit() {
    let mut people = [someone("ana", "Ana", "UTC", vec![]), someone("ben", "Ben", "UTC", vec![])];
    people[1].profile.buffer_after = 15;
    let request = Request { required: ids(&["ana", "ben"]), ..Request::new(30, next_week(), zone("UTC")) };
    let slot = find(&request, &people, at(NOW), 0).unwrap().slots.remove(0);
    let taken = Block::new("new", Span::new(slot.span.end.0 - MINUTE, slot.span.end.0 + HOUR));
    let close = Block::new("close", Span::new(slot.span.start.0 - HOUR, slot.span.start.0));
    people[0].blocks.push(taken);
    people[1].blocks.push(close);
    let clash =
        |person: &str, constraint, with: &str| Clash { person: person.to_owned(), constraint, with: ids(&[with]) };
    let expected = vec![clash("ana", Constraint::Busy, "new"), clash("ben", Constraint::Buffer, "close")];
    assert_eq!(recheck(&slot, &request, &people, at(NOW)), Err(Changed::Clashes(expected)));
    let late = recheck(&slot, &request, &people[..1], slot.span.start);
    assert_eq!(late, Err(Changed::Unknown("ben".to_owned())));
    let longer = Request { duration: 60, ..request };
    assert_eq!(recheck(&slot, &longer, &people, at(NOW)), Err(Changed::Foreign));
}

#[test]
fn what_is_no_request_is_refused() {
    let people = [someone("ana", "Ana", "UTC", vec![])];
    let good = Request { required: ids(&["ana"]), ..Request::new(30, next_week(), zone("UTC")) };
    assert_eq!(good.check(&people), Ok(()));
    let check = |request: Request| request.check(&people).unwrap_err();
    assert_eq!(check(Request { duration: 0, ..good.clone() }), RequestError::Duration);
    assert_eq!(check(Request { granularity: 1, ..good.clone() }), RequestError::Granularity);
    assert_eq!(check(Request { window: Span::new(0, 29 * MINUTE), ..good.clone() }), RequestError::ShortWindow);
    assert_eq!(check(Request { window: Span::new(i64::MIN, i64::MAX), ..good.clone() }), RequestError::LongWindow);
    assert_eq!(
        check(Request { window: Span::new(0, 92 * DAY), granularity: 5, ..good.clone() }),
        RequestError::LongWindow
    );
    assert_eq!(check(Request { count: 0, ..good.clone() }), RequestError::Count);
    assert_eq!(check(Request { required: vec![], ..good.clone() }), RequestError::Nobody);
    assert_eq!(check(Request { optional: ids(&["ana"]), ..good.clone() }), RequestError::Twice("ana".to_owned()));
    assert_eq!(check(Request { pool: ids(&["eve"]), ..good.clone() }), RequestError::Unknown("eve".to_owned()));
    let twice = [people[0].clone(), people[0].clone()];
    assert_eq!(good.check(&twice), Err(RequestError::Twice("ana".to_owned())));
}

#[test]
fn a_request_is_read_from_json() {
    let text = r#"{"duration": 30, "window": {"start": "2026-11-23T00:00:00Z", "end": "2026-11-28T00:00:00Z"},
        "zone": "europe/berlin", "not_before": "10:00", "weekdays": ["monday", "friday"], "required": ["ana"],
        "policy": {"tentative": "blocks"}}"#;
    let request: Request = attune_domain::json::from_str(text).unwrap();
    assert_eq!(request.zone.name(), "Europe/Berlin");
    assert_eq!((request.granularity, request.count, request.policy.tentative), (15, 3, Treat::Blocks));
    assert_eq!(request.not_before, Some(TimeOfDay::at(10, 0)));
    let profile = r#"{"id": "ana", "name": "Ana", "zone": "Asia/Tokyo", "hours": [{"day": "monday", "from": "22:00", "to": "06:00"}],
        "stays": [{"first": "2026-11-01", "last": "2026-11-05", "zone": "UTC"}], "lunch": {"from": "12:00", "to": "14:00", "minutes": 30}}"#;
    let profile: Profile = attune_domain::json::from_str(profile).unwrap();
    assert_eq!(profile.hours[0].time.minutes(), (1_320, 1_800));
}

/// Around every change of the clocks of three years: all slots of a day begin on the clock and lie in working hours there.
#[test]
fn no_slot_is_an_hour_off_around_a_change() {
    let mut changes = 0;
    for name in ZONES {
        let rules = zone(name).rules();
        let mut day = at("2026-01-01T12:00:00Z").0;
        while day < at("2029-01-01T00:00:00Z").0 {
            let (here, next) = (rules.to_offset(stamp(day)), rules.to_offset(stamp(day + DAY)));
            if here != next {
                changes += 1;
                around(name, &rules, day);
            }
            day += DAY;
        }
    }
    assert!(changes >= 60, "{changes}");
}

fn stamp(at: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at).unwrap()
}

fn around(name: &str, rules: &jiff::tz::TimeZone, day: i64) {
    use Weekday::*;
    let time = Daily { from: TimeOfDay::at(0, 0), to: TimeOfDay::at(5, 0) };
    let office = Daily { from: TimeOfDay::at(8, 30), to: TimeOfDay::at(17, 0) };
    let all = [Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday];
    let mut ana = someone("ana", "Ana", name, vec![]);
    ana.profile.hours = all.iter().flat_map(|day| [time, office].map(|time| Hours { day: *day, time })).collect();
    let request = Request {
        required: ids(&["ana"]),
        granularity: 60,
        ..Request::new(60, Span::new(day - DAY, day + 2 * DAY), zone(name))
    };
    let people = [ana];
    let survey = Survey::new(&request, &people, 0, 0, &mut Zones::default());
    let fits = fitting(&survey);
    assert!(fits.len() > 20, "{name}: {}", fits.len());
    for start in fits {
        let clock = local(start, rules);
        let end = local(start + HOUR - 1, rules);
        assert_eq!(clock.minute(), 0, "{name}: {clock}");
        let inside = |hour: i8| (0..5).contains(&hour) || (8..17).contains(&hour);
        assert!(inside(clock.hour()) && inside(end.hour()), "{name}: {clock}");
        assert!(clock.hour() != 8, "{name}: {clock} is before half past eight");
    }
}

#[test]
fn a_traveller_works_where_the_traveller_is() {
    let mut ana = someone("ana", "Ana", "Europe/Berlin", vec![]);
    let date = |text: &str| text.parse().unwrap();
    ana.profile.stays = vec![Stay { first: date("2026-11-25"), last: date("2026-11-27"), zone: zone("Asia/Tokyo") }];
    let request = Request { required: ids(&["ana"]), ..Request::new(60, next_week(), zone("Europe/Berlin")) };
    let people = [ana];
    let survey = Survey::new(&request, &people, 0, 0, &mut Zones::default());
    let fits = fitting(&survey);
    let on = |day: &str| {
        let of_day: Vec<i64> = fits.iter().copied().filter(|start| Millis(*start).day() == day).collect();
        (
            Millis(of_day[0]).to_string()[11..16].to_owned(),
            Millis(of_day[of_day.len() - 1]).to_string()[11..16].to_owned(),
        )
    };
    assert_eq!(on("2026-11-24"), ("08:00".to_owned(), "15:00".to_owned()));
    assert_eq!(on("2026-11-26"), ("00:00".to_owned(), "07:00".to_owned()));
}

#[test]
fn days_of_the_profile_hold_midnight_to_midnight() {
    // a meeting over midnight takes from both days' minutes
    let mut ana = someone("ana", "Ana", "UTC", vec![meeting("a", "2026-11-23T22:00:00Z", "2026-11-24T02:00:00Z")]);
    ana.profile.max_minutes = Some(150);
    let request = Request { required: ids(&["ana"]), count: 20, ..Request::new(60, next_week(), zone("UTC")) };
    let found = find(&request, &[ana.clone()], at(NOW), 0).unwrap();
    assert!(found.slots.iter().all(|slot| slot.span.start >= at("2026-11-25T00:00:00Z")));
    // and counts on the day on which it begins
    (ana.profile.max_minutes, ana.profile.max_meetings) = (None, Some(1));
    let found = find(&request, &[ana], at(NOW), 0).unwrap();
    let days: std::collections::BTreeSet<_> = found.slots.iter().map(|slot| slot.span.start.day()).collect();
    assert!(!days.contains("2026-11-23") && days.contains("2026-11-24"), "{days:?}");
}
