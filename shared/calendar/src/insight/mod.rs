//! How a person's week is spent, as integers that add up.
//!
//! All figures are of **days**: what lies over midnight is split there, so that a week's figures come from that week's blocks alone, a week is the
//! sum of its days and four weeks are the sum of theirs. A week is the ISO 8601 week on the person's clock, where the person is: 167 or 169 hours
//! when the clock is moved. Definitions:
//!
//! - **Meeting**: a timed event with others, not declined, not free ([`Block::is_meeting`]). Time in two meetings at once counts once.
//! - **Meeting load**: meeting minutes in working hours, as a share of the working minutes.
//! - **Focus time**: free parts of working hours of at least [`FOCUS`] (two hours). Free is what no busy, tentative or out-of-office block takes; focus
//!   blocks count as free.
//! - **Fragmentation index**, 0 to 1: of each span of working hours with free parts `f` of `F` minutes together, `F − Σf²/F` minutes are scattered; the
//!   index is all scattered minutes by all free minutes. 0 where the free time of every span is in one piece, 0.5 where each is cut into
//!   two halves, near 1 where it is dust.
//! - **Back-to-back run**: two or more meetings of a day, each beginning at most [`BACK_TO_BACK`] (five minutes) after all before it ended.
//! - **Out-of-hours load**: meeting minutes outside working hours.
//! - **Time saved** by accepted suggestions: the minutes of the focus, travel and recovery blocks that were accepted and still are in the calendar, and the
//!   minutes of meetings that left the quiet hours. It is time that was kept, not a guess of what was gained by it.

mod day;
#[cfg(test)]
mod tests;

use crate::freebusy::block::distinct;
use crate::freebusy::days::{Days, Whereabouts, Zones};
use crate::freebusy::span::{DAY, MINUTE};
use crate::freebusy::{Block, Person, Span};
use crate::suggest::SuggestionKind;
use attune_domain::Millis;
use jiff::ToSpan;
use jiff::civil::{Date, ISOWeekDate, Weekday};
use serde::{Deserialize, Serialize};

/// See the module's definitions: two hours, in milliseconds.
pub const FOCUS: i64 = crate::slots::FOCUS;
/// See the module's definitions: five minutes, in milliseconds.
pub const BACK_TO_BACK: i64 = 5 * MINUTE;
/// Weeks of the rolling figures.
pub const ROLLING: usize = 4;

/// An ISO 8601 week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Week {
    /// The year the week belongs to.
    pub year: i16,
    /// 1 to 53.
    pub week: i8,
}

impl Week {
    /// The week of a date.
    pub fn of(date: Date) -> Self {
        let week = date.iso_week_date();
        Self { year: week.year(), week: week.week() }
    }

    /// Its Monday; `None` for a week that is not.
    pub fn monday(self) -> Option<Date> {
        ISOWeekDate::new(self.year, self.week, Weekday::Monday).ok().map(ISOWeekDate::date)
    }

    /// The week before.
    pub fn previous(self) -> Option<Self> {
        Some(Self::of(self.monday()?.saturating_sub(1.day())))
    }
}

/// A suggestion that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Its id, which is the name of the block it added.
    pub id: String,
    /// What it was about.
    pub kind: SuggestionKind,
    /// The time it was about.
    #[serde(flatten)]
    pub span: Span,
}

/// Sums over days. Minutes are whole: each day's are rounded down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Figures {
    /// Minutes that the days have.
    pub minutes: i64,
    /// Minutes of working hours.
    pub working_minutes: i64,
    /// Meetings, on the day on which they begin.
    pub meetings: i64,
    /// Minutes of meetings.
    pub meeting_minutes: i64,
    /// Minutes of meetings in working hours.
    pub meeting_minutes_in_hours: i64,
    /// Minutes of meetings outside working hours.
    pub out_of_hours_minutes: i64,
    /// Free minutes in working hours.
    pub free_minutes: i64,
    /// Free minutes in working hours, in parts of at least two hours.
    pub focus_minutes: i64,
    /// Free minutes that are scattered (see the module's definitions).
    pub scattered_minutes: i64,
    /// Back-to-back runs.
    pub runs: i64,
    /// Meetings in them.
    pub meetings_in_runs: i64,
    /// Meetings of the longest run; of a sum the greatest.
    pub longest_run: i64,
    /// From first start to last end of the run that took longest; of a sum the greatest.
    pub longest_run_minutes: i64,
    /// Minutes saved by accepted suggestions.
    pub saved_minutes: i64,
}

