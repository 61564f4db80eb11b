use crate::event::Item;
use crate::graph::{Window, missing, read};
use attune_domain::Millis;
use proptest::prelude::*;
use serde_json::json;

const DAY: i64 = 86_400_000;

#[test]
fn a_window_stays_for_28_days() {
    let now = Millis::parse("2026-11-22T10:00:00Z").unwrap();
    let window = Window::of(now, 0);
    let next = (1..=29).find(|day| Window::of(Millis(now.0 + day * DAY), 0) != window).unwrap();
    let moved = Window::of(Millis(now.0 + next * DAY), 0);
    assert_eq!((moved.start.0 - window.start.0, moved.end.0 - window.end.0), (28 * DAY, 28 * DAY));
    assert_eq!(Window::of(Millis(now.0 + (next + 27) * DAY), 0), moved);
    assert!(window.overlaps(window.start, window.start) && !window.overlaps(window.end, window.end));
    assert!(!window.overlaps(Millis(window.start.0 - 1), window.start) && window.overlaps(Millis(0), Millis(i64::MAX)));
}

#[test]
fn instances_that_were_not_told_are_gone() {
    let told: Vec<Item> = ["2026-11-23", "2026-12-07"]
        .iter()
        .map(|day| {
            let time = json!({"dateTime": format!("{day}T11:00:00.0000000"), "timeZone": "UTC"});
            let value = json!({"id": day, "seriesMasterId": "m", "type": "occurrence", "originalStartTimeZone": "Europe/Berlin", "start": time, "end": time});
            read(value.as_object().unwrap().clone(), &super::berlin()).unwrap()
        })
        .collect();
    let starts: Vec<_> = ["2026-11-23T12:00", "2026-11-30T12:00", "2026-12-07T12:00"]
        .iter()
        .map(|local| told[0].events[0].start.at(local.parse().unwrap()))
        .collect();
    assert_eq!(missing(&starts, &told), [starts[1].clone()]);
}

proptest! {
    #[test]
    fn enough_of_the_past_and_the_future_is_there(now in 0..4_000_000_000_000_i64, spread: u64) {
        let window = Window::of(Millis(now), spread);
        prop_assert!(now - window.start.0 >= 91 * DAY && window.end.0 - now >= 371 * DAY);
        prop_assert!(window.end.0 - window.start.0 == 490 * DAY && window.start.0 % DAY == 0);
    }

    #[test]
    fn any_time_has_one(now: i64, spread: u64) {
        let window = Window::of(Millis(now), spread);
        prop_assert!(window.start <= window.end);
    }
}
