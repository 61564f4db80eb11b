//! Double bookings and broken buffers, each with what could be done about it.

use crate::event::{Busy, Response};
use crate::freebusy::block::distinct;
use crate::freebusy::days::{Days, Whereabouts, Zones};
use crate::freebusy::span::{self, DAY, MINUTE, Span};
use crate::freebusy::{Block, Person, Policy, Treat};
use crate::slots::{clock_of, moment};
use crate::suggest::Change;
use attune_domain::Millis;
use serde::{Deserialize, Serialize};

/// Conflicts that are told at most; the earliest are.
pub const MAX_CONFLICTS: usize = 200;
/// How many blocks that are still open each block is compared with.
const ABREAST: usize = 16;

/// Two blocks that do not go together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// In what way.
    pub kind: ConflictKind,
    /// The one that begins first, by [`Block::event`].
    pub first: String,
    /// The other.
    pub second: String,
    /// The time both want: of a broken buffer, from the end of the first with its buffer cut into, to where the second's begins.
    #[serde(flatten)]
    pub span: Span,
    /// What could be done, the mildest first. Always at least one: keep both.
    pub proposals: Vec<Proposal>,
}

/// Kinds of conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictKind {
    /// Both at one time.
    DoubleBooking,
    /// Less between them than the buffer after the one and the buffer before the other, together.
    BrokenBuffer,
}

/// One way out, for somebody to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// What is done.
    pub action: Action,
    /// To which block; absent where both stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// What accepting it changes; none where both stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// In English, with the reason.
    pub text: String,
}

/// What a proposal does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Somewhere else, in the person's own free working time; other people's time has to be asked for.
    Move,
    /// Ends earlier.
    Shorten,
    /// Say no.
    Decline,
    /// Leave it as it is.
    KeepBoth,
}

/// The conflicts of a person's blocks that begin in `window`, from `now` on, in order.
///
/// Whole days conflict with nothing (they say where one is, and slots respect them); time that is free, declined or worked elsewhere neither; nor does
/// focus time with anything but a meeting over it, which is the owner's own choice.
pub fn detect(person: &Person, window: Span, now: Millis) -> Vec<Conflict> {
    let profile = &person.profile;
    let (before, after) = (i64::from(profile.buffer_before) * MINUTE, i64::from(profile.buffer_after) * MINUTE);
    let window = Span { start: window.start.max(now), ..window };
    let near = window.padded(2 * DAY, 2 * DAY);
    let takes = |block: &&Block| {
        let busy = matches!(block.counts(), Busy::Busy | Busy::Tentative | Busy::OutOfOffice);
        busy && !block.all_day && block.span.overlaps(near)
    };
    let blocks = distinct(person.blocks.iter().filter(takes));
    let room = Room::of(person, near);
    let mut found = Vec::new();
    let mut open: Vec<&Block> = Vec::new();
    for block in blocks {
        open.retain(|earlier| earlier.span.end.0.saturating_add(before + after) > block.span.start.0);
        if window.start <= block.span.start && block.span.start < window.end {
            for earlier in &open {
                if found.len() == MAX_CONFLICTS {
                    return found;
                }
                found.extend(conflict(earlier, block, (before, after), &room));
            }
        }
        if open.len() == ABREAST {
            // the one that ends first has the least left to clash with
            let first = open.iter().enumerate().min_by_key(|(_, block)| block.span.end).map_or(0, |(at, _)| at);
            open.swap_remove(first);
        }
        open.push(block);
    }
    found.sort_by(|a, b| (a.span, &a.first, &a.second).cmp(&(b.span, &b.first, &b.second)));
    found
}

fn conflict(first: &Block, second: &Block, (before, after): (i64, i64), room: &Room) -> Option<Conflict> {
    if first.event == second.event {
        return None;
    }
    let both = first.span.clip(second.span);
    let (kind, span) = if !both.is_empty() {
        (ConflictKind::DoubleBooking, both)
    } else if first.has_buffers() && second.has_buffers() {
        let span = Span { start: first.span.end, end: second.span.start };
        if span.length() >= before + after {
            return None;
        }
        (ConflictKind::BrokenBuffer, span)
    } else {
        return None;
    };
    let mut proposals = Vec::new();
    let needed = if kind == ConflictKind::BrokenBuffer { before + after } else { 0 };
    for block in movable(first, second) {
        proposals.extend(room.elsewhere(block));
    }
    proposals.extend(shorten(first, second, needed, room));
    proposals.extend(decline(first, second));
    let text = format!("keep both \"{}\" and \"{}\" as they are", first.name(), second.name());
    proposals.push(Proposal { action: Action::KeepBoth, event: None, change: None, text });
    Some(Conflict { kind, first: first.event.clone(), second: second.event.clone(), span, proposals })
}