impl Figures {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            minutes: self.minutes + other.minutes,
            working_minutes: self.working_minutes + other.working_minutes,
            meetings: self.meetings + other.meetings,
            meeting_minutes: self.meeting_minutes + other.meeting_minutes,
            meeting_minutes_in_hours: self.meeting_minutes_in_hours + other.meeting_minutes_in_hours,
            out_of_hours_minutes: self.out_of_hours_minutes + other.out_of_hours_minutes,
            free_minutes: self.free_minutes + other.free_minutes,
            focus_minutes: self.focus_minutes + other.focus_minutes,
            scattered_minutes: self.scattered_minutes + other.scattered_minutes,
            runs: self.runs + other.runs,
            meetings_in_runs: self.meetings_in_runs + other.meetings_in_runs,
            longest_run: self.longest_run.max(other.longest_run),
            longest_run_minutes: self.longest_run_minutes.max(other.longest_run_minutes),
            saved_minutes: self.saved_minutes + other.saved_minutes,
        }
    }

    /// Meeting minutes in working hours by working minutes, 0 to 1; 0 where nothing is worked.
    pub fn load(&self) -> f64 {
        share(self.meeting_minutes_in_hours, self.working_minutes)
    }

    /// The fragmentation index, 0 to 1; 0 where nothing is free.
    pub fn fragmentation(&self) -> f64 {
        share(self.scattered_minutes, self.free_minutes)
    }
}

// both are far below 2^53
fn share(part: i64, whole: i64) -> f64 {
    if whole <= 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// A week with its figures, to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WeekFigures {
    /// Which.
    #[serde(flatten)]
    pub week: Week,
    /// What.
    #[serde(flatten)]
    pub figures: Figures,
}

/// The time of a week of a person, from Monday's midnight to the next one's. `None` for a week that is not.
pub fn span_of(person: &Person, week: Week) -> Option<Span> {
    let places = Whereabouts::of(&person.profile, &mut Zones::default());
    let monday = week.monday()?;
    Some(Span::new(places.instant(monday, 0), places.instant(monday.saturating_add(7.days()), 0)))
}

/// One week, from what of `person.blocks` and `accepted` lies in it: others may be missing. `None` for a week that is not.
pub fn week(person: &Person, week: Week, accepted: &[Accepted]) -> Option<WeekFigures> {
    let places = Whereabouts::of(&person.profile, &mut Zones::default());
    let monday = week.monday()?;
    let whole = Span::new(places.instant(monday, 0), places.instant(monday.saturating_add(7.days()), 0));
    let days = Days::cover(&person.profile, &places, whole);
    let near = |block: &&Block| block.all_day || block.span.overlaps(whole);
    let blocks = distinct(person.blocks.iter().filter(near));
    let blocks: Vec<(Span, &Block)> = blocks.into_iter().map(|block| (places.span_of(block), block)).collect();
    let figures = days
        .days
        .iter()
        .filter(|day| Week::of(day.date) == week)
        .map(|day| day::figures(day.span, &days.work, &blocks, accepted))
        .fold(Figures::default(), Figures::plus);
    Some(WeekFigures { week, figures })
}

/// The sum of [`ROLLING`] weeks that end with `last`, from the figures of single weeks, in any order; of a week that is there twice the last one
/// counts, a week that is missing counts nothing.
pub fn rolling(last: Week, weeks: &[WeekFigures]) -> Figures {
    let mut wanted = Some(last);
    let mut sum = Figures::default();
    for _ in 0..ROLLING {
        let Some(week) = wanted else { break };
        let known = weeks.iter().rev().find(|figures| figures.week == week);
        sum = sum.plus(known.map_or_else(Figures::default, |known| known.figures));
        wanted = week.previous();
    }
    sum
}

/// The weeks whose figures a block has a part in: those to compute anew when it comes, goes or changes. At most 60.
pub fn touched(person: &Person, block: &Block) -> Vec<Week> {
    let places = Whereabouts::of(&person.profile, &mut Zones::default());
    let span = places.span_of(block);
    let mut weeks: Vec<Week> = Vec::new();
    if span.is_empty() {
        return weeks;
    }
    let last = places.local(span.end.0 - 1).1.date();
    // a day may begin before its own clock says so where a traveller crosses the date line: one day more on each side
    let mut date = places.local(span.start.0).1.date().saturating_sub(1.day());
    while date <= last.saturating_add(1.day()) && weeks.len() < 60 {
        let week = Week::of(date);
        let inside = span_of_week(&places, week).is_some_and(|whole| whole.overlaps(span));
        if inside && weeks.last() != Some(&week) {
            weeks.push(week);
        }
        date = date.saturating_add(1.day());
    }
    weeks
}

fn span_of_week(places: &Whereabouts, week: Week) -> Option<Span> {
    let monday = week.monday()?;
    Some(Span::new(places.instant(monday, 0), places.instant(monday.saturating_add(7.days()), 0)))
}

/// The week in which an instant lies for a person.
pub fn week_at(person: &Person, at: Millis) -> Week {
    let places = Whereabouts::of(&person.profile, &mut Zones::default());
    let days = Days::cover(&person.profile, &places, Span::new(at.0, at.0.saturating_add(DAY)));
    Week::of(days.days.get(days.index(at.0)).map_or(Date::default(), |day| day.date))
}
