//! Opening hours by the clock of a place. What that clock shows is for the runtime to say: its offset from UTC is an argument.

use attune_domain::Millis;
use serde_json::Value;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// Weekdays as 1970-01-01 began, a Thursday.
const DAYS: [&str; 7] = ["thu", "fri", "sat", "sun", "mon", "tue", "wed"];
/// How far ahead the next opening is looked for, days.
const AHEAD: i64 = 60;

/// Is a widget open at `now`, and if not, when does it open (ms since 1970)? `hours`: a stored `WidgetHoursV1`. `offset`: minutes that
/// the place is ahead of UTC at a moment; a place whose clock is not known is always open, so that nobody is sent away by a fault of ours.
pub(super) fn state(hours: &Value, now: i64, offset: &dyn Fn(&str, i64) -> Option<i64>) -> (bool, Option<i64>) {
    let zone = hours["zone"].as_str().unwrap_or_default();
    let Some(ahead) = offset(zone, now) else { return (true, None) };
    let local = now + ahead * MINUTE_MS;
    let today = local.div_euclid(DAY_MS);
    let minute = local.rem_euclid(DAY_MS) / MINUTE_MS;
    if intervals(hours, today).any(|(from, to)| (from..to).contains(&minute)) {
        return (true, None);
    }
    let starts = (today..=today + AHEAD)
        .flat_map(|day| intervals(hours, day).map(move |(from, _)| day * DAY_MS + from * MINUTE_MS));
    // the offset of a moment near by, then that of the moment itself: they differ where the clock is changed
    let moment = |local: i64, near: i64| Some(local - offset(zone, near)? * MINUTE_MS);
    let opens = starts.filter(|start| *start > local).find_map(|start| moment(start, moment(start, now)?));
    (false, opens.map(|at| at.max(now)))
}

/// What is open on a day (days since 1970), minutes of the day.
fn intervals(hours: &Value, day: i64) -> impl Iterator<Item = (i64, i64)> {
    let weekday =
        usize::try_from(day.rem_euclid(7)).ok().and_then(|index| DAYS.get(index)).copied().unwrap_or_default();
    let texts = hours["exceptions"].get(Millis(day * DAY_MS).day()).unwrap_or(&hours["days"][weekday]);
    texts.as_array().into_iter().flatten().filter_map(|text| interval(text.as_str()?))
}

/// Is it `HH:MM-HH:MM`, and does it end after its beginning?
pub fn is_interval(text: &str) -> bool {
    interval(text).is_some()
}

fn interval(text: &str) -> Option<(i64, i64)> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (minutes(from)?, minutes(to)?);
    (from < to).then_some((from, to))
}

fn minutes(text: &str) -> Option<i64> {
    let two = |text: &str| {
        if text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit()) { text.parse::<i64>().ok() } else { None }
    };
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (two(hour)?, two(minute)?);
    (minute < 60 && hour * 60 + minute <= 1_440).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// 2026-03-27T00:00Z, a Friday; in Zurich summer begins on Sunday the 29th at 01:00Z.
    const FRIDAY: i64 = 1_774_569_600_000;
    const HOUR: i64 = 60 * MINUTE_MS;
    const SUMMER: i64 = FRIDAY + 2 * DAY_MS + HOUR;

    fn zurich(zone: &str, at: i64) -> Option<i64> {
        (zone == "Europe/Zurich").then_some(if at < SUMMER { 60 } else { 120 })
    }

    fn hours() -> Value {
        json!({"zone": "Europe/Zurich", "days": {"fri": ["09:00-12:00", "13:00-17:00"], "mon": ["00:00-24:00"], "tue": ["08:00-09:00"]},
            "exceptions": {"2026-03-31": [], "2026-04-01": ["10:30-11:00"]}})
    }

    #[test]
    fn it_is_open_within_an_interval_and_not_at_its_end() {
        for (at, open) in [(8, true), (11, false), (12, true), (16, false), (7, false)] {
            assert_eq!(state(&hours(), FRIDAY + at * HOUR, &zurich).0, open, "{at}:00Z");
        }
        assert!(state(&hours(), FRIDAY + 11 * HOUR - 1, &zurich).0);
    }

    #[test]
    fn the_next_opening_is_by_the_clock_of_that_day() {
        let next = |at: i64| state(&hours(), at, &zurich).1.map(|at| Millis(at).to_string());
        assert_eq!(next(FRIDAY).unwrap(), "2026-03-27T08:00:00.000Z");
        assert_eq!(next(FRIDAY + 11 * HOUR).unwrap(), "2026-03-27T12:00:00.000Z");
        // winter asks for a day in summer
        assert_eq!(next(FRIDAY + 20 * HOUR).unwrap(), "2026-03-29T22:00:00.000Z");
        // Tuesday is closed and Wednesday open, as exceptions
        assert_eq!(next(FRIDAY + 4 * DAY_MS).unwrap(), "2026-04-01T08:30:00.000Z");
        assert!(state(&hours(), FRIDAY + 3 * DAY_MS + 12 * HOUR, &zurich).0, "all of Monday");
    }

    #[test]
    fn what_never_opens_says_nothing_and_an_unknown_clock_is_no_closed_door() {
        let never = json!({"zone": "Europe/Zurich", "days": {}});
        assert_eq!(state(&never, FRIDAY, &zurich), (false, None));
        assert_eq!(state(&json!({"zone": "Mars/Base", "days": {}}), FRIDAY, &zurich), (true, None));
    }

    #[test]
    fn intervals_are_read_strictly() {
        for good in ["00:00-24:00", "09:30-09:31", "23:59-24:00"] {
            assert!(is_interval(good), "{good}");
        }
        for bad in [
            "",
            "9:00-10:00",
            "09:00",
            "10:00-09:00",
            "10:00-10:00",
            "24:00-24:01",
            "10:60-11:00",
            "+1:00-02:00",
            "09:00-10:00-11:00",
        ] {
            assert!(!is_interval(bad), "{bad}");
        }
    }
}
