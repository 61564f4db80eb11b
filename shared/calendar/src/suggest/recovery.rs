//! A rest after a long run of meetings.

use super::{Change, LONG_RUN, REST, RUN_GAP, SHORT_REST, Suggestion, SuggestionKind, View};
use crate::freebusy::span::HOUR;
use crate::freebusy::{Block, Kind, Span};
use attune_domain::Millis;

/// After each run of at least [`LONG_RUN`], when what follows at once is free.
pub(super) fn suggest(view: &View<'_>) -> Vec<Suggestion> {
    let meetings: Vec<&Block> = view.blocks.iter().copied().filter(|block| block.is_meeting()).collect();
    let mut found = Vec::new();
    let mut run: Option<(&Block, Span, usize)> = None;
    for next in meetings.into_iter().map(Some).chain([None]) {
        run = match (run, next) {
            (Some((first, span, count)), Some(next)) if next.span.start.0 - span.end.0 < RUN_GAP => {
                Some((first, Span { end: span.end.max(next.span.end), ..span }, count + 1))
            }
            (ended, next) => {
                found.extend(ended.and_then(|(first, span, count)| rest(view, first, span, count)));
                next.map(|next| (next, next.span, 1))
            }
        };
    }
    found
}

fn rest(view: &View<'_>, first: &Block, run: Span, count: usize) -> Option<Suggestion> {
    // one long event is no run: a day's workshop has its own breaks
    let inside = view.window.start <= run.end && run.end < view.window.end;
    if run.length() < LONG_RUN || count < 2 || !inside {
        return None;
    }
    let all = Span { start: run.end, end: Millis(run.end.0.saturating_add(REST)) };
    let next = view.blocks.partition_point(|block| block.span.start < run.end);
    let next = view.blocks.get(next).map_or(all.end, |block| block.span.start);
    let span = Span { end: all.end.min(next), ..all };
    // after hours there is rest enough
    let working = view.days.work.iter().any(|work| work.holds(span));
    if span.length() < SHORT_REST || view.taken(span) || !working {
        return None;
    }
    let (hours, minutes) = (run.length() / HOUR, run.length() % HOUR / 60_000);
    let text = format!(
        "a rest of {} minutes after {count} meetings in a row, {hours} h {minutes:02} min",
        span.length() / 60_000
    );
    let start = run.start.to_string();
    let cause = [first.event.as_str(), start.as_str()];
    let block = view.own(view.id(SuggestionKind::Recovery, &cause), Kind::Recovery, span, "Rest");
    Some(view.suggestion(SuggestionKind::Recovery, &cause, span, text, Change::Add { block }))
}
