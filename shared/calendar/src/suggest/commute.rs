//! Time for the way between two places.

use super::travel::TravelTime;
use super::{Change, Suggestion, SuggestionKind, View};
use crate::freebusy::span::{DAY, MINUTE};
use crate::freebusy::{Block, Kind, Span};
use attune_domain::Millis;

/// From each event with a place to the next one with another place, within a day. Where nobody knows how long it takes nothing is suggested,
/// nor where the time is taken already or a way is planned.
pub(super) fn suggest(view: &View<'_>, travel: &dyn TravelTime) -> Vec<Suggestion> {
    let mut last: Option<&Block> = None;
    let mut found = Vec::new();
    for block in view.blocks.iter().filter(|block| block.kind == Kind::Event && place(block).is_some()) {
        let before = last.replace(block);
        let (Some(before), Some(to)) = (before, place(block)) else { continue };
        let Some(from) = place(before) else { continue };
        let gap = Span { start: before.span.end, end: block.span.start };
        if from.eq_ignore_ascii_case(to) || gap.is_empty() || gap.length() > DAY {
            continue;
        }
        if block.span.start < view.window.start || block.span.start >= view.window.end {
            continue;
        }
        let Some(minutes) = travel.minutes(from, to, block.span.start).filter(|minutes| *minutes > 0) else { continue };
        let needed = i64::from(minutes) * MINUTE;
        let span = Span { start: gap.start.max(Millis(gap.end.0.saturating_sub(needed))), end: gap.end };
        if span.start < view.window.start || view.taken(span) {
            continue;
        }
        let text = if gap.length() < needed {
            let left = gap.length() / MINUTE;
            format!(
                "the way from {from} to {to} takes about {minutes} minutes, and only {left} are free before \"{}\"",
                block.name()
            )
        } else {
            format!("{minutes} minutes for the way from {from} to {to}, to be at \"{}\" in time", block.name())
        };
        let cause = [before.event.as_str(), block.event.as_str(), from, to];
        let way = view.own(view.id(SuggestionKind::Commute, &cause), Kind::Travel, span, &format!("Way to {to}"));
        found.push(view.suggestion(SuggestionKind::Commute, &cause, span, text, Change::Add { block: way }));
    }
    found
}

/// A place that one goes to: not an address of the web.
fn place(block: &Block) -> Option<&str> {
    let place = block.place.as_deref()?.trim();
    (!place.is_empty() && !place.contains("://")).then_some(place)
}
