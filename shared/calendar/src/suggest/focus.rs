//! Time to work alone.

use super::{Change, KEEP_FREE, Suggestion, SuggestionKind, View};
use crate::freebusy::span::{self, DAY, MINUTE, Span};
use crate::freebusy::{Block, Kind, Policy, Treat};
use attune_domain::Millis;

/// For each ISO week of the person that the window touches: as many blocks as are missing from the wish, at most one a day, in the
/// largest free spans of working time first; each leaves at least [`KEEP_FREE`] of its day's working time free.
pub(super) fn suggest(view: &View<'_>, mut claimed: Vec<Span>, dismissed: &[String]) -> Vec<Suggestion> {
    let Some(wish) = view.person.profile.focus.filter(|wish| wish.blocks > 0 && wish.minutes > 0) else {
        return Vec::new();
    };
    let length = i64::from(wish.minutes) * MINUTE;
    let policy = Policy { tentative: Treat::Blocks, focus: Treat::Blocks, ..Policy::default() };
    let near = view.window.padded(8 * DAY, 8 * DAY);
    claimed.extend(crate::freebusy::blocked(view.person, near, policy, true));
    span::merge(&mut claimed);
    let work = span::subtract(&view.days.work, &view.days.quiet);
    let free = span::subtract(&work, &claimed);

    let mut candidates = Vec::new();
    let mut there = std::collections::BTreeMap::new();
    for day in &view.days.days {
        let week = day.date.iso_week_date();
        let week = (week.year(), week.week());
        let has = |block: &&&Block| block.kind == Kind::Focus && block.span.length() >= length;
        let count = view.beginning(day.span).iter().filter(has).count();
        *there.entry(week).or_insert(0) += count;
        let of_day: Vec<Span> = span::within(&free, day.span).iter().map(|span| span.clip(day.span)).collect();
        let usable = of_day.iter().map(|span| span.clip(view.window)).max_by_key(|span| (span.length(), -span.start.0));
        let Some(best) = usable.filter(|span| span.length() >= length) else { continue };
        if count == 0 && span::total(&of_day) - length >= KEEP_FREE {
            candidates.push((week, day.date, best));
        }
    }
    candidates.sort_by_key(|(week, date, best)| (*week, -best.length(), *date));
    let mut found = Vec::new();
    for (week, date, best) in candidates {
        let Some(count) = there.get_mut(&week).filter(|count| **count < usize::from(wish.blocks)) else { continue };
        let date = date.to_string();
        let id = view.id(SuggestionKind::Focus, &[&date]);
        if dismissed.contains(&id) {
            continue;
        }
        // at the edge of the free span, so that what is left of it is whole too
        let span = Span { end: Millis(best.start.0 + length), ..best };
        *count += 1;
        let clock = view.places.local(span.start.0).1;
        let text = format!(
            "{} minutes to work alone, {}: the largest free part of that day, and {} of {} in this week",
            wish.minutes,
            crate::slots::moment(clock),
            count,
            wish.blocks
        );
        let block = view.own(id, Kind::Focus, span, "Focus");
        found.push(view.suggestion(SuggestionKind::Focus, &[&date], span, text, Change::Add { block }));
    }
    found
}
