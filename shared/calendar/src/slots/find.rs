//! The search: one pass of all people over all starts, then the picking of proposals that differ.

use super::board::Board;
use super::explain;
use super::grid::{Start, starts};
use super::judge::{Cursors, Verdict, flag};
use super::request::{Constraint, Found, Request, RequestError, Slot};
use super::weight;
use crate::freebusy::Person;
use crate::freebusy::days::Zones;
use crate::freebusy::span::HOUR;
use attune_domain::Millis;
use jiff::tz::TimeZone;

/// Slots for `request` at the time `now`, the best first, each explained; where there is none, what blocks and what would help.
///
/// `people` holds everybody who is asked for (others are not looked at). `seed` draws between equals of a pool and does nothing else.
///
/// # Errors
/// The request is not one ([`Request::check`]).
pub fn find(request: &Request, people: &[Person], now: Millis, seed: u64) -> Result<Found, RequestError> {
    request.check(people)?;
    let mut zones = Zones::default();
    let survey = Survey::new(request, people, now.0, seed, &mut zones);
    let picked = pick(&survey);
    if picked.is_empty() {
        return Ok(explain::nothing(&survey, people, seed, &mut zones));
    }
    let earliest = picked.iter().map(|index| survey.starts.get(*index).map_or(0, |start| start.span.start.0)).min();
    let mut slots: Vec<Slot> =
        picked.iter().filter_map(|index| explain::slot(&survey, *index, earliest.unwrap_or(0))).collect();
    slots.sort_unstable_by_key(|slot| (slot.cost, slot.span));
    Ok(Found { slots, blockers: Vec::new(), relaxations: Vec::new() })
}

/// What one start has against it, all people together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cell {
    pub(super) blocked: u16,
    /// How many people block it, and the last of them (in [`Survey::required`]).
    pub(super) by: u16,
    pub(super) who: u16,
    pub(super) cost: u32,
    stretched: u16,
    /// One more than the place of the host in [`Survey::pool`]; 0 is none.
    pub(super) host: u16,
    /// Constraints each of which alone keeps somebody of the pool away.
    pub(super) pool: u16,
}

impl Cell {
    fn add(&mut self, verdict: Verdict) {
        self.cost = self.cost.saturating_add(verdict.cost);
        self.stretched += verdict.flags & flag::STRETCH;
    }
}

/// All starts with all that is against them.
pub(super) struct Survey<'a> {
    pub(super) request: &'a Request,
    pub(super) now: i64,
    pub(super) rules: TimeZone,
    pub(super) required: Vec<Board<'a>>,
    pub(super) optional: Vec<Board<'a>>,
    /// In the order of their turns.
    pub(super) pool: Vec<Board<'a>>,
    pub(super) starts: Vec<Start>,
    pub(super) cells: Vec<Cell>,
    /// How many starts each constraint blocks: of each of the required, then of the pool, then of the request.
    pub(super) counts: Vec<[u32; Constraint::ALL.len()]>,
}

impl<'a> Survey<'a> {
    pub(super) fn new(request: &'a Request, people: &'a [Person], now: i64, seed: u64, zones: &mut Zones) -> Self {
        let rules = zones.rules(&request.zone);
        let mut boards = |names: &[String]| {
            let asked = people.iter().filter(|person| names.contains(&person.profile.id));
            let mut boards: Vec<Board<'a>> = asked.map(|person| Board::new(person, request, zones)).collect();
            boards.sort_unstable_by(|a, b| a.person.profile.id.cmp(&b.person.profile.id));
            boards
        };
        let (required, optional) = (boards(&request.required), boards(&request.optional));
        let mut pool = boards(&request.pool);
        let turn = |board: &Board<'_>| (board.load, draw(seed, &board.person.profile.id));
        pool.sort_by_key(turn);

        let starts = starts(request, &rules, now);
        let mut this = Self {
            request,
            now,
            rules,
            counts: vec![[0; Constraint::ALL.len()]; required.len() + pool.len() + 1],
            cells: vec![Cell::default(); starts.len()],
            required,
            optional,
            pool,
            starts,
        };
        this.sweep();
        this
    }