/// Those that the person may move: fewest people first, then the later one.
fn movable<'a>(first: &'a Block, second: &'a Block) -> Vec<&'a Block> {
    let mut both: Vec<&Block> = [second, first].into_iter().filter(|block| block.own).collect();
    both.sort_by_key(|block| block.people);
    both
}

/// The first, where it is the person's own and at least 15 minutes and half of it are left.
fn shorten(first: &Block, second: &Block, needed: i64, room: &Room) -> Option<Proposal> {
    let end = second.span.start.0.saturating_sub(needed);
    let left = end.saturating_sub(first.span.start.0);
    if !first.own || left < 15 * MINUTE || left.saturating_mul(2) < first.span.length() || end >= first.span.end.0 {
        return None;
    }
    let to = Span { end: Millis(end), ..first.span };
    let text = format!("end \"{}\" at {}, {} minutes long", first.name(), room.clock(end), left / MINUTE);
    let change = Some(Change::Move { event: first.event.clone(), from: first.span, to });
    Some(Proposal { action: Action::Shorten, event: Some(first.event.clone()), change, text })
}

/// The invitation of the two that is less sure: a tentative one before one that is accepted, then the one that begins later.
fn decline(first: &Block, second: &Block) -> Option<Proposal> {
    let tentative = |block: &&&Block| block.counts() == Busy::Tentative;
    let invited: Vec<&Block> = [second, first].into_iter().filter(|block| !block.own).collect();
    let block = *invited.iter().find(tentative).or(invited.first())?;
    let why = if block.counts() == Busy::Tentative { "it is only tentative" } else { "it begins later" };
    let why = if invited.len() == 1 && block.counts() != Busy::Tentative { "the other one is your own" } else { why };
    let change =
        Change::Respond { event: block.event.clone(), span: block.span, from: block.response, to: Response::Declined };
    let text = format!("decline \"{}\": {why}", block.name());
    Some(Proposal { action: Action::Decline, event: Some(block.event.clone()), change: Some(change), text })
}

/// Where a person has room: free working time with buffers kept.
pub(crate) struct Room {
    places: Whereabouts,
    /// Where something with the person's buffers may lie.
    open: Vec<Span>,
}

impl Room {
    pub(crate) fn of(person: &Person, window: Span) -> Self {
        let profile = &person.profile;
        let places = Whereabouts::of(profile, &mut Zones::default());
        let days = Days::cover(profile, &places, window);
        let policy = Policy { tentative: Treat::Blocks, focus: Treat::Blocks, ..Policy::default() };
        let mut taken = crate::freebusy::blocked(person, window.padded(2 * DAY, 2 * DAY), policy, true);
        // the buffers of the new one, seen from the other side
        let (before, after) = (i64::from(profile.buffer_before) * MINUTE, i64::from(profile.buffer_after) * MINUTE);
        taken = taken.into_iter().map(|span| span.padded(after, before)).collect();
        span::merge(&mut taken);
        Self { open: span::subtract(&span::subtract(&days.work, &days.quiet), &taken), places }
    }

    /// The first time after a block that is free for something as long, on a quarter of an hour.
    pub(crate) fn next(&self, block: &Block) -> Option<Span> {
        let (length, quarter) = (block.span.length(), 15 * MINUTE);
        let from = self.open.partition_point(|free| free.end <= block.span.end);
        self.open.iter().skip(from).find_map(|free| {
            let start = free.start.max(block.span.end).0;
            let start = (start + quarter - 1).div_euclid(quarter) * quarter;
            let span = Span::new(start, start.saturating_add(length));
            free.holds(span).then_some(span)
        })
    }

    fn elsewhere(&self, block: &Block) -> Option<Proposal> {
        let to = self.next(block)?;
        let who = match block.people {
            0 => "nobody else takes part".to_owned(),
            1 => "one other person takes part, whose time has to be asked for".to_owned(),
            many => format!("{many} others take part, whose time has to be asked for"),
        };
        let text = format!("move your own \"{}\" to {}: {who}", block.name(), self.moment(to.start.0));
        let change = Some(Change::Move { event: block.event.clone(), from: block.span, to });
        Some(Proposal { action: Action::Move, event: Some(block.event.clone()), change, text })
    }

    pub(crate) fn moment(&self, at: i64) -> String {
        moment(self.places.local(at).1)
    }

    pub(crate) fn clock(&self, at: i64) -> String {
        clock_of(self.places.local(at).1)
    }
}
