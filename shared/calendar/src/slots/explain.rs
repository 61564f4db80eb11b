//! Words: why a slot is good, and why there is none.

use super::board::Board;
use super::find::{Cell, Survey};
use super::judge::{Cursors, flag};
use super::request::{Blocker, Constraint, Found, Reason, ReasonKind, Relaxation, RelaxationKind, Request, Slot};
use crate::freebusy::Person;
use crate::freebusy::days::{Zones, local};
use crate::freebusy::span::Span;
use crate::zone::Zone;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Blockers and relaxations that are told at most.
const MOST: usize = 10;

/// A start that was picked, with its reasons.
pub(super) fn slot(survey: &Survey<'_>, index: usize, earliest: i64) -> Option<Slot> {
    let (start, cell) = (survey.starts.get(index)?, survey.cells.get(index)?);
    let span = start.span;
    let host = usize::from(cell.host).checked_sub(1).and_then(|place| survey.pool.get(place));
    let judge = |board: &Board<'_>| board.judge(span, survey.request, survey.now, &mut Cursors::default());
    let mut coming = Vec::new();
    let mut absent = Vec::new();
    for board in survey.required.iter().chain(host) {
        coming.push((board, judge(board).flags));
    }
    for board in &survey.optional {
        let verdict = judge(board);
        if verdict.blocked != 0 || verdict.flags & flag::STRETCH != 0 {
            absent.push(board);
        } else {
            coming.push((board, verdict.flags));
        }
    }
    coming.sort_unstable_by(|a, b| a.0.person.profile.id.cmp(&b.0.person.profile.id));

    let with = |flag: u16| coming.iter().filter(|(_, flags)| flags & flag != 0).map(|(board, _)| *board).collect();
    let mut reasons = Reasons(Vec::new());
    let stretched: Vec<&Board<'_>> = with(flag::STRETCH);
    let late = |board: &&Board<'_>| {
        let (zone, clock) = board.places.local(span.start.0);
        format!("{}, {} in {}", name(board), clock_of(clock), city(zone))
    };
    let told: Vec<String> = stretched.iter().map(late).collect();
    let number = if told.len() == 1 { "one".to_owned() } else { told.len().to_string() };
    reasons.about(ReasonKind::OutsideHours, &stretched, || format!("{number} outside hours: {}", told.join("; ")));
    let against = [
        (flag::CUT_BUFFER, ReasonKind::CutsBuffer, "cuts a buffer of"),
        (flag::FOCUS_BLOCK, ReasonKind::TakesFocusBlock, "lies on a focus block of"),
        (flag::TENTATIVE, ReasonKind::OverTentative, "lies on tentative time of"),
        (flag::LUNCH, ReasonKind::TakesLunch, "leaves no lunch to"),
        (flag::FOCUS_BROKEN, ReasonKind::BreaksFocus, "breaks up focus time of"),
    ];
    for (flag, kind, words) in against {
        let whom: Vec<&Board<'_>> = with(flag);
        reasons.about(kind, &whom, || format!("{words} {}", names(&whom)));
    }
    reasons.about(ReasonKind::WithoutOptional, &absent, || format!("without {} (optional)", names(&absent)));

    let any = |flag: u16| coming.iter().any(|(_, flags)| flags & flag != 0);
    let buffers = coming.iter().any(|(board, _)| board.before + board.after > 0);
    let praise = [
        (stretched.is_empty(), ReasonKind::InsideHours, "inside everyone's hours"),
        (buffers && !any(flag::CUT_BUFFER), ReasonKind::KeepsBuffers, "no buffer is cut"),
        (
            any(flag::FOCUS_KEPT) && !any(flag::FOCUS_BROKEN | flag::FOCUS_BLOCK),
            ReasonKind::KeepsFocus,
            "keeps a focus block whole",
        ),
        (any(flag::LUNCH_KEPT) && !any(flag::LUNCH), ReasonKind::KeepsLunch, "leaves lunch free"),
        (span.start.0 == earliest, ReasonKind::Earliest, "the earliest of the proposals"),
    ];
    for (holds, kind, text) in praise {
        if holds {
            reasons.0.push(Reason { kind, people: Vec::new(), text: text.to_owned() });
        }
    }
    if let Some(host) = host {
        reasons.about(ReasonKind::FairTurn, &[host], || {
            format!("{} has the fewest meetings of those who can", name(host))
        });
    }
    Some(Slot {
        span,
        people: coming.iter().map(|(board, _)| board.person.profile.id.clone()).collect(),
        host: host.map(|host| host.person.profile.id.clone()),
        reasons: reasons.0,
        cost: cell.cost,
    })
}

