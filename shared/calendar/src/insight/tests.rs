use super::*;
use crate::freebusy::tests::{ZONES, at, block, days, some_block, span, zone};
use crate::freebusy::{Daily, Hours, Kind, Profile, Stay, TimeOfDay};
use proptest::prelude::*;

fn person(place: &str, blocks: Vec<Block>) -> Person {
    Person { profile: Profile::new("ana", "Ana", zone(place)), blocks }
}

fn meeting(event: &str, from: &str, to: &str) -> Block {
    Block { people: 2, ..block(event, from, to) }
}

const WEEK: Week = Week { year: 2026, week: 48 };

fn of(person: &Person) -> Figures {
    week(person, WEEK, &[]).unwrap().figures
}

#[test]
fn an_empty_week_is_all_focus_and_in_one_piece() {
    let figures = of(&person("Europe/Berlin", vec![]));
    let expected = Figures {
        minutes: 7 * 1_440,
        working_minutes: 5 * 480,
        free_minutes: 5 * 480,
        focus_minutes: 5 * 480,
        ..Figures::default()
    };
    assert_eq!(figures, expected);
    assert_eq!((figures.load(), figures.fragmentation()), (0.0, 0.0));
}

#[test]
fn a_week_is_told_in_figures() {
    let ana = person(
        "UTC",
        vec![
            meeting("a", "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z"),
            meeting("b", "2026-11-23T10:05:00Z", "2026-11-23T11:00:00Z"),
            meeting("c", "2026-11-23T11:00:00Z", "2026-11-23T12:00:00Z"),
            meeting("d", "2026-11-23T11:30:00Z", "2026-11-23T12:00:00Z"),
            // cuts Tuesday in two halves of 210 minutes
            meeting("e", "2026-11-24T12:30:00Z", "2026-11-24T13:30:00Z"),
            meeting("late", "2026-11-25T23:30:00Z", "2026-11-26T00:30:00Z"),
            block("alone", "2026-11-27T09:00:00Z", "2026-11-27T17:00:00Z"),
        ],
    );
    let figures = of(&ana);
    assert_eq!((figures.meetings, figures.meeting_minutes, figures.out_of_hours_minutes), (6, 175 + 60 + 60, 60));
    assert_eq!(
        (figures.runs, figures.meetings_in_runs, figures.longest_run, figures.longest_run_minutes),
        (1, 4, 4, 180)
    );
    // Monday has 5 minutes between a and b, and 300 after noon; Friday is full
    assert_eq!(figures.free_minutes, 305 + 420 + 480 + 480);
    assert_eq!(figures.focus_minutes, 300 + 420 + 480 + 480);
    assert_eq!(figures.scattered_minutes, (305 - (25 + 90_000) / 305) + 210);
    assert_eq!(figures.load(), 235.0 / 2_400.0);
}

#[test]
fn focus_blocks_are_focus_time_and_copies_count_once() {
    let twice = meeting("a", "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z");
    let focus = Block { kind: Kind::Focus, ..block("f", "2026-11-23T10:00:00Z", "2026-11-23T12:00:00Z") };
    let figures = of(&person("UTC", vec![twice.clone(), focus, twice]));
    assert_eq!((figures.meetings, figures.focus_minutes), (1, 5 * 480 - 60));
    let off = Block { all_day: true, ..Block::new("off", days("2026-11-23", "2026-11-24")) };
    assert_eq!(of(&person("UTC", vec![off])).free_minutes, 4 * 480);
}

#[test]
fn time_saved_is_what_was_accepted_and_stayed() {
    let focus = Block { kind: Kind::Focus, ..block("sug_1", "2026-11-23T10:00:00Z", "2026-11-23T12:00:00Z") };
    let ana = person("UTC", vec![focus.clone()]);
    let accepted = |id: &str, kind, span| Accepted { id: id.to_owned(), kind, span };
    let all = [
        accepted("sug_1", SuggestionKind::Focus, focus.span),
        accepted("sug_2", SuggestionKind::Recovery, span("2026-11-24T10:00:00Z", "2026-11-24T10:30:00Z")),
        accepted("sug_3", SuggestionKind::Quiet, span("2026-11-24T22:00:00Z", "2026-11-24T22:45:00Z")),
        accepted("sug_4", SuggestionKind::Quiet, span("2026-12-24T22:00:00Z", "2026-12-24T22:45:00Z")),
    ];
    let figures = week(&ana, WEEK, &all).unwrap().figures;
    assert_eq!(figures.saved_minutes, 120 + 45, "what is not in the calendar any more saves nothing");
}

