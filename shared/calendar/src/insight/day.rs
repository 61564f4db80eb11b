//! The figures of one day.

use super::{Accepted, BACK_TO_BACK, FOCUS, Figures};
use crate::event::Busy;
use crate::freebusy::span::{self, MINUTE, Span};
use crate::freebusy::{Block, Kind};
use crate::suggest::SuggestionKind;

/// `work` is merged; `blocks` are distinct, with the time they take.
pub(super) fn figures(day: Span, work: &[Span], blocks: &[(Span, &Block)], accepted: &[Accepted]) -> Figures {
    let work: Vec<Span> = span::within(work, day).iter().map(|span| span.clip(day)).collect();
    let here = || blocks.iter().filter(|(span, _)| span.overlaps(day)).map(|(span, block)| (*span, *block));
    let mut meetings: Vec<Span> =
        here().filter(|(_, block)| block.is_meeting()).map(|(span, _)| span.clip(day)).collect();
    let begun = here().filter(|(span, block)| block.is_meeting() && day.start <= span.start).count();
    meetings.sort_unstable();
    let runs = Runs::of(&meetings);
    span::merge(&mut meetings);

    let takes = |block: &Block| {
        let busy = matches!(block.counts(), Busy::Busy | Busy::Tentative | Busy::OutOfOffice);
        busy && block.kind != Kind::Focus
    };
    let mut taken: Vec<Span> = here().filter(|(_, block)| takes(block)).map(|(span, _)| span.clip(day)).collect();
    span::merge(&mut taken);
    let (mut free_ms, mut focus_ms, mut scattered) = (0, 0, 0);
    for hours in &work {
        let free = span::subtract(&[*hours], &taken);
        let focus = free.iter().map(|span| span.length()).filter(|length| *length >= FOCUS);
        focus_ms += focus.sum::<i64>();
        free_ms += span::total(&free);
        scattered += scattered_minutes(&free);
    }
    let in_hours = span::total(&span::intersect(&meetings, &work));
    let all = span::total(&meetings);
    Figures {
        minutes: day.length() / MINUTE,
        working_minutes: span::total(&work) / MINUTE,
        meetings: count(begun),
        meeting_minutes: all / MINUTE,
        meeting_minutes_in_hours: in_hours / MINUTE,
        out_of_hours_minutes: (all - in_hours) / MINUTE,
        free_minutes: free_ms / MINUTE,
        focus_minutes: focus_ms / MINUTE,
        scattered_minutes: scattered,
        runs: runs.runs,
        meetings_in_runs: runs.meetings,
        longest_run: runs.longest,
        longest_run_minutes: runs.longest_ms / MINUTE,
        saved_minutes: saved(day, blocks, accepted) / MINUTE,
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// `F − Σf²/F` of the free parts of one span of working hours, in whole minutes.
fn scattered_minutes(free: &[Span]) -> i64 {
    let all: i64 = free.iter().map(|span| span.length() / MINUTE).sum();
    let squares: i64 = free.iter().map(|span| (span.length() / MINUTE).saturating_pow(2)).sum();
    if all == 0 { 0 } else { all - squares / all }
}

fn saved(day: Span, blocks: &[(Span, &Block)], accepted: &[Accepted]) -> i64 {
    let of = |accepted: &Accepted| match accepted.kind {
        // in the quiet hours it lies no more
        SuggestionKind::Quiet => accepted.span.clip(day).length(),
        _ => {
            let added = |(span, block): &&(Span, &Block)| {
                block.kind != Kind::Event && span.overlaps(day) && block.event == accepted.id
            };
            let there = blocks.iter().find(added);
            there.map_or(0, |(span, _)| span.clip(day).length())
        }
    };
    accepted.iter().map(of).sum()
}

#[derive(Default)]
struct Runs {
    runs: i64,
    meetings: i64,
    longest: i64,
    longest_ms: i64,
}

impl Runs {
    /// Of a day's meetings, sorted by start.
    fn of(meetings: &[Span]) -> Self {
        let mut this = Self::default();
        let mut run: Option<(Span, i64)> = None;
        for next in meetings {
            run = match run {
                Some((span, count)) if next.start.0 - span.end.0 <= BACK_TO_BACK => {
                    Some((Span { end: span.end.max(next.end), ..span }, count + 1))
                }
                ended => {
                    this.add(ended);
                    Some((*next, 1))
                }
            };
        }
        this.add(run);
        this
    }

    fn add(&mut self, run: Option<(Span, i64)>) {
        let Some((span, count)) = run.filter(|(_, count)| *count > 1) else { return };
        self.runs += 1;
        self.meetings += count;
        self.longest = self.longest.max(count);
        self.longest_ms = self.longest_ms.max(span.length());
    }
}
