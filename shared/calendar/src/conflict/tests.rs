use super::*;
use crate::event::{Attendee, Busy, Event, Person as Who, Response, Status};
use crate::freebusy::tests::{at, block, event, some_block, span, zone};
use crate::freebusy::{Block, Person, Profile, Span};
use crate::when::When;
use proptest::prelude::*;
use serde_json::json;

fn person(blocks: Vec<Block>) -> Person {
    Person { profile: Profile::new("ana", "Ana", zone("Europe/Berlin")), blocks }
}

fn named(title: &str, people: u16, own: bool, from: &str, to: &str) -> Block {
    Block { title: Some(title.to_owned()), people, own, ..block(title, from, to) }
}

fn week() -> Span {
    span("2026-11-22T23:00:00Z", "2026-11-29T23:00:00Z")
}

#[test]
fn a_double_booking_comes_with_ways_out() {
    let ana = person(vec![
        named("Jour fixe", 5, true, "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z"),
        named("Coffee", 1, true, "2026-11-23T09:30:00Z", "2026-11-23T10:00:00Z"),
        named("Pitch", 3, false, "2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z"),
    ]);
    let found = detect(&ana, week(), at("2026-11-20T00:00:00Z"));
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].kind, found[0].first.as_str(), found[0].second.as_str()),
        (ConflictKind::DoubleBooking, "Jour fixe", "Coffee")
    );
    let texts: Vec<&str> = found[0].proposals.iter().map(|proposal| proposal.text.as_str()).collect();
    let expected = [
        "move your own \"Coffee\" to Mon 23 Nov, 12:00: one other person takes part, whose time has to be asked for",
        "move your own \"Jour fixe\" to Mon 23 Nov, 12:00: 5 others take part, whose time has to be asked for",
        "end \"Jour fixe\" at 10:30, 30 minutes long",
        "keep both \"Jour fixe\" and \"Coffee\" as they are",
    ];
    assert_eq!(texts, expected);
    assert!(
        found[0].proposals.iter().all(|proposal| (proposal.change.is_none()) == (proposal.action == Action::KeepBoth))
    );
}

#[test]
fn the_tentative_invitation_is_the_one_to_decline() {
    let tentative = |block: Block| Block { busy: Busy::Tentative, response: Response::NeedsAction, ..block };
    let ana = person(vec![
        tentative(named("Maybe", 3, false, "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z")),
        named("Sure", 3, false, "2026-11-23T09:30:00Z", "2026-11-23T10:00:00Z"),
    ]);
    let found = detect(&ana, week(), at("2026-11-20T00:00:00Z"));
    let proposal = &found[0].proposals[0];
    assert_eq!((proposal.action, proposal.text.as_str()), (Action::Decline, "decline \"Maybe\": it is only tentative"));
    let mut blocks = ana.blocks.clone();
    crate::suggest::apply(&mut blocks, proposal.change.as_ref().unwrap()).unwrap();
    assert!(detect(&person(blocks), week(), at("2026-11-20T00:00:00Z")).is_empty());
}

#[test]
fn buffers_that_are_cut_are_seen_and_those_that_are_kept_are_not() {
    let mut ana = person(vec![
        named("One", 1, true, "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z"),
        named("Two", 1, false, "2026-11-23T10:14:00Z", "2026-11-23T11:00:00Z"),
        named("Three", 1, false, "2026-11-23T11:15:00Z", "2026-11-23T12:00:00Z"),
    ]);
    (ana.profile.buffer_before, ana.profile.buffer_after) = (5, 10);
    let found = detect(&ana, week(), at("2026-11-20T00:00:00Z"));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].kind, found[0].first.as_str()), (ConflictKind::BrokenBuffer, "One"));
    let moved = &found[0].proposals[0];
    assert_eq!(moved.action, Action::Move);
    assert!(moved.text.contains("Mon 23 Nov, 13:15"), "{}", moved.text);
    assert!(
        found[0].proposals.iter().any(|p| p.text == "end \"One\" at 10:59, 59 minutes long"),
        "{:?}",
        found[0].proposals
    );
}

