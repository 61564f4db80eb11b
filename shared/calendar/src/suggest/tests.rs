use super::travel::Place;
use super::*;
use crate::event::Response;
use crate::freebusy::tests::{at, block, days, some_block, span, zone};
use crate::freebusy::{Daily, FocusWish, Kind, Profile, TimeOfDay};
use proptest::prelude::*;

fn person(blocks: Vec<Block>) -> Person {
    Person { profile: Profile::new("ana", "Ana", zone("Europe/Berlin")), blocks }
}

fn week() -> Span {
    span("2026-11-22T23:00:00Z", "2026-11-29T23:00:00Z")
}

const NOW: &str = "2026-11-20T00:00:00Z";

fn meeting(event: &str, from: &str, to: &str) -> Block {
    Block { people: 2, title: Some(event.to_owned()), ..block(event, from, to) }
}

fn table() -> DistanceTable {
    let place = |name: &str, latitude, longitude| Place { name: name.to_owned(), latitude, longitude };
    DistanceTable {
        places: vec![
            place("Office", 52.520_0, 13.405_0),
            place("Client", 52.456_9, 13.526_0),
            place("Café", 52.523_0, 13.411_0),
            place("Hamburg", 53.551_1, 9.993_7),
            place("Tokyo", 35.676_2, 139.650_3),
            place("Nowhere", f64::NAN, 500.0),
        ],
    }
}

#[test]
fn distances_and_their_times() {
    let table = table();
    // Berlin to Tokyo is 8,918 km on the great circle, to Hamburg 255
    assert!((table.kilometres("Office", "Tokyo").unwrap() - 8_918.0).abs() < 20.0);
    assert!((table.kilometres(" office ", "Hamburg").unwrap() - 255.0).abs() < 2.0);
    let minutes = |from, to| table.minutes(from, to, at(NOW));
    assert_eq!(minutes("Office", "Café"), Some(10));
    assert_eq!(minutes("Office", "Client"), Some(45));
    assert_eq!(minutes("Hamburg", "Office"), Some(210));
    assert_eq!(minutes("Office", "Tokyo"), Some(895));
    assert_eq!(minutes("Office", "Office"), Some(0));
    assert_eq!(minutes("Office", "Moon"), None);
    assert_eq!(minutes("Office", "Nowhere"), None);
}

#[test]
fn the_way_to_the_next_place_is_suggested_once() {
    let there = |name: &str, place: &str, from: &str, to: &str| Block {
        place: Some(place.to_owned()),
        ..meeting(name, from, to)
    };
    let mut ana = person(vec![
        there("Stand-up", "Office", "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z"),
        there("Visit", "Client", "2026-11-23T11:00:00Z", "2026-11-23T12:00:00Z"),
        there("Back", "Office", "2026-11-23T12:20:00Z", "2026-11-23T13:00:00Z"),
        there("Online", "https://meet.example.org/x", "2026-11-23T14:00:00Z", "2026-11-23T15:00:00Z"),
        there("Far", "Moon", "2026-11-23T16:00:00Z", "2026-11-23T17:00:00Z"),
    ]);
    let found = suggest(&ana, week(), at(NOW), &table(), &[]);
    assert_eq!(found.iter().map(|s| s.kind).collect::<Vec<_>>(), [SuggestionKind::Commute; 2]);
    assert_eq!(found[0].span, span("2026-11-23T10:15:00Z", "2026-11-23T11:00:00Z"));
    assert_eq!(found[0].text, "45 minutes for the way from Office to Client, to be at \"Visit\" in time");
    assert_eq!(
        found[1].text,
        "the way from Client to Office takes about 45 minutes, and only 20 are free before \"Back\""
    );

    // dismissed, it does not come again; accepted neither
    let rest = suggest(&ana, week(), at(NOW), &table(), &[found[0].id.clone()]);
    assert_eq!(rest, found[1..]);
    apply(&mut ana.blocks, &found[0].change).unwrap();
    assert_eq!(suggest(&ana, week(), at(NOW), &table(), &[]), found[1..]);
    assert_eq!(apply(&mut ana.blocks, &found[0].change), Err(ChangeError::There));
}

