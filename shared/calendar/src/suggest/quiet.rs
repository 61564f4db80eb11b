//! What lies in quiet hours.

use super::{Change, Suggestion, SuggestionKind, View};
use crate::event::Response;
use crate::freebusy::Kind;
use crate::freebusy::span::within;

/// One's own event is moved to the next free working time; an invitation is declined, and that time named as one to propose. What
/// has whole days, or was put there by the person alone, is the person's own choice.
pub(super) fn suggest(view: &View<'_>) -> Vec<Suggestion> {
    let here = view.blocks.iter().filter(|block| {
        let starts = view.window.start <= block.span.start && block.span.start < view.window.end;
        starts && block.kind == Kind::Event && block.people > 0 && !within(&view.days.quiet, block.span).is_empty()
    });
    let suggestions = here.filter_map(|block| {
        let other = view.room.next(block);
        let clock = view.room.clock(block.span.start.0);
        let (text, change) = if block.own {
            let to = other?;
            let text = format!(
                "\"{}\" at {clock} is in your quiet hours: move it to {}",
                block.name(),
                view.room.moment(to.start.0)
            );
            (text, Change::Move { event: block.event.clone(), from: block.span, to })
        } else {
            let other = other.map_or_else(String::new, |to| format!(", and propose {}", view.room.moment(to.start.0)));
            let text = format!("\"{}\" at {clock} is in your quiet hours: decline it{other}", block.name());
            let (event, span, from) = (block.event.clone(), block.span, block.response);
            (text, Change::Respond { event, span, from, to: Response::Declined })
        };
        let start = block.span.start.to_string();
        Some(view.suggestion(SuggestionKind::Quiet, &[&block.event, &start], block.span, text, change))
    });
    suggestions.collect()
}
