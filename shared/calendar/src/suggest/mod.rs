//! Suggestions: what would make a person's days better, to be taken with one tap and undone with one.
//!
//! - [`change`]: typed changes, each with its inverse.
//! - [`travel`]: how long the way takes; a distance table where no provider is asked.
//! - Commute: a way between two places in a row, as a block before the second.
//! - Focus: the largest free parts of working time, until the week's wish is met; never all that is free.
//! - Recovery: a rest after a long run of meetings.
//! - Quiet hours: what lies in them is declined or moved.
//!
//! Nothing is done here. Every suggestion has an id that is made of what it is about: one that was dismissed does not come again.

pub mod change;
mod commute;
mod focus;
mod quiet;
mod recovery;
#[cfg(test)]
mod tests;
pub mod travel;

pub use change::{Change, ChangeError, apply};
pub use travel::{DistanceTable, TravelTime};

use crate::conflict::Room;
use crate::event::Busy;
use crate::freebusy::block::distinct;
use crate::freebusy::days::{Days, Whereabouts, Zones};
use crate::freebusy::span::{DAY, HOUR, MINUTE, merge, within};
use crate::freebusy::{Block, Person, Span};
use attune_domain::Millis;
use serde::{Deserialize, Serialize};

/// Suggestions of one answer at most.
pub const MAX_SUGGESTIONS: usize = 50;
/// Free working time of a day that focus blocks leave: an hour, in milliseconds.
pub const KEEP_FREE: i64 = HOUR;
/// Meetings with less than this between them are one run: ten minutes, in milliseconds.
pub const RUN_GAP: i64 = 10 * MINUTE;
/// A run of meetings that is at least this long, from its first start to its last end, is followed by a rest: three hours, in milliseconds.
pub const LONG_RUN: i64 = 3 * HOUR;
/// The rest: 30 minutes, in milliseconds, and at least [`SHORT_REST`] where no more is free.
pub const REST: i64 = 30 * MINUTE;
/// 15 minutes, in milliseconds.
pub const SHORT_REST: i64 = 15 * MINUTE;

/// What it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionKind {
    /// Time for the way.
    Commute,
    /// Time to work alone.
    Focus,
    /// A rest after a run of meetings.
    Recovery,
    /// Something in quiet hours.
    Quiet,
}

impl SuggestionKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Commute => "commute",
            Self::Focus => "focus",
            Self::Recovery => "recovery",
            Self::Quiet => "quiet",
        }
    }
}

/// One suggestion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// `sug_` and 32 hexadecimal digits: the same for the same person, kind and cause. Also the name of the block it adds, so that it is booked once.
    pub id: String,
    /// What it is about.
    pub kind: SuggestionKind,
    /// The time it is about.
    #[serde(flatten)]
    pub span: Span,
    /// In English: what and why.
    pub text: String,
    /// What accepting it changes.
    pub change: Change,
    /// What takes that back.
    pub undo: Change,
}

/// Suggestions for a person for `window`, from `now` on, in order of time. `dismissed` holds ids that are not to come again.
pub fn suggest(
    person: &Person,
    window: Span,
    now: Millis,
    travel: &dyn TravelTime,
    dismissed: &[String],
) -> Vec<Suggestion> {
    let window = Span { start: window.start.max(now), ..window };
    if window.is_empty() {
        return Vec::new();
    }
    let view = View::of(person, window);
    let mut all = commute::suggest(&view, travel);
    all.extend(recovery::suggest(&view));
    all.extend(quiet::suggest(&view));
    all.retain(|suggestion| !dismissed.contains(&suggestion.id));
    // what is suggested already is not free for focus any more
    let claimed: Vec<Span> = all.iter().filter_map(|suggestion| suggestion.change.claims()).collect();
    all.extend(focus::suggest(&view, claimed, dismissed));
    all.sort_by(|a, b| (a.span, a.kind, &a.id).cmp(&(b.span, b.kind, &b.id)));
    all.truncate(MAX_SUGGESTIONS);
    all
}

/// A person's blocks and days, as all kinds of suggestions need them.
struct View<'a> {
    person: &'a Person,
    window: Span,
    places: Whereabouts,
    days: Days,
    /// Timed blocks that take time, in order.
    blocks: Vec<&'a Block>,
    /// Their time, merged.
    taken: Vec<Span>,
    room: Room,
}

impl<'a> View<'a> {
    fn of(person: &'a Person, window: Span) -> Self {
        let places = Whereabouts::of(&person.profile, &mut Zones::default());
        // whole weeks around the window: the wish for focus is one of weeks
        let near = window.padded(8 * DAY, 8 * DAY);
        let days = Days::cover(&person.profile, &places, near);
        let takes = |block: &&Block| {
            let busy = matches!(block.counts(), Busy::Busy | Busy::Tentative | Busy::OutOfOffice);
            busy && !block.all_day && block.span.overlaps(near)
        };
        let blocks = distinct(person.blocks.iter().filter(takes));
        let mut taken = blocks.iter().map(|block| block.span).collect();
        merge(&mut taken);
        Self { person, window, days, blocks, taken, room: Room::of(person, near), places }
    }

    fn suggestion(&self, kind: SuggestionKind, cause: &[&str], span: Span, text: String, change: Change) -> Suggestion {
        let undo = change.inverse();
        Suggestion { id: self.id(kind, cause), kind, span, text, change, undo }
    }

    fn id(&self, kind: SuggestionKind, cause: &[&str]) -> String {
        let parts = [kind.name(), self.person.profile.id.as_str()].into_iter().chain(cause.iter().copied());
        format!("sug_{:032x}", fingerprint(parts))
    }

    /// A block of the owner's alone that a suggestion adds.
    fn own(&self, id: String, kind: crate::freebusy::Kind, span: Span, title: &str) -> Block {
        Block { kind, title: Some(title.to_owned()), ..Block::new(id, span) }
    }

    /// Does anything lie there?
    fn taken(&self, span: Span) -> bool {
        !within(&self.taken, span).is_empty()
    }

    /// The blocks that begin in a span.
    fn beginning(&self, span: Span) -> &[&'a Block] {
        let from = self.blocks.partition_point(|block| block.span.start < span.start);
        let to = self.blocks.partition_point(|block| block.span.start < span.end);
        self.blocks.get(from..to).unwrap_or_default()
    }
}

/// FNV-1a with 128 bits over parts, each ended, so that the parts cannot run into each other.
fn fingerprint<'a>(parts: impl Iterator<Item = &'a str>) -> u128 {
    let bytes = parts.flat_map(|part| part.bytes().chain([0xff]));
    bytes.fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash: u128, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    })
}
