//! Lists with `singleEvents=true`: masters are expanded, and what a sync token stands for is kept, to tell what changed since.

use super::error::Refused;
use super::instances::{self, Window, times};
use super::list::{Asked, Cursor};
use super::state::{Calendar, State, Stored};
use crate::provider::text;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Rounds that are kept; older ones have expired.
const ROUNDS: usize = 64;
/// Without `timeMax`, instances up to this time from now.
const HORIZON_MS: i64 = 365 * 86_400_000;

/// One listing: what is told in it, and what is known to the client after it (ids with their versions).
#[derive(Debug)]
pub(crate) struct Round {
    items: Vec<Value>,
    known: BTreeMap<String, (u64, u64)>,
}

/// The single events and instances of a window, with their versions: of the event itself and of its master.
fn view(calendar: &Calendar, window: Window) -> Vec<(Timestamp, (u64, u64), Stored)> {
    let mut found = Vec::new();
    for stored in calendar.events.values().filter(|stored| !stored.cancelled() && stored.master().is_none()) {
        let of_master = stored.changed;
        let instances = if stored.json.get("recurrence").is_some() {
            instances::expand(calendar, stored, window, false)
        } else {
            vec![stored.clone()]
        };
        for instance in instances {
            let Some((start, end)) = times(calendar, &instance.json) else { continue };
            if window.has(start, end) {
                found.push((start, (instance.changed, of_master), instance));
            }
        }
    }
    found.sort_by_key(|(start, ..)| *start);
    found
}

/// The next items of a round, which is made when there is none.
pub(crate) fn page(
    state: &mut State,
    asked: &Asked,
    cursor: &mut Cursor,
    now: i64,
) -> Result<(Vec<Value>, bool), Refused> {
    let calendar = state.calendars.get(&cursor.calendar).ok_or_else(Refused::not_found)?;
    let begins = cursor.since.is_some_and(|since| cursor.after == since) || cursor.round.is_none();
    if begins {
        let before = match cursor.round {
            Some(round) => Some(&state.rounds.get(&round).ok_or_else(Refused::full_sync)?.known),
            None => None,
        };
        let horizon = Timestamp::from_millisecond(now + HORIZON_MS).ok();
        let window = Window { to: cursor.window().to.or(horizon), ..cursor.window() };
        let all = view(calendar, window);
        let known: BTreeMap<String, (u64, u64)> =
            all.iter().map(|(_, version, stored)| (text(&stored.json, "id").to_owned(), *version)).collect();
        let told = all.iter().filter(|(_, version, stored)| {
            before.is_none_or(|before| before.get(text(&stored.json, "id")) != Some(version))
        });
        let mut items: Vec<Value> = told.map(|(_, _, stored)| asked.tell(calendar, stored)).collect();
        let gone = before.into_iter().flatten().filter(|(id, _)| !known.contains_key(*id));
        items.extend(gone.map(|(id, _)| json!({"kind": "calendar#event", "id": id, "status": "cancelled"})));
        state.next += 1;
        cursor.round = Some(state.next);
        // the number of items told takes the place of the change from here on
        (cursor.since, cursor.after) = (None, 0);
        state.rounds.insert(state.next, Round { items, known });
        while state.rounds.len() > ROUNDS {
            state.rounds.pop_first();
        }
    }
    let round = cursor.round.and_then(|round| state.rounds.get(&round)).ok_or_else(Refused::full_sync)?;
    let from = usize::try_from(cursor.after).unwrap_or(usize::MAX);
    let items: Vec<Value> = round.items.iter().skip(from).take(asked.size).cloned().collect();
    let told = from + items.len();
    cursor.after = told as u64;
    Ok((items, told < round.items.len()))
}