#[test]
fn focus_time_takes_the_largest_gaps_and_leaves_some() {
    let mut ana = person(vec![
        meeting("a", "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z"),
        meeting("b", "2026-11-24T08:00:00Z", "2026-11-24T15:00:00Z"),
        Block { all_day: true, ..Block::new("off", days("2026-11-26", "2026-11-28")) },
    ]);
    ana.profile.focus = Some(FocusWish { blocks: 5, minutes: 120 });
    let found = suggest(&ana, week(), at(NOW), &table(), &[]);
    let starts: Vec<String> = found.iter().map(|s| s.span.start.to_string()[..16].to_owned()).collect();
    assert_eq!(starts, ["2026-11-23T10:00", "2026-11-25T08:00"], "Tuesday has no room, Thursday and Friday are off");
    assert!(found[1].text.contains("1 of 5"), "Wednesday has the most room: {}", found[1].text);
    for suggestion in &found {
        assert_eq!(suggestion.span.length(), 2 * HOUR);
        apply(&mut ana.blocks, &suggestion.change).unwrap();
    }
    assert!(suggest(&ana, week(), at(NOW), &table(), &[]).is_empty(), "at most one a day");
    for suggestion in &found {
        apply(&mut ana.blocks, &suggestion.undo).unwrap();
    }
    let one = suggest(&ana, week(), at(NOW), &table(), &[found[1].id.clone()]);
    assert_eq!(one.len(), 1);

    // a day of three hours keeps one of them free, a day of two is left alone
    ana.profile.hours.iter_mut().for_each(|hours| hours.time.to = TimeOfDay::at(12, 0));
    let found = suggest(&ana, week(), at(NOW), &table(), &[]);
    assert_eq!(found.iter().map(|s| s.span.start).collect::<Vec<_>>(), [at("2026-11-25T08:00:00Z")]);
    ana.profile.hours.iter_mut().for_each(|hours| hours.time.to = TimeOfDay::at(11, 0));
    assert!(suggest(&ana, week(), at(NOW), &table(), &[]).is_empty());
}

#[test]
fn a_rest_follows_a_long_run() {
    let mut ana = person(vec![
        meeting("a", "2026-11-23T08:00:00Z", "2026-11-23T09:30:00Z"),
        meeting("b", "2026-11-23T09:35:00Z", "2026-11-23T10:30:00Z"),
        meeting("c", "2026-11-23T10:30:00Z", "2026-11-23T11:00:00Z"),
        meeting("long", "2026-11-24T08:00:00Z", "2026-11-24T12:00:00Z"),
    ]);
    let found = suggest(&ana, week(), at(NOW), &table(), &[]);
    assert_eq!(found.len(), 1, "one long event is no run");
    assert_eq!(found[0].text, "a rest of 30 minutes after 3 meetings in a row, 3 h 00 min");
    assert_eq!(found[0].span, span("2026-11-23T11:00:00Z", "2026-11-23T11:30:00Z"));
    ana.blocks.push(block("next", "2026-11-23T11:20:00Z", "2026-11-23T12:00:00Z"));
    assert_eq!(suggest(&ana, week(), at(NOW), &table(), &[])[0].span.length(), 20 * MINUTE);
    ana.blocks.push(block("sooner", "2026-11-23T11:10:00Z", "2026-11-23T12:00:00Z"));
    assert!(suggest(&ana, week(), at(NOW), &table(), &[]).is_empty());
}

#[test]
fn quiet_hours_are_defended() {
    let mut ana = person(vec![
        meeting("Own", "2026-11-23T20:00:00Z", "2026-11-23T21:00:00Z"),
        Block { own: false, ..meeting("Theirs", "2026-11-24T21:30:00Z", "2026-11-24T22:00:00Z") },
        block("Alone", "2026-11-25T21:30:00Z", "2026-11-25T22:00:00Z"),
    ]);
    ana.profile.quiet = vec![Daily { from: TimeOfDay::at(21, 0), to: TimeOfDay::at(7, 0) }];
    let found = suggest(&ana, week(), at(NOW), &table(), &[]);
    let texts: Vec<&str> = found.iter().map(|s| s.text.as_str()).collect();
    let expected = [
        "\"Own\" at 21:00 is in your quiet hours: move it to Tue 24 Nov, 09:00",
        "\"Theirs\" at 22:30 is in your quiet hours: decline it, and propose Wed 25 Nov, 09:00",
    ];
    assert_eq!(texts, expected);
    for suggestion in &found {
        apply(&mut ana.blocks, &suggestion.change).unwrap();
    }
    assert_eq!(ana.blocks[1].response, Response::Declined);
    assert!(suggest(&ana, week(), at(NOW), &table(), &[]).is_empty());
}