#[test]
fn weeks_have_167_169_or_other_hours_when_the_clock_moves() {
    let minutes = |place: &str, year, number| {
        week(&person(place, vec![]), Week { year, week: number }, &[]).unwrap().figures.minutes
    };
    assert_eq!(minutes("Europe/Berlin", 2026, 13), 167 * 60);
    assert_eq!(minutes("Europe/Berlin", 2026, 43), 169 * 60);
    assert_eq!(minutes("America/New_York", 2026, 10), 167 * 60);
    assert_eq!(minutes("Australia/Lord_Howe", 2026, 14), 168 * 60 + 30);
    assert_eq!(minutes("Asia/Tokyo", 2026, 13), 168 * 60);
    assert!(week(&person("UTC", vec![]), Week { year: 2026, week: 54 }, &[]).is_none());
    assert!(week(&person("UTC", vec![]), Week { year: 2025, week: 53 }, &[]).is_none());
    assert_eq!(Week { year: 2027, week: 1 }.previous(), Some(Week { year: 2026, week: 53 }));
    let ana = person("Pacific/Auckland", vec![]);
    assert_eq!(week_at(&ana, at("2026-11-22T10:59:59Z")), Week { year: 2026, week: 47 });
    assert_eq!(week_at(&ana, at("2026-11-22T11:00:00Z")), WEEK);
    assert_eq!(span_of(&ana, WEEK), Some(span("2026-11-22T11:00:00Z", "2026-11-29T11:00:00Z")));
}