#[test]
fn copies_whole_days_and_what_takes_no_time_are_no_conflict() {
    let one = named("One", 1, true, "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z");
    let moved_copy = Block { span: span("2026-11-23T09:30:00Z", "2026-11-23T10:30:00Z"), ..one.clone() };
    let free = Block { busy: Busy::Free, ..named("Free", 1, true, "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z") };
    let no =
        Block { response: Response::Declined, ..named("No", 1, true, "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z") };
    let day = Block { all_day: true, ..named("Day", 1, true, "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z") };
    let found = detect(&person(vec![one.clone(), one, moved_copy, free, no, day]), week(), at("2026-11-20T00:00:00Z"));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn ten_thousand_blocks_at_one_time_end_quickly() {
    let many =
        (0..10_000).map(|nth| named(&format!("b{nth}"), 1, true, "2026-11-23T09:00:00Z", "2026-11-23T17:00:00Z"));
    let found = detect(&person(many.collect()), week(), at("2026-11-20T00:00:00Z"));
    assert_eq!(found.len(), MAX_CONFLICTS);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every pair that overlaps or is too close is told, no other; in any order of the blocks; each move lands where nothing clashes.
    #[test]
    fn all_conflicts_and_no_others(blocks in prop::collection::vec(some_block(3 * 1_440), 0..14), before in 0..3_u16, after in 0..3_u16) {
        let blocks: Vec<Block> = blocks.into_iter().enumerate().map(|(nth, block)| Block { event: format!("e{nth:02}"), ..block }).collect();
        let mut ana = person(blocks);
        (ana.profile.buffer_before, ana.profile.buffer_after) = (before * 5, after * 5);
        let window = span("2026-03-26T00:00:00Z", "2026-04-02T00:00:00Z");
        let now = at("2026-03-20T00:00:00Z");
        let takes = |block: &&Block| {
            !block.all_day && !block.span.is_empty()
                && matches!(block.counts(), Busy::Busy | Busy::Tentative | Busy::OutOfOffice)
        };
        let taking: Vec<&Block> = ana.blocks.iter().filter(takes).collect();
        let mut expected = Vec::new();
        for a in &taking {
            for b in &taking {
                let gap = i64::from(before + after) * 5 * 60_000;
                let buffers = a.has_buffers() && b.has_buffers();
                let close = b.span.start >= a.span.end && b.span.start.0 - a.span.end.0 < gap && buffers;
                if (a.span, &a.event) < (b.span, &b.event) && (a.span.overlaps(b.span) || close) {
                    expected.push((a.event.clone(), b.event.clone()));
                }
            }
        }
        let found = detect(&ana, window, now);
        let mut pairs: Vec<_> = found.iter().map(|conflict| (conflict.first.clone(), conflict.second.clone())).collect();
        pairs.sort();
        expected.sort();
        prop_assert_eq!(pairs, expected);
        for proposal in found.iter().flat_map(|conflict| &conflict.proposals).filter(|proposal| proposal.action == Action::Move) {
            let mut moved = ana.clone();
            crate::suggest::apply(&mut moved.blocks, proposal.change.as_ref().unwrap()).unwrap();
            let event = proposal.event.clone().unwrap();
            let again = detect(&moved, window, now);
            prop_assert!(again.iter().all(|conflict| conflict.first != event && conflict.second != event), "{:?}", proposal);
        }
        ana.blocks.reverse();
        prop_assert_eq!(detect(&ana, window, now), found);
    }
}

fn base() -> Event {
    let local = |text: &str| When::Floating(text.parse().unwrap());
    let mut base = event(local("2026-11-23T09:00:00"), local("2026-11-23T10:00:00"));
    base.attendees = ["ana@example.org", "ben@example.org"].map(|email| guest(email, Response::NeedsAction)).to_vec();
    base.extended.insert("k".to_owned(), "v".to_owned());
    base.rest.insert("colorId".to_owned(), json!("7"));
    base
}

fn guest(email: &str, response: Response) -> Attendee {
    let person = Who { email: email.to_owned(), name: None, own: false };
    Attendee { person, response, optional: false, resource: false, rest: serde_json::Map::new() }
}

#[test]
fn what_one_side_changed_is_merged() {
    let base = base();
    let (mut ours, mut theirs) = (base.clone(), base.clone());
    ours.summary = Some("Plan, the second".to_owned());
    ours.attendees.push(guest("cy@example.org", Response::NeedsAction));
    ours.extended.remove("k");
    theirs.location = Some("Room 1".to_owned());
    theirs.attendees[1].response = Response::Accepted;
    theirs.rest.insert("colorId".to_owned(), json!("8"));
    theirs.sequence = 3;
    let merged = merge(&base, Some(&ours), Some(&theirs));
    assert!(merged.conflicts.is_empty() && merged.write);
    let event = merged.event.unwrap();
    assert_eq!((event.summary, event.location), (ours.summary, theirs.location));
    let answers: Vec<_> = event.attendees.iter().map(|a| (a.person.email.as_str(), a.response)).collect();
    let expected = [
        ("ana@example.org", Response::NeedsAction),
        ("ben@example.org", Response::Accepted),
        ("cy@example.org", Response::NeedsAction),
    ];
    assert_eq!(answers, expected);
    assert_eq!((event.extended.len(), event.rest["colorId"].clone(), event.sequence), (0, json!("8"), 3));
}

#[test]
fn what_both_changed_is_somebodys_choice() {
    let base = base();
    let (mut ours, mut theirs) = (base.clone(), base.clone());
    ours.summary = Some("Ours".to_owned());
    theirs.summary = Some("Theirs".to_owned());
    ours.start = When::Floating("2026-11-23T08:00:00".parse().unwrap());
    theirs.end = When::Floating("2026-11-23T11:00:00".parse().unwrap());
    let merged = merge(&base, Some(&ours), Some(&theirs));
    let fields: Vec<_> = merged.conflicts.iter().map(|conflict| conflict.field.clone()).collect();
    assert_eq!(fields, [Field::Schedule, Field::Summary], "start and end are one thing");
    assert_eq!(merged.conflicts[1].text, "the title is \"Ours\" here and \"Theirs\" there");
    assert_eq!(merged.event.as_ref(), Some(&theirs), "nothing is overwritten");
    assert!(!merged.write);

    let kept = resolve(&merged, &Field::Summary, Side::Theirs, Some(&ours));
    assert_eq!((kept.conflicts.len(), kept.write, kept.event.as_ref()), (1, false, Some(&theirs)));
    let chosen = resolve(&kept, &Field::Schedule, Side::Ours, Some(&ours));
    assert!(chosen.conflicts.is_empty() && chosen.write);
    let event = chosen.event.unwrap();
    assert_eq!((event.start, event.end, event.summary), (ours.start, ours.end, theirs.summary));
}

#[test]
fn a_deletion_takes_away_only_what_nobody_changed() {
    let base = base();
    let mut changed = base.clone();
    changed.status = Status::Tentative;
    let gone = merge(&base, None, Some(&base));
    assert_eq!((gone.event, gone.write, gone.conflicts.len()), (None, true, 0));
    let gone = merge(&base, Some(&base), None);
    assert_eq!((gone.event, gone.write, gone.conflicts.len()), (None, false, 0));
    let open = merge(&base, None, Some(&changed));
    assert_eq!((open.event.as_ref(), open.write), (Some(&changed), false));
    assert_eq!(open.conflicts[0].text, "the event is deleted here and changed there");
    let deleted = resolve(&open, &Field::Event, Side::Ours, None);
    assert_eq!((deleted.event, deleted.write), (None, true));
    let open = merge(&base, Some(&changed), None);
    assert_eq!(open.event, None);
    let back = resolve(&open, &Field::Event, Side::Ours, Some(&changed));
    assert_eq!((back.event, back.write), (Some(changed), true));
}

prop_compose! {
    fn some_edit()(
        summary in prop::option::of("[ab]"), place in prop::option::of("[ab]"), hour in 7..10_u8, guests in prop::collection::btree_map("[abc]", 0..3_u8, 0..3),
        own in prop::collection::btree_map("[abc]", "[xy]", 0..3), rest in prop::collection::btree_map("[abc]", 0..2_u8, 0..3), sequence in 0..3_u32,
    ) -> Event {
        let mut event = base();
        (event.summary, event.location, event.sequence) = (summary, place, sequence);
        event.start = When::Floating(format!("2026-11-23T{hour:02}:00:00").parse().unwrap());
        let answers = [Response::NeedsAction, Response::Accepted, Response::Declined];
        event.attendees = guests.iter().map(|(name, answer)| guest(name, answers[usize::from(*answer)])).collect();
        event.extended = own;
        event.rest = rest.into_iter().map(|(name, value)| (name, json!(value))).collect();
        event
    }
}

fn sorted(event: &Event) -> Event {
    let mut event = event.clone();
    event.attendees.sort_by(|a, b| a.person.email.cmp(&b.person.email));
    event.sequence = 0;
    event
}

proptest! {
    /// No value of either side is lost: it is in the event or in a conflict. Each side alone wins alone.
    #[test]
    fn nothing_is_overwritten_silently(base in some_edit(), ours in some_edit(), theirs in some_edit()) {
        let merged = merge(&base, Some(&ours), Some(&theirs));
        let event = merged.event.clone().unwrap();
        prop_assert_eq!(merged.write, sorted(&event) != sorted(&theirs));
        let told = |field: Field| merged.conflicts.iter().any(|conflict| conflict.field == field);
        prop_assert!(event.summary == theirs.summary || theirs.summary == base.summary);
        prop_assert!(event.summary == ours.summary || ours.summary == base.summary || told(Field::Summary));
        prop_assert!(event.start == ours.start || ours.start == base.start || told(Field::Schedule));
        for name in ["a", "b", "c"] {
            let of = |event: &Event| event.attendees.iter().find(|a| a.person.email == name).cloned();
            prop_assert!(of(&event) == of(&ours) || of(&ours) == of(&base) || told(Field::Attendee(name.to_owned())));
            prop_assert!(of(&event) == of(&theirs) || of(&theirs) == of(&base));
            let of = |event: &Event| event.rest.get(name).cloned();
            prop_assert!(of(&event) == of(&ours) || of(&ours) == of(&base) || told(Field::Rest(name.to_owned())));
        }
        prop_assert_eq!(sorted(&merge(&base, Some(&ours), Some(&base)).event.unwrap()), sorted(&ours));
        prop_assert_eq!(sorted(&merge(&base, Some(&base), Some(&theirs)).event.unwrap()), sorted(&theirs));
        let same = merge(&base, Some(&ours), Some(&ours));
        prop_assert!(same.conflicts.is_empty() && !same.write);
        // all conflicts chosen for us: our changes, and what only they changed
        let mut chosen = merged.clone();
        for conflict in &merged.conflicts {
            chosen = resolve(&chosen, &conflict.field, Side::Ours, Some(&ours));
        }
        let chosen = chosen.event.unwrap();
        prop_assert!(chosen.summary == ours.summary || ours.summary == base.summary && chosen.summary == theirs.summary);
    }
}
