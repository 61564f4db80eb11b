//! A window is a part of the whole, whatever the series.

use super::*;
use proptest::prelude::*;

fn hour(n: i64) -> String {
    let at = jiff::civil::date(2026, 3, 1).at(0, 0, 0, 0) + jiff::SignedDuration::from_hours(n);
    at.strftime("%Y%m%dT%H%M%S").to_string()
}

prop_compose! {
    fn series()(
        start in 0_i64..72, length in 0_i64..60,
        rule in proptest::sample::select(vec![
            "FREQ=DAILY", "FREQ=DAILY;COUNT=20", "FREQ=WEEKLY;BYDAY=MO,WE,SU", "FREQ=HOURLY;INTERVAL=5;COUNT=99", "FREQ=DAILY;BYHOUR=1,2,3;COUNT=60",
            "FREQ=WEEKLY;UNTIL=20260405", "FREQ=MONTHLY;BYDAY=-1SU;BYHOUR=2;BYMINUTE=30",
        ]),
        overrides in proptest::collection::vec((0_i64..40, -60_i64..60, 0_i64..30, any::<bool>(), 0..4_u8), 0..5),
        exdates in proptest::collection::vec(0_i64..40, 0..4),
        dates in any::<bool>(),
    ) -> Vec<Event> {
        let cut = |text: String, all_day: bool| if all_day { text[..8].to_owned() } else { text };
        let mut events = vec![master(&cut(hour(start), dates), &cut(hour(start + length), dates), rule)];
        events[0].recurrence.exdate = exdates.iter().map(|day| when(&cut(hour(start + day * 24), dates))).collect();
        for (day, by, length, range, kind) in overrides {
            let id = start + day * 24;
            let mut event = instead(&cut(hour(id), dates), &cut(hour(id + by), dates && kind > 0), &cut(hour(id + by + length), dates && kind > 0));
            event.this_and_future = range;
            events.push(if kind == 3 { cancelled(event) } else { event });
        }
        events
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn a_window_is_a_part_of_the_whole(events in series(), from in -100_i64..1500, length in 0_i64..400) {
        let (from, to) = (at(&hour(from)), at(&hour(from + length)));
        let all = occurrences(&events, at("20250101")..at("20260801"), &berlin(), 5000);
        prop_assert!(!all.cut);
        prop_assert!(all.list.is_sorted_by_key(|one| (one.start, one.end)));
        let part: Vec<_> = all.list.into_iter().filter(|one| one.start < to && (one.end > from || one.start >= from)).collect();
        prop_assert_eq!(occurrences(&events, from..to, &berlin(), 5000).list, part);
    }

    #[test]
    fn no_instance_is_told_twice(events in series()) {
        let all = occurrences(&events, at("20250101")..at("20260801"), &berlin(), 5000);
        let mut ids: Vec<_> = all.list.iter().map(|one| one.id.instant(&berlin())).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), count);
    }
}
