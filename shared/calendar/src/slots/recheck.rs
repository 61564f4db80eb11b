//! The last look before booking: is what was proposed still so?

use super::board::Board;
use super::judge::{Cursors, flag};
use super::request::{Constraint, Request, Slot};
use crate::freebusy::days::Zones;
use crate::freebusy::span::MINUTE;
use crate::freebusy::{Person, Treat};
use attune_domain::Millis;
use serde::{Deserialize, Serialize};

/// What somebody has against a slot by now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clash {
    /// Who, by id.
    pub person: String,
    /// Which constraint no longer holds.
    pub constraint: Constraint,
    /// The blocks that are in the way, by [`crate::freebusy::Block::event`], of busy time and buffers; sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<String>,
}

/// A proposal does not hold any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Changed {
    /// Somebody of the slot is not among the people.
    #[error("nobody is called {0:?}")]
    Unknown(String),
    /// It is not a slot of this request: another length, or other people.
    #[error("the slot is not one of this request")]
    Foreign,
    /// Somebody cannot come any more; sorted by person.
    #[error("the time is not free any more")]
    Clashes(Vec<Clash>),
}

/// Is `slot` still free for the required people and its host? What is avoided only (tentative time, focus blocks) is no clash, nor is
/// that somebody optional cannot come any more. Only days around the slot are looked at: quick enough for the moment of booking.
///
/// # Errors
/// What has changed.
pub fn recheck(slot: &Slot, request: &Request, people: &[Person], now: Millis) -> Result<(), Changed> {
    let host_fits = slot.host.as_ref().is_some_and(|host| request.pool.contains(host)) || request.pool.is_empty();
    if slot.span.length() != i64::from(request.duration) * MINUTE || !host_fits {
        return Err(Changed::Foreign);
    }
    let request = Request { window: slot.span, ..request.clone() };
    let mut zones = Zones::default();
    let mut clashes = Vec::new();
    let mut stretched = Vec::new();
    for id in request.required.iter().chain(&slot.host) {
        let person = people.iter().find(|person| person.profile.id == *id);
        let board = Board::new(person.ok_or_else(|| Changed::Unknown(id.clone()))?, &request, &mut zones);
        let verdict = board.judge(slot.span, &request, now.0, &mut Cursors::default());
        for constraint in Constraint::ALL.into_iter().filter(|constraint| verdict.blocked & constraint.bit() != 0) {
            clashes.push(Clash { person: id.clone(), constraint, with: in_the_way(&board, &request, constraint) });
        }
        if verdict.flags & flag::STRETCH != 0 {
            stretched.push(Clash { person: id.clone(), constraint: Constraint::Hours, with: Vec::new() });
        }
    }
    if stretched.len() > usize::from(request.stretch) {
        clashes.append(&mut stretched);
    }
    if clashes.is_empty() {
        return Ok(());
    }
    clashes.sort_by(|a, b| (&a.person, a.constraint).cmp(&(&b.person, b.constraint)));
    Err(Changed::Clashes(clashes))
}

fn in_the_way(board: &Board<'_>, request: &Request, constraint: Constraint) -> Vec<String> {
    let (before, after) = match constraint {
        Constraint::Busy => (0, 0),
        Constraint::Buffer => (board.before, board.after),
        _ => return Vec::new(),
    };
    let hits = board.person.blocks.iter().filter(|block| {
        let (before, after) = if block.has_buffers() { (before, after) } else { (0, 0) };
        let span = board.places.span_of(block);
        let asked = if constraint == Constraint::Buffer {
            request.window.padded(board.before, board.after)
        } else {
            request.window
        };
        request.policy.treat(block) == Treat::Blocks && !span.is_empty() && span.padded(before, after).overlaps(asked)
    });
    let mut names: Vec<String> = hits.map(|block| block.event.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names
}