struct Reasons(Vec<Reason>);

impl Reasons {
    fn about(&mut self, kind: ReasonKind, whom: &[&Board<'_>], text: impl FnOnce() -> String) {
        if !whom.is_empty() {
            self.0.push(Reason { kind, people: ids(whom), text: text() });
        }
    }
}

/// There is no slot: why, and what would give one.
pub(super) fn nothing(survey: &Survey<'_>, people: &[Person], seed: u64, zones: &mut Zones) -> Found {
    let mut relaxations = Vec::new();
    for constraint in
        Constraint::ALL.into_iter().filter(|constraint| !matches!(constraint, Constraint::Busy | Constraint::Hours))
    {
        let open = |cell: &Cell| {
            let pool = survey.pool.is_empty() || cell.host != 0;
            (pool && cell.blocked == constraint.bit())
                || (!pool && cell.blocked | constraint.bit() == constraint.bit() && cell.pool & constraint.bit() != 0)
        };
        if let Some((starts, first)) = opened(survey, open) {
            let boards = survey.required.iter().chain(&survey.pool);
            let judge = |board: &&Board<'_>| {
                let verdict = board.judge(first, survey.request, survey.now, &mut Cursors::default());
                verdict.blocked == constraint.bit()
            };
            let whom: Vec<&Board<'_>> = boards.filter(judge).collect();
            let of = if whom.is_empty() { String::new() } else { format!(" for {}", names(&whom)) };
            let text = format!("giving up {}{of}: {}", constraint.name(), times(starts, first, &survey.rules));
            let (kind, constraint) = (RelaxationKind::Constraint, Some(constraint));
            relaxations.push(Relaxation { kind, constraint, people: ids(&whom), starts, first, text });
        }
    }
    relaxations.extend(outside(survey, people, seed, zones));
    relaxations.sort_by_key(|relaxation| relaxation.constraint);
    for (place, board) in survey.required.iter().enumerate() {
        let pool = |cell: &Cell| survey.pool.is_empty() || cell.host != 0;
        let alone = |cell: &Cell| cell.by == 1 && usize::from(cell.who) == place && pool(cell);
        let others = survey.required.len() > 1 || !survey.pool.is_empty();
        if let Some((starts, first)) = others.then(|| opened(survey, alone)).flatten() {
            let text = format!("without {}: {}", name(board), times(starts, first, &survey.rules));
            let (kind, people) = (RelaxationKind::Without, ids(&[board]));
            relaxations.push(Relaxation { kind, constraint: None, people, starts, first, text });
        }
    }
    relaxations.extend(shorter(survey, people, seed, zones));
    relaxations.truncate(MOST);
    Found { slots: Vec::new(), blockers: blockers(survey), relaxations }
}

/// Everybody may be asked to come outside the working hours, by as much as anybody ever is: the time that asks least.
fn outside(survey: &Survey<'_>, people: &[Person], seed: u64, zones: &mut Zones) -> Option<Relaxation> {
    let request = Request { stretch: u8::MAX, ..survey.request.clone() };
    let wide = Survey::new(&request, people, survey.now, seed, zones);
    let fitting = || wide.cells.iter().zip(&wide.starts).filter(|(cell, _)| wide.fits(cell));
    let (cell, start) = fitting().min_by_key(|(cell, start)| (cell.cost, start.span))?;
    let first = start.span;
    let host = usize::from(cell.host).checked_sub(1).and_then(|place| wide.pool.get(place));
    let judge =
        |board: &&Board<'_>| board.judge(first, &request, wide.now, &mut Cursors::default()).flags & flag::STRETCH != 0;
    let whom: Vec<&Board<'_>> = wide.required.iter().chain(host).filter(judge).collect();
    let starts = u32::try_from(fitting().count()).unwrap_or(u32::MAX);
    let clock = moment(local(first.start.0, &wide.rules));
    let text = format!("outside the hours of {}: {starts} times, the nearest {clock}", names(&whom));
    let (kind, constraint) = (RelaxationKind::Constraint, Some(Constraint::Hours));
    Some(Relaxation { kind, constraint, people: ids(&whom), starts, first, text })
}

