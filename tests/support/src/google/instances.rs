//! Instances of recurring events (guide "Recurring events").

use super::event::Moment;
use super::state::{Calendar, Stored};
use crate::provider::{Set, compact_utc, text, words};
use jiff::Timestamp;
use serde_json::Value;

/// Most instances of an endless series, counted in days from the later of its start and the window's.
const HORIZON_S: i64 = 730 * 86_400;

/// A window of time; instances that end after `from` and start before `to` are in it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Window {
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

impl Window {
    pub fn has(&self, start: Timestamp, end: Timestamp) -> bool {
        // an event of no length is there when it starts
        let end = if end == start { Timestamp::from_millisecond(end.as_millisecond() + 1).unwrap_or(end) } else { end };
        self.from.is_none_or(|from| end > from) && self.to.is_none_or(|to| start < to)
    }
}

/// The id of an instance: that of the master and the original start, in UTC.
pub(crate) fn instance_id(master: &str, original: &Moment) -> String {
    match original {
        Moment::Day(day) => format!("{master}_{}", day.to_string().replace('-', "")),
        Moment::Time { at, .. } => format!("{master}_{}", compact_utc(*at)),
    }
}

/// Start and end of a stored event.
pub(crate) fn times(calendar: &Calendar, json: &Value) -> Option<(Timestamp, Timestamp)> {
    let start = Moment::of(&json["start"], &calendar.zone)?.instant(&calendar.zone);
    Some((start, Moment::of(&json["end"], &calendar.zone)?.instant(&calendar.zone)))
}

/// All original starts of a master before an instant.
pub(crate) fn originals(calendar: &Calendar, master: &Value, before: Timestamp) -> Vec<Moment> {
    let Some(start) = Moment::of(&master["start"], &calendar.zone) else { return Vec::new() };
    let rules = start.rules(&calendar.zone);
    let Some(set) = Set::parse(&words(master, "recurrence"), &rules) else { return Vec::new() };
    set.starts(start.local(), &rules, before).into_iter().map(|local| start.at(local)).collect()
}

/// The instance that a master has at an original start, without what an exception changes.
pub(crate) fn instance(calendar: &Calendar, master: &Stored, original: &Moment) -> Stored {
    let mut json = master.json.clone();
    let (start, end) = (Moment::of(&json["start"], &calendar.zone), Moment::of(&json["end"], &calendar.zone));
    let id = text(&json, "id").to_owned();
    if let Some(event) = json.as_object_mut() {
        event.remove("recurrence");
    }
    if let (Some(start), Some(end)) = (start, end) {
        let ended = match (&start, &end) {
            (Moment::Day(_), _) => {
                let length = end.local().date().since(start.local().date()).unwrap_or_default();
                let day = original.local().date().checked_add(length).unwrap_or_default();
                Moment::Day(day)
            }
            (_, Moment::Time { zone, .. }) => {
                let length = end.instant(&calendar.zone).duration_since(start.instant(&calendar.zone));
                let at = original.instant(&calendar.zone).checked_add(length).unwrap_or(Timestamp::UNIX_EPOCH);
                Moment::Time { at, zone: zone.clone() }
            }
            _ => end,
        };
        json["start"] = original.json();
        json["end"] = ended.json();
    }
    json["id"] = instance_id(&id, original).into();
    json["recurringEventId"] = id.into();
    json["originalStartTime"] = original.json();
    Stored { json, changed: master.changed }
}

/// The master and the original start that an instance's id names, when the master has such an instance.
pub(crate) fn find<'a>(calendar: &'a Calendar, id: &str) -> Option<(&'a Stored, Moment)> {
    let (master_id, when) = id.rsplit_once('_')?;
    let master = calendar.events.get(master_id).filter(|master| !master.cancelled())?;
    master.json.get("recurrence")?;
    // the original start lies within a day of what the id says, whatever the zone
    let day: jiff::civil::Date = format!("{}-{}-{}", when.get(..4)?, when.get(4..6)?, when.get(6..8)?).parse().ok()?;
    let before = day.to_datetime(jiff::civil::Time::midnight());
    let before = crate::provider::instant(before, &jiff::tz::TimeZone::UTC).as_second() + 3 * 86_400;
    let all = originals(calendar, &master.json, Timestamp::from_second(before).ok()?);
    let original = all.into_iter().rev().find(|original| instance_id(master_id, original) == id)?;
    Some((master, original))
}

/// The exceptions of a master.
pub(crate) fn exceptions<'a>(calendar: &'a Calendar, master_id: &str) -> Vec<&'a Stored> {
    let prefix = format!("{master_id}_");
    let range = calendar.events.range(prefix.clone()..).take_while(|(id, _)| id.starts_with(&prefix));
    range.map(|(_, stored)| stored).filter(|stored| stored.master() == Some(master_id)).collect()
}

/// The instances of a master in a window, exceptions in their places, cancelled ones if they are asked for; by start.
pub(crate) fn expand(calendar: &Calendar, master: &Stored, window: Window, cancelled: bool) -> Vec<Stored> {
    let Some((start, end)) = times(calendar, &master.json) else { return Vec::new() };
    let length = end.duration_since(start);
    let horizon = window.from.map_or(start, |from| from.max(start)).as_second() + HORIZON_S;
    let horizon = Timestamp::from_second(horizon).unwrap_or(start);
    let before = window.to.map_or(horizon, |to| to.min(horizon));
    let own_id = text(&master.json, "id").to_owned();
    let exceptions = exceptions(calendar, &own_id);
    let mut found: Vec<(Timestamp, Stored)> = Vec::new();
    for original in originals(calendar, &master.json, before) {
        let at = original.instant(&calendar.zone);
        let id = instance_id(&own_id, &original);
        let ended = at.checked_add(length).unwrap_or(at);
        if window.has(at, ended) && !exceptions.iter().any(|exception| exception.json["id"] == id.as_str()) {
            found.push((at, instance(calendar, master, &original)));
        }
    }
    for exception in exceptions {
        if exception.cancelled() && !cancelled {
            continue;
        }
        // one without times of its own is where it was
        let original = Moment::of(&exception.json["originalStartTime"], &calendar.zone);
        let original = original.map(|at| at.instant(&calendar.zone)).map(|at| (at, at));
        let Some((start, end)) = times(calendar, &exception.json).or(original) else { continue };
        if window.has(start, end) {
            found.push((start, exception.clone()));
        }
    }
    found.sort_by_key(|(start, _)| *start);
    found.into_iter().map(|(_, stored)| stored).collect()
}
