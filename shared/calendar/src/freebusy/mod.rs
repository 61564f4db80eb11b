//! Free and busy time of people with many calendars, by one sweep over the ends of their blocks.
//!
//! - [`block`]: one occurrence in one person's time. Everything about scheduling works on these; expanding recurrences comes before.
//! - [`profile`]: hours, zones of travel, buffers, limits and wishes of a person.
//! - [`days`]: the person's days and hours as instants, with the rules of the zone of each day.
//! - [`span`]: half-open spans and lists of them.

pub mod block;
pub mod days;
pub mod profile;
pub mod span;
#[cfg(test)]
pub(crate) mod tests;

pub use block::{Block, Kind};
pub use profile::{Daily, FocusWish, Hours, Lunch, Profile, Stay, TimeOfDay, Weekday};
pub use span::Span;

use crate::event::Busy;
use block::rank;
use days::{Whereabouts, Zones};
use serde::{Deserialize, Serialize};

/// A person with all that is in all calendars of that person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub profile: Profile,
    /// In any order; copies of one occurrence count once.
    pub blocks: Vec<Block>,
}

/// What is done with a kind of time when something new is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Treat {
    /// Nothing may be put there.
    Blocks,
    /// Something may, when nothing better is left.
    Avoid,
    /// As if it were free.
    Ignore,
}

/// How each kind of time is taken. Busy always blocks, free never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Tentative: avoided by default.
    pub tentative: Treat,
    /// Out of office: blocks by default.
    pub out_of_office: Treat,
    /// Working elsewhere: ignored by default (the person works).
    pub working_elsewhere: Treat,
    /// Focus blocks of the person's own: avoided by default.
    pub focus: Treat,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            tentative: Treat::Avoid,
            out_of_office: Treat::Blocks,
            working_elsewhere: Treat::Ignore,
            focus: Treat::Avoid,
        }
    }
}

impl Policy {
    /// What is done with the time of a block.
    pub fn treat(&self, block: &Block) -> Treat {
        match block.counts() {
            Busy::Free => Treat::Ignore,
            Busy::WorkingElsewhere => self.working_elsewhere,
            _ if block.kind == Kind::Focus => self.focus,
            Busy::Tentative => self.tentative,
            Busy::Busy => Treat::Blocks,
            Busy::OutOfOffice => self.out_of_office,
        }
    }
}

/// A span with one status (FBTYPE of RFC 5545, 3.2.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// When.
    #[serde(flatten)]
    pub span: Span,
    /// What it counts as; never free.
    pub busy: Busy,
}

/// What of `window` is not free, in order, without overlap and as long as can be: where several blocks overlap the strongest is told, out of
/// office before busy before tentative before working elsewhere. All-day blocks are the person's days.
pub fn periods(person: &Person, window: Span) -> Vec<Period> {
    let places = Whereabouts::of(&person.profile, &mut Zones::default());
    let mut ends: Vec<(i64, u8, bool)> = Vec::with_capacity(person.blocks.len() * 2);
    for block in &person.blocks {
        let span = places.span_of(block).clip(window);
        let rank = rank(block.counts());
        if rank > 0 && !span.is_empty() {
            ends.push((span.start.0, rank, true));
            ends.push((span.end.0, rank, false));
        }
    }
    ends.sort_unstable();
    let mut open = [0_usize; 5];
    let mut periods: Vec<Period> = Vec::new();
    let mut since = (i64::MIN, Busy::Free);
    let mut ends = ends.into_iter().peekable();
    while let Some((at, rank, opens)) = ends.next() {
        if let Some(count) = open.get_mut(usize::from(rank)) {
            *count = if opens { *count + 1 } else { count.saturating_sub(1) };
        }
        if ends.peek().is_some_and(|next| next.0 == at) {
            continue;
        }
        let strongest = open.iter().rposition(|count| *count > 0).map_or(Busy::Free, status);
        if strongest == since.1 {
            continue;
        }
        if since.1 != Busy::Free {
            periods.push(Period { span: Span::new(since.0, at), busy: since.1 });
        }
        since = (at, strongest);
    }
    periods
}

const fn status(rank: usize) -> Busy {
    match rank {
        4 => Busy::OutOfOffice,
        3 => Busy::Busy,
        2 => Busy::Tentative,
        1 => Busy::WorkingElsewhere,
        _ => Busy::Free,
    }
}

/// The time that `policy` blocks for a person, merged; with the person's buffers around it where `buffers` is set.
pub fn blocked(person: &Person, window: Span, policy: Policy, buffers: bool) -> Vec<Span> {
    let places = Whereabouts::of(&person.profile, &mut Zones::default());
    let profile = &person.profile;
    let (before, after) = if buffers { (profile.buffer_before, profile.buffer_after) } else { (0, 0) };
    let (before, after) = (i64::from(before) * span::MINUTE, i64::from(after) * span::MINUTE);
    let spans = person.blocks.iter().filter(|block| policy.treat(block) == Treat::Blocks).map(|block| {
        let span = places.span_of(block);
        let padded = if block.has_buffers() && !span.is_empty() { span.padded(before, after) } else { span };
        padded.clip(window)
    });
    let mut spans: Vec<Span> = spans.collect();
    span::merge(&mut spans);
    spans
}

/// What of `window` nobody's calendar blocks: free time of a whole group, merged. Hours are not considered.
pub fn common_free(people: &[Person], window: Span, policy: Policy) -> Vec<Span> {
    let mut taken: Vec<Span> = people.iter().flat_map(|person| blocked(person, window, policy, false)).collect();
    span::merge(&mut taken);
    let whole = if window.is_empty() { Vec::new() } else { vec![window] };
    span::subtract(&whole, &taken)
}