fn shorter(survey: &Survey<'_>, people: &[Person], seed: u64, zones: &mut Zones) -> Option<Relaxation> {
    let duration = survey.request.duration / 2;
    let request = Request { duration, ..survey.request.clone() };
    if duration < 10 {
        return None;
    }
    let half = Survey::new(&request, people, survey.now, seed, zones);
    let (starts, first) = opened(&half, |cell| half.fits(cell))?;
    let text =
        format!("{duration} minutes instead of {}: {}", survey.request.duration, times(starts, first, &half.rules));
    Some(Relaxation { kind: RelaxationKind::Shorter, constraint: None, people: Vec::new(), starts, first, text })
}

/// How many starts a condition holds for, and the first of them.
fn opened(survey: &Survey<'_>, condition: impl Fn(&Cell) -> bool) -> Option<(u32, Span)> {
    let mut open = survey.cells.iter().zip(&survey.starts).filter(|(cell, _)| condition(cell));
    let first = open.next()?.1.span;
    Some((u32::try_from(open.count()).unwrap_or(u32::MAX).saturating_add(1), first))
}

fn blockers(survey: &Survey<'_>) -> Vec<Blocker> {
    let whose = survey.required.iter().chain(&survey.pool).map(Some).chain([None]);
    let mut blockers = Vec::new();
    for (board, counts) in whose.zip(&survey.counts) {
        for (starts, constraint) in counts.iter().copied().zip(Constraint::ALL).filter(|(starts, _)| *starts > 0) {
            let whose = board.map_or_else(|| "the request".to_owned(), |board| name(board).to_owned());
            let text = format!("{whose}: {} ({starts} of {} times)", constraint.name(), survey.starts.len());
            let person = board.map(|board| board.person.profile.id.clone());
            blockers.push(Blocker { person, constraint, starts, text });
        }
    }
    blockers.sort_by(|a, b| (b.starts, &a.person, a.constraint).cmp(&(a.starts, &b.person, b.constraint)));
    blockers.truncate(MOST);
    blockers
}

fn ids(boards: &[&Board<'_>]) -> Vec<String> {
    let mut ids: Vec<String> = boards.iter().map(|board| board.person.profile.id.clone()).collect();
    ids.sort_unstable();
    ids
}

fn name<'a>(board: &Board<'a>) -> &'a str {
    &board.person.profile.name
}

fn names(boards: &[&Board<'_>]) -> String {
    let mut names: Vec<&str> = boards.iter().map(|board| name(board)).collect();
    names.sort_unstable();
    names.join(", ")
}

fn times(starts: u32, first: Span, rules: &TimeZone) -> String {
    let clock = moment(local(first.start.0, rules));
    if starts == 1 { format!("one time, {clock}") } else { format!("{starts} times, the first {clock}") }
}

/// `Tue 24 Nov, 19:00`.
pub(crate) fn moment(at: DateTime) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let nth = |names: &[&'static str], nth: i8| {
        usize::try_from(nth).ok().and_then(|nth| names.get(nth)).copied().unwrap_or_default()
    };
    let day = nth(&DAYS, at.weekday().to_monday_zero_offset());
    format!("{day} {} {}, {}", at.day(), nth(&MONTHS, at.month() - 1), clock_of(at))
}

/// `19:00`.
pub(crate) fn clock_of(at: DateTime) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// `New York` of `America/New_York`.
pub(crate) fn city(zone: &Zone) -> String {
    zone.name().rsplit('/').next().unwrap_or_default().replace('_', " ")
}