#[test]
fn a_week_is_stored_as_it_is_read() {
    let figures = week(&person("UTC", vec![]), WEEK, &[]).unwrap();
    let text = serde_json::to_string(&figures).unwrap();
    assert!(text.starts_with(r#"{"year":2026,"week":48,"minutes":10080,"#), "{text}");
    assert_eq!(attune_domain::json::from_str::<WeekFigures>(&text).unwrap(), figures);
}

/// A day's figures, from a table with one cell for each minute.
fn naive(person: &Person, day: Span, work: &[Span]) -> Figures {
    let places = Whereabouts::of(&person.profile, &mut Zones::default());
    let minutes: Vec<i64> = (day.start.0..day.end.0).step_by(60_000).collect();
    let covered = |minute: i64, filter: &dyn Fn(&Block) -> bool| {
        let here = |block: &&Block| places.span_of(block).overlaps(Span::new(minute, minute + 1)) && filter(block);
        person.blocks.iter().any(|block| here(&block))
    };
    let hours_of = |minute: i64| work.iter().position(|span| span.start.0 <= minute && minute < span.end.0);
    let mut figures = Figures { minutes: minutes.len() as i64, ..Figures::default() };
    let mut pieces: Vec<(usize, i64)> = Vec::new();
    let mut last = None;
    for minute in minutes {
        let hours = hours_of(minute);
        let meeting = covered(minute, &|block| block.is_meeting());
        figures.working_minutes += i64::from(hours.is_some());
        figures.meeting_minutes += i64::from(meeting);
        figures.meeting_minutes_in_hours += i64::from(meeting && hours.is_some());
        figures.out_of_hours_minutes += i64::from(meeting && hours.is_none());
        let taken = covered(minute, &|block| {
            use crate::event::Busy::{Busy, OutOfOffice, Tentative};
            matches!(block.counts(), Busy | Tentative | OutOfOffice) && block.kind != Kind::Focus
        });
        let free = hours.filter(|_| !taken);
        match (free, last) {
            (Some(hours), Some(before)) if hours == before => pieces.last_mut().unwrap().1 += 1,
            (Some(hours), _) => pieces.push((hours, 1)),
            (None, _) => {}
        }
        last = free;
    }
    figures.free_minutes = pieces.iter().map(|piece| piece.1).sum();
    figures.focus_minutes = pieces.iter().map(|piece| piece.1).filter(|minutes| *minutes >= 120).sum();
    for hours in 0..work.len() {
        let of: Vec<i64> = pieces.iter().filter(|piece| piece.0 == hours).map(|piece| piece.1).collect();
        let all: i64 = of.iter().sum();
        if all > 0 {
            figures.scattered_minutes += all - of.iter().map(|f| f * f).sum::<i64>() / all;
        }
    }
    figures
}

fn traveller(place: &str, away: bool, night: bool, blocks: Vec<Block>) -> Person {
    let mut ana = person(place, blocks);
    if away {
        let (first, last) = ("2026-03-30".parse().unwrap(), "2026-04-02".parse().unwrap());
        ana.profile.stays = vec![Stay { first, last, zone: zone("America/Los_Angeles") }];
    }
    if night {
        let time = Daily { from: TimeOfDay::at(20, 0), to: TimeOfDay::at(4, 0) };
        ana.profile.hours.push(Hours { day: crate::freebusy::Weekday::Saturday, time });
    }
    ana
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Minute by minute, over the weeks around the change of Europe's clocks.
    #[test]
    fn a_week_is_what_its_minutes_say(
        blocks in prop::collection::vec(some_block(6 * 1_440), 0..15), name in prop::sample::select(&ZONES[..]), away: bool, night: bool,
    ) {
        let ana = traveller(name, away, night, blocks);
        let number = Week { year: 2026, week: 13 };
        let whole = span_of(&ana, number).unwrap();
        let places = Whereabouts::of(&ana.profile, &mut Zones::default());
        let cover = Days::cover(&ana.profile, &places, whole);
        let mut expected = Figures::default();
        for day in cover.days.iter().filter(|day| Week::of(day.date) == number) {
            let work: Vec<Span> = cover.work.iter().map(|span| span.clip(day.span)).filter(|span| !span.is_empty()).collect();
            expected = expected.plus(naive(&ana, day.span, &work));
        }
        let got = week(&ana, number, &[]).unwrap().figures;
        prop_assert_eq!(got.minutes, whole.length() / 60_000);
        let runs = Figures { meetings: got.meetings, runs: got.runs, meetings_in_runs: got.meetings_in_runs, longest_run: got.longest_run,
            longest_run_minutes: got.longest_run_minutes, ..expected };
        prop_assert_eq!(got, runs);
        prop_assert!((0.0..=1.0).contains(&got.fragmentation()) && (0.0..=1.0).contains(&got.load()));
        prop_assert!(got.meetings_in_runs <= got.meetings + 7 && got.runs * 2 <= got.meetings_in_runs);
    }

    /// After any history of changes, with only the touched weeks computed anew, each from its own blocks only: the same as all from scratch.
    #[test]
    fn incremental_is_from_scratch(
        start in prop::collection::vec(some_block(20 * 1_440), 0..12), changes in prop::collection::vec((some_block(20 * 1_440), any::<prop::sample::Index>(), any::<bool>()), 1..12),
        name in prop::sample::select(&ZONES[..]), away: bool,
    ) {
        let mut ana = traveller(name, away, false, start);
        let weeks: Vec<Week> = (12..19).map(|week| Week { year: 2026, week }).collect();
        // what a store would give for one week: the blocks that lie in it
        let compute = |ana: &Person, number: Week| {
            let inside = span_of(ana, number).unwrap();
            let places = Whereabouts::of(&ana.profile, &mut Zones::default());
            let blocks = ana.blocks.iter().filter(|block| places.span_of(block).overlaps(inside)).cloned().collect();
            week(&Person { blocks, ..ana.clone() }, number, &[]).unwrap()
        };
        let mut kept: Vec<WeekFigures> = weeks.iter().map(|week| compute(&ana, *week)).collect();
        for (block, index, remove) in changes {
            let mut stale = touched(&ana, &block);
            if remove && !ana.blocks.is_empty() {
                let place = index.index(ana.blocks.len());
                let gone = ana.blocks.remove(place);
                stale = touched(&ana, &gone);
            } else {
                ana.blocks.push(block);
            }
            for number in stale {
                let figures = compute(&ana, number);
                kept.iter_mut().filter(|known| known.week == number).for_each(|known| *known = figures);
            }
        }
        let scratch: Vec<WeekFigures> = weeks.iter().map(|number| week(&ana, *number, &[]).unwrap()).collect();
        prop_assert_eq!(&kept, &scratch);
        let last = Week { year: 2026, week: 16 };
        let sum = scratch[1..5].iter().map(|week| week.figures).fold(Figures::default(), Figures::plus);
        prop_assert_eq!(rolling(last, &kept), sum);
        kept.reverse();
        prop_assert_eq!(rolling(last, &kept), sum);
    }
}