#[test]
fn a_change_for_another_calendar_changes_nothing() {
    let there = block("a", "2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z");
    let mut blocks = vec![there.clone()];
    let elsewhere = span("2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z");
    let changes = [
        (Change::Add { block: there.clone() }, ChangeError::There),
        (Change::Remove { block: Block { people: 1, ..there.clone() } }, ChangeError::Gone),
        (Change::Move { event: "a".to_owned(), from: elsewhere, to: there.span }, ChangeError::There),
        (Change::Move { event: "b".to_owned(), from: there.span, to: elsewhere }, ChangeError::Gone),
        (
            Change::Respond {
                event: "a".to_owned(),
                span: there.span,
                from: Response::Declined,
                to: Response::Accepted,
            },
            ChangeError::Gone,
        ),
    ];
    for (change, error) in changes {
        assert_eq!(apply(&mut blocks, &change), Err(error), "{change:?}");
        assert_eq!(blocks, std::slice::from_ref(&there));
    }
    let text = serde_json::to_string(&Change::Add { block: there.clone() }).unwrap();
    assert!(text.starts_with(r#"{"kind":"add","block":{"event":"a","start":"2026-11-23T08:00:00.000Z""#), "{text}");
    let read: Change = attune_domain::json::from_str(&text).unwrap();
    assert_eq!(read, Change::Add { block: there });
}

/// Ids are stored where somebody dismissed one: they may never change.
#[test]
fn ids_are_pinned() {
    let view_id = |cause: &[&str]| {
        let ana = person(vec![]);
        View::of(&ana, week()).id(SuggestionKind::Focus, cause)
    };
    assert_eq!(view_id(&["2026-11-23"]), "sug_af847cb38056ec02aaf834510bf147fb");
    assert_ne!(view_id(&["a", "bc"]), view_id(&["ab", "c"]));
}

fn anywhere(nth: usize, block: Block) -> Block {
    let places = ["Office", "Client", "Hamburg", "Moon", "", "https://x"];
    Block { place: Some(places[nth % places.len()].to_owned()), event: format!("e{nth}"), ..block }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Every suggestion can be applied, and undone in one step to exactly what was; in any order of the blocks they are the same; none that was
    /// dismissed comes; never is all of a day filled.
    #[test]
    fn suggestions_are_undone_in_one_step(
        blocks in prop::collection::vec(some_block(5 * 1_440), 0..25), wish in (0..6_u8, 30..200_u16), quiet in 0..24_u16, buffer in 0..4_u16,
        at_now in 0..5_i64,
    ) {
        let blocks: Vec<Block> = blocks.into_iter().enumerate().map(|(nth, block)| anywhere(nth, block)).collect();
        let mut ana = person(blocks);
        ana.profile.focus = Some(FocusWish { blocks: wish.0, minutes: wish.1 });
        ana.profile.quiet = vec![Daily { from: TimeOfDay::at(quiet, 0), to: TimeOfDay::at((quiet + 7) % 24, 0) }];
        ana.profile.buffer_after = buffer * 5;
        let window = span("2026-03-27T00:00:00Z", "2026-04-05T00:00:00Z");
        let now = Millis(window.start.0 + at_now * DAY / 2);
        let found = suggest(&ana, window, now, &table(), &[]);
        let before = ana.blocks.clone();
        for suggestion in &found {
            prop_assert!(suggestion.span.start >= now && !suggestion.text.is_empty());
            apply(&mut ana.blocks, &suggestion.change).unwrap();
            prop_assert_ne!(&ana.blocks, &before);
            apply(&mut ana.blocks, &suggestion.undo).unwrap();
            prop_assert_eq!(&ana.blocks, &before);
            prop_assert_eq!(suggestion.undo.inverse(), suggestion.change.clone());
        }
        let mut ids: Vec<&String> = found.iter().map(|s| &s.id).collect();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), found.len());
        let dismissed: Vec<String> = found.iter().step_by(2).map(|s| s.id.clone()).collect();
        let again = suggest(&ana, window, now, &table(), &dismissed);
        prop_assert!(again.iter().all(|s| !dismissed.contains(&s.id)));
        ana.blocks.reverse();
        prop_assert_eq!(suggest(&ana, window, now, &table(), &[]), found.clone());

        // all that add time at once: no two overlap with each other or with what was busy, and each day keeps an hour
        let added: Vec<&Block> = found.iter().filter_map(|s| match &s.change { Change::Add { block } => Some(block), _ => None }).collect();
        for (nth, one) in added.iter().enumerate() {
            prop_assert!(added[nth + 1..].iter().all(|other| !other.span.overlaps(one.span)), "{:?}", added);
        }
        for focus in added.iter().filter(|block| block.kind == Kind::Focus) {
            let places = Whereabouts::of(&ana.profile, &mut Zones::default());
            let cover = Days::cover(&ana.profile, &places, window);
            let day = cover.days[cover.index(focus.span.start.0)].span;
            let mut all = ana.clone();
            for suggestion in &found {
                if suggestion.change.claims().is_some() {
                    apply(&mut all.blocks, &suggestion.change).unwrap();
                }
            }
            let policy = crate::freebusy::Policy {
                tentative: crate::freebusy::Treat::Blocks, focus: crate::freebusy::Treat::Blocks, ..Default::default()
            };
            let taken = crate::freebusy::blocked(&all, day, policy, false);
            let work = crate::freebusy::span::intersect(&cover.work, &[day]);
            prop_assert!(crate::freebusy::span::total(&crate::freebusy::span::subtract(&work, &taken)) >= KEEP_FREE);
        }
    }
}
