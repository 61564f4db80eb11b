//! `calendarView/delta` (Graph, "event: delta", "Use delta query to track changes").

use super::error::Refused;
use super::event::{Prefer, TYPE, render};
use super::series::{self, Seen, Window};
use super::state::{Calendar, State, Stored};
use super::views;
use crate::provider::{Request, encode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Rounds that are kept; the states of older ones are not found.
const ROUNDS: usize = 256;
/// Page size when `Prefer: odata.maxpagesize` is not sent (not published).
const PAGE: usize = 10;

/// One round: what is told in it, and what the client knows after it.
#[derive(Debug)]
pub(crate) struct Round {
    calendar: String,
    window: Window,
    prefer: Prefer,
    items: Vec<Value>,
    known: BTreeMap<String, u64>,
    /// The change up to which it tells.
    seq: u64,
    generation: u64,
}

fn token(kind: char, round: u64, told: usize) -> String {
    B64.encode(format!("{kind}:{round}:{told}:R0usmcCM996atia_s"))
}

fn read(text: &str, kind: char) -> Option<(u64, usize)> {
    let text = String::from_utf8(B64.decode(text).ok()?).ok()?;
    let mut parts = text.split(':');
    parts.next()?.chars().eq([kind]).then_some(())?;
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn state_token<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let found = request.param_any_case(name).or_else(|| request.param_any_case(&name[1..]));
    found.filter(|token| !token.is_empty())
}

/// Answers one call.
pub(crate) fn delta(state: &mut State, url: &str, request: &Request, calendar_id: &str) -> Result<Value, Refused> {
    for name in ["$select", "$expand", "$filter", "$orderby", "$search"] {
        if request.param_any_case(name).is_some() {
            let message = format!(
                "The query parameter '{name}' is not supported with change tracking over the 'calendarView' resource."
            );
            return Err(Refused::new(400, "ErrorInvalidUrlQuery", &message));
        }
    }
    let prefer = Prefer::of(request)?;
    let (round, told) = if let Some(text) = state_token(request, "$skiptoken") {
        let (round, told) = read(text, 'p').ok_or_else(|| gone(state, url, request, None))?;
        (round, told)
    } else if let Some(text) = state_token(request, "$deltatoken") {
        let (before, _) = read(text, 'd').ok_or_else(|| gone(state, url, request, None))?;
        let before = known(state, url, request, before, calendar_id)?;
        let (window, prefer, seq) = (before.window, before.prefer.clone(), before.seq);
        let before = before.known.clone();
        (begin(state, calendar_id, window, prefer, Some((before, seq)))?, 0)
    } else {
        (begin(state, calendar_id, views::window(request)?, prefer.clone(), None)?, 0)
    };
    let found = known(state, url, request, round, calendar_id)?;
    let size = prefer.page.unwrap_or(PAGE);
    let value: Vec<Value> = found.items.iter().skip(told).take(size).filter(|item| !item.is_null()).cloned().collect();
    let told = told + size;
    let mut answer = json!({"@odata.context": format!("{url}/v1.0/$metadata#Collection(event)"), "value": value});
    if told < found.items.len() {
        answer["@odata.nextLink"] = format!("{url}{}?$skiptoken={}", request.path, token('p', round, told)).into();
    } else {
        answer["@odata.deltaLink"] = format!("{url}{}?$deltatoken={}", request.path, token('d', round, 0)).into();
    }
    Ok(answer)
}

/// 410 with `Location`: "a request URL with an empty $deltatoken (same as the initial query)".
pub(crate) fn gone(state: &State, url: &str, request: &Request, window: Option<Window>) -> Refused {
    let range = window.map(|window| {
        let (from, to) = (encode(&window.from.to_string()), encode(&window.to.to_string()));
        format!("startDateTime={from}&endDateTime={to}&")
    });
    let to = format!("{url}{}?{}$deltatoken=", request.path, range.unwrap_or_default());
    let message = "The sync state generation is not found; generation=1;[highest=2].";
    Refused::new(410, &state.settings.gone_code, message).with("location", to)
}

/// The window of the round that a request goes on with.
pub(crate) fn window_of(state: &State, request: &Request) -> Option<Window> {
    let skip = state_token(request, "$skiptoken").and_then(|text| read(text, 'p'));
    let (round, _) = skip.or_else(|| state_token(request, "$deltatoken").and_then(|text| read(text, 'd')))?;
    state.rounds.get(&round).map(|round| round.window)
}

fn known<'a>(state: &'a State, url: &str, request: &Request, round: u64, calendar: &str) -> Result<&'a Round, Refused> {
    match state.rounds.get(&round) {
        Some(found) if found.calendar == calendar && found.generation == state.generation => Ok(found),
        other => Err(gone(state, url, request, other.map(|round| round.window))),
    }
}

/// Makes a round: everything, or what differs from what the client knows.
fn begin(
    state: &mut State,
    calendar_id: &str,
    window: Window,
    prefer: Prefer,
    before: Option<(BTreeMap<String, u64>, u64)>,
) -> Result<u64, Refused> {
    let calendar = state.calendars.get(calendar_id).ok_or_else(Refused::not_found)?;
    let all = series::view(calendar, window, state.settings.masters_in_delta);
    let known: BTreeMap<String, u64> = all.iter().map(|seen| (seen.core.clone(), seen.stored.version)).collect();
    let removed = |core: &str| json!({"@removed": {"reason": "deleted"}, "id": prefer.id(core)});
    let mut items: Vec<Value> = Vec::new();
    let short = state.settings.short_occurrences;
    let changed = all
        .iter()
        .filter(|seen| before.as_ref().is_none_or(|(before, _)| before.get(&seen.core) != Some(&seen.stored.version)));
    items.extend(changed.map(|seen| tell(calendar, seen, &prefer, short)));
    if let Some((before, seq)) = &before {
        items.extend(before.keys().filter(|core| !known.contains_key(*core)).map(|core| removed(core)));
        // "events that are outside the date range and that have been added, deleted, or updated since"
        let outside = |(core, stored): &(&String, &Stored)| {
            stored.version > *seq && !known.contains_key(*core) && !before.contains_key(*core) && !stored.recurs()
        };
        items.extend(calendar.events.iter().filter(outside).map(|(core, _)| removed(core)));
    }
    if state.settings.repeat_in_delta {
        let again: Vec<Value> = items.iter().step_by(2).cloned().collect();
        items.extend(again);
    }
    if state.settings.empty_first_page {
        // nulls are left out of pages
        let size = prefer.page.unwrap_or(PAGE);
        items.splice(0..0, std::iter::repeat_n(Value::Null, size));
    }
    state.next += 1;
    let (seq, generation) = (state.seq, state.generation);
    let round = Round { calendar: calendar_id.to_owned(), window, prefer, items, known, seq, generation };
    state.rounds.insert(state.next, round);
    while state.rounds.len() > ROUNDS {
        state.rounds.pop_first();
    }
    Ok(state.next)
}

fn tell(calendar: &Calendar, seen: &Seen, prefer: &Prefer, short: bool) -> Value {
    let mut told = render(calendar, &seen.core, &seen.stored, seen.kind, prefer);
    told["@odata.type"] = TYPE.into();
    if seen.kind == "occurrence" && short {
        let kept = ["@odata.type", "@odata.etag", "seriesMasterId", "type", "id", "start", "end"];
        if let Some(event) = told.as_object_mut() {
            event.retain(|name, _| kept.contains(&name.as_str()));
        }
    }
    told
}