    fn sweep(&mut self) {
        let (request, now) = (self.request, self.now);
        for (place, board) in self.required.iter().enumerate() {
            let mut at = Cursors::default();
            for (start, cell) in self.starts.iter().zip(&mut self.cells) {
                let verdict = board.judge(start.span, request, now, &mut at);
                cell.add(verdict);
                if verdict.blocked != 0 {
                    count(self.counts.get_mut(place), verdict.blocked);
                    cell.blocked |= verdict.blocked;
                    cell.by += 1;
                    cell.who = u16::try_from(place).unwrap_or(u16::MAX);
                }
            }
        }
        for board in &self.optional {
            let mut at = Cursors::default();
            for (start, cell) in self.starts.iter().zip(&mut self.cells) {
                let verdict = board.judge(start.span, request, now, &mut at);
                // nobody who need not come is asked to come outside the hours
                let away = verdict.blocked != 0 || verdict.flags & flag::STRETCH != 0;
                cell.cost = cell.cost.saturating_add(if away { weight::OPTIONAL } else { verdict.cost });
            }
        }
        // first those who work then; outside the hours only where none of them can
        for stretched in [false, true].into_iter().take(1 + usize::from(request.stretch > 0)) {
            for (place, board) in self.pool.iter().enumerate() {
                let mut at = Cursors::default();
                for (start, cell) in self.starts.iter().zip(&mut self.cells) {
                    let verdict = board.judge(start.span, request, now, &mut at);
                    let outside = verdict.flags & flag::STRETCH != 0;
                    if verdict.blocked != 0 && !stretched {
                        count(self.counts.get_mut(self.required.len() + place), verdict.blocked);
                        cell.pool |= if verdict.blocked.is_power_of_two() { verdict.blocked } else { 0 };
                    } else if verdict.blocked == 0 && cell.host == 0 && outside == stretched {
                        cell.add(verdict);
                        cell.host = u16::try_from(place + 1).unwrap_or(0);
                    }
                }
            }
        }
        let mut own = [0; Constraint::ALL.len()];
        for (start, cell) in self.starts.iter().zip(&mut self.cells) {
            let mut blocked = start.blocked;
            if cell.stretched > u16::from(request.stretch) {
                blocked |= Constraint::Hours.bit();
            }
            if blocked != 0 {
                count(Some(&mut own), blocked);
                cell.blocked |= blocked;
                // not the fault of one person: nobody's absence would help
                cell.by = u16::MAX;
            }
            cell.cost = cell.cost.saturating_add(weight::LATER * u32::from(start.day));
        }
        if let Some(last) = self.counts.last_mut() {
            *last = own;
        }
    }

    /// Is it a slot?
    pub(super) fn fits(&self, cell: &Cell) -> bool {
        cell.blocked == 0 && (self.pool.is_empty() || cell.host != 0)
    }
}

fn count(counts: Option<&mut [u32; Constraint::ALL.len()]>, blocked: u16) {
    for (count, constraint) in counts.into_iter().flatten().zip(Constraint::ALL) {
        *count += u32::from(blocked & constraint.bit() != 0);
    }
}

/// The places of the proposals: always the cheapest, where being near to one that is picked already has a price, and none overlaps another.
fn pick(survey: &Survey<'_>) -> Vec<usize> {
    let fitting = survey.cells.iter().zip(&survey.starts).enumerate().filter(|(_, (cell, _))| survey.fits(cell));
    let mut open: Vec<(u32, usize, Start)> = fitting.map(|(index, (cell, start))| (cell.cost, index, *start)).collect();
    let mut picked = Vec::new();
    while picked.len() < usize::from(survey.request.count) {
        let Some(&(_, index, best)) = open.iter().min_by_key(|(cost, index, _)| (*cost, *index)) else { break };
        picked.push(index);
        let near = best.span.padded(2 * HOUR, 2 * HOUR);
        open.retain_mut(|(cost, _, start)| {
            if start.day == best.day {
                *cost = cost.saturating_add(weight::SAME_DAY);
            }
            if start.span.overlaps(near) {
                *cost = cost.saturating_add(weight::NEAR);
            }
            !start.span.overlaps(best.span)
        });
    }
    picked
}

/// A draw that depends on the seed and the name only (FNV-1a, then the finish of SplitMix64).
fn draw(seed: u64, name: &str) -> u64 {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mut mixed = hash.wrapping_add(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
