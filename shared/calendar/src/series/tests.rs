mod edit;
mod hostile;
mod occurrences;
mod random;
mod until;

use super::{Occurrences, occurrences};
use crate::event::{Recurrence, Status};
use crate::zone::Zone;
use crate::{Event, When};
use attune_domain::Millis;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

pub(super) fn berlin() -> TimeZone {
    Zone::iana("Europe/Berlin").unwrap().rules()
}

/// `20260105`, `20260105T090000` in Berlin, `20260105T090000Z`, `~20260105T090000` floating.
pub(super) fn when(text: &str) -> When {
    if text.len() == 8 {
        return When::Date(text.parse().unwrap());
    }
    let local: DateTime = text.trim_end_matches('Z').trim_start_matches('~').parse().unwrap();
    if text.ends_with('Z') {
        When::Utc(local.to_zoned(TimeZone::UTC).unwrap().timestamp())
    } else if text.starts_with('~') {
        When::Floating(local)
    } else {
        When::Zoned { local, zone: Zone::iana("Europe/Berlin").unwrap(), tzid: None }
    }
}

pub(super) fn event(start: &str, end: &str) -> Event {
    Event {
        uid: "one@example.org".into(),
        start: when(start),
        end: when(end),
        recurrence: Recurrence::default(),
        recurrence_id: None,
        this_and_future: false,
        status: Status::Confirmed,
        busy: Default::default(),
        visibility: Default::default(),
        summary: None,
        description: None,
        location: None,
        organizer: None,
        attendees: vec![],
        conference: None,
        sequence: 0,
        updated: None,
        extended: Default::default(),
        rest: Default::default(),
    }
}

pub(super) fn master(start: &str, end: &str, rule: &str) -> Event {
    let mut event = event(start, end);
    event.recurrence.rrule = vec![rule.into()];
    event
}

pub(super) fn instead(id: &str, start: &str, end: &str) -> Event {
    Event { recurrence_id: Some(when(id)), ..event(start, end) }
}

pub(super) fn ranged(id: &str, start: &str, end: &str) -> Event {
    Event { this_and_future: true, ..instead(id, start, end) }
}

pub(super) fn cancelled(event: Event) -> Event {
    Event { status: Status::Cancelled, ..event }
}

pub(super) fn at(text: &str) -> Millis {
    when(text).instant(&berlin()).unwrap()
}

/// In a window given in Berlin's time.
pub(super) fn find(events: &[Event], from: &str, to: &str) -> Occurrences {
    occurrences(events, at(from)..at(to), &berlin(), 100)
}

/// `event|id|start-end` with `dd HH:MM` of Berlin's clock.
pub(super) fn list(events: &[Event], from: &str, to: &str) -> Vec<String> {
    let found = find(events, from, to);
    assert!(!found.cut);
    assert_eq!(found.whole_until, at(to));
    let show = |at: Millis| {
        jiff::Timestamp::from_millisecond(at.0).unwrap().to_zoned(berlin()).strftime("%d %H:%M").to_string()
    };
    let line = |one: &super::Occurrence| {
        format!(
            "{} {} = {}-{}{}",
            one.event,
            one.id.local().strftime("%d %H:%M"),
            show(one.start),
            show(one.end),
            if one.all_day { " all day" } else { "" }
        )
    };
    found.list.iter().map(line).collect()
}
