//! One person, one time: what forbids it and what it costs.

use super::board::{Board, longest_free};
use super::request::{Constraint, Request};
use super::{FOCUS, STRETCH, weight};
use crate::freebusy::span::{MINUTE, Span};

/// Flags of what is not perfect, or worth telling.
pub(super) mod flag {
    pub(in super::super) const STRETCH: u16 = 1;
    pub(in super::super) const CUT_BUFFER: u16 = 1 << 1;
    pub(in super::super) const FOCUS_BLOCK: u16 = 1 << 2;
    pub(in super::super) const TENTATIVE: u16 = 1 << 3;
    pub(in super::super) const LUNCH: u16 = 1 << 4;
    pub(in super::super) const FOCUS_BROKEN: u16 = 1 << 5;
    /// Some span for focus was there to be broken on that day, and is not.
    pub(in super::super) const FOCUS_KEPT: u16 = 1 << 6;
    pub(in super::super) const LUNCH_KEPT: u16 = 1 << 7;
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Verdict {
    /// Constraints that are not met ([`Constraint::bit`]).
    pub(super) blocked: u16,
    pub(super) flags: u16,
    pub(super) cost: u32,
}

/// Where in each list the sweep is. Starts must come in order.
#[derive(Default)]
pub(super) struct Cursors {
    taken: usize,
    padded: usize,
    soft: usize,
    focus: usize,
    work: usize,
    quiet: usize,
    open: usize,
    day: usize,
}

/// The first span of a merged list that ends after `at`.
fn next(list: &[Span], cursor: &mut usize, at: i64) -> Option<Span> {
    loop {
        let span = *list.get(*cursor)?;
        if span.end.0 > at {
            return Some(span);
        }
        *cursor += 1;
    }
}

fn hits(list: &[Span], cursor: &mut usize, time: Span) -> bool {
    next(list, cursor, time.start.0).is_some_and(|span| span.start < time.end)
}

impl Board<'_> {
    pub(super) fn judge(&self, time: Span, request: &Request, now: i64, at: &mut Cursors) -> Verdict {
        let mut verdict = Verdict::default();
        let profile = &self.person.profile;
        let no = |verdict: &mut Verdict, constraint: Constraint| verdict.blocked |= constraint.bit();
        let but = |verdict: &mut Verdict, flag: u16, cost: u32| {
            verdict.flags |= flag;
            verdict.cost += cost;
        };

        if time.start.0 < now.saturating_add(i64::from(profile.notice) * MINUTE) {
            no(&mut verdict, Constraint::Notice);
        }
        if hits(&self.taken, &mut at.taken, time) {
            no(&mut verdict, Constraint::Busy);
        } else if hits(&self.padded, &mut at.padded, time.padded(self.before, self.after)) {
            if request.cut_buffers {
                but(&mut verdict, flag::CUT_BUFFER, weight::CUT_BUFFER);
            } else {
                no(&mut verdict, Constraint::Buffer);
            }
        }
        if hits(&self.quiet, &mut at.quiet, time) {
            no(&mut verdict, Constraint::Quiet);
        }
        let outside = self.outside(time, at);
        if outside > 0 {
            if request.stretch == 0 || outside > STRETCH {
                no(&mut verdict, Constraint::Hours);
            } else {
                let steps = u32::try_from((outside - 1) / (30 * MINUTE) + 1).unwrap_or(u32::MAX);
                but(&mut verdict, flag::STRETCH, weight::STRETCH + weight::STRETCH_STEP.saturating_mul(steps));
            }
        }
        self.limits(time, at, &mut verdict);
        if verdict.blocked != 0 {
            return verdict;
        }

        if hits(&self.focus, &mut at.focus, time) {
            but(&mut verdict, flag::FOCUS_BLOCK, weight::FOCUS_BLOCK);
        }
        if hits(&self.soft, &mut at.soft, time) {
            but(&mut verdict, flag::TENTATIVE, weight::TENTATIVE);
        }
        if let Some(span) = next(&self.open, &mut at.open, time.start.0).filter(|span| span.start < time.end) {
            let (left, right) = (time.start.0 - span.start.0, span.end.0 - time.end.0);
            if span.length() >= FOCUS {
                if left < FOCUS && right < FOCUS {
                    but(&mut verdict, flag::FOCUS_BROKEN, weight::FOCUS_BROKEN);
                } else {
                    verdict.flags |= flag::FOCUS_KEPT;
                }
            }
            for rest in [left, right] {
                if rest > 0 && rest < 30 * MINUTE {
                    verdict.cost += weight::SCRAP;
                }
            }
        }
        verdict
    }

    /// How far the time reaches out of the working hours nearest to it; 0 inside.
    fn outside(&self, time: Span, at: &mut Cursors) -> i64 {
        let here = next(&self.work, &mut at.work, time.start.0);
        let last = at.work.checked_sub(1).and_then(|last| self.work.get(last));
        let beyond = |span: Span| (span.start.0 - time.start.0).max(0).max(time.end.0 - span.end.0);
        let far = i64::MAX;
        here.map_or(far, beyond).min(last.copied().map_or(far, beyond))
    }

    fn limits(&self, time: Span, at: &mut Cursors, verdict: &mut Verdict) {
        let profile = &self.person.profile;
        while self.days.get(at.day).is_some_and(|day| day.span.end <= time.start) {
            at.day += 1;
        }
        let first = self.days.get(at.day);
        if let (Some(day), Some(most)) = (first, profile.max_meetings)
            && day.meetings >= u32::from(most)
        {
            verdict.blocked |= Constraint::DailyMeetings.bit();
        }
        // a meeting over midnight takes from both days
        for day in self.days.iter().skip(at.day).take_while(|day| day.span.start < time.end) {
            let over = |most: u16| day.length + day.span.clip(time).length() > i64::from(most) * MINUTE;
            if profile.max_minutes.is_some_and(over) {
                verdict.blocked |= Constraint::DailyMinutes.bit();
            }
            if let Some(lunch) = profile.lunch.filter(|_| !day.lunch.is_empty()) {
                let left = !day.lunch.overlaps(time)
                    || longest_free(&self.taken, day.lunch, time) >= i64::from(lunch.minutes) * MINUTE;
                if left {
                    verdict.flags |= flag::LUNCH_KEPT;
                } else {
                    verdict.flags |= flag::LUNCH;
                    verdict.cost += weight::LUNCH;
                }
            }
        }
    }
}
