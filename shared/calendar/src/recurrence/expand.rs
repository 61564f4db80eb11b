//! The instances of one rule.
//!
//! The rule is walked on the clock of DTSTART's zone, period by period (an interval of FREQ), by whole-number days; a window is jumped to.
//! Where RFC 5545 leaves room:
//!
//! - DTSTART is the first instance and counts for COUNT whether the rule makes it or not (3.8.5.3); UNTIL before DTSTART leaves none.
//! - With BYWEEKNO the year of a day is the year that counts its week (ISO 8601), also for INTERVAL and BYSETPOS: week 1 of 2026 begins
//!   in December 2025 and belongs to 2026.
//! - HOURLY, MINUTELY and SECONDLY follow the clock too: an hour that the clock shows twice has one instance, one that it skips comes
//!   out by the [`Policy`](crate::zone::Policy).
//! - On a DATE, frequencies below a day make every day once.
//! - Times are whole seconds.

use super::civil::{self, DAY};
use super::plan::{self, Plan};
use super::rule::{End, Freq, Rule, Until};
use crate::When;
use crate::zone::{Rules, Zones};
use attune_domain::Millis;
use jiff::civil::DateTime;
use jiff::tz::offset;
use std::rc::Rc;

/// Steps after which an expansion is given up: periods without an instance, and periods that COUNT makes it count through.
pub const MAX_STEPS: u32 = 200_000;

/// Periods that are worked out together where nothing limits them.
const BATCH: i64 = 32;

/// One instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Start {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub(crate) at: i64,
    /// What the clock of DTSTART's zone says (by the rule: in a gap it is the time that is skipped), in seconds of that clock.
    pub(crate) local: i64,
}

impl Start {
    /// The local time by the rule.
    pub fn local(&self) -> DateTime {
        civil::date_time(self.local)
    }

    /// The instant.
    pub fn instant(&self) -> Millis {
        Millis(self.at * 1000)
    }
}

/// The instances of one rule in the order of their local times, none before DTSTART, up to the end of year 9999.
#[derive(Debug, Clone)]
pub struct Instances {
    plan: Plan,
    rules: Rc<Rules>,
    is_date: bool,
    start: i64,
    /// DTSTART, until it was told.
    first: Option<i64>,
    /// The next period: a year, a month (counted from year 0), the first day of a week, or the number of a day, hour, minute or second.
    next: i64,
    /// What is left of COUNT.
    left: Option<i64>,
    until: Last,
    from: i64,
    /// Exclusive.
    stop: i64,
    /// Up to this neither `stop` nor `until` has to be looked at.
    sure: i64,
    /// The instances of the period, or the beginnings of its days where several times are to be added.
    days: Vec<i64>,
    several: bool,
    /// What BYSETPOS takes, while it is put together.
    chosen: Vec<i64>,
    at_day: usize,
    at_time: usize,
    steps: u32,
    cut: bool,
}

/// UNTIL on the clock of DTSTART: before `surely` it is not over, behind `over` it is; in between the instant decides.
#[derive(Debug, Clone, Copy)]
struct Last {
    surely: i64,
    over: i64,
    at: i64,
}

impl Last {
    fn new(end: End, is_date: bool, rules: &Rules) -> Self {
        let local = |last: i64| Self { surely: last, over: last, at: i64::MAX };
        match end {
            End::Never | End::Count(_) => local(i64::MAX),
            End::Until(Until::Date(day)) => local(i64::from(civil::day(day)) * DAY + DAY - 1),
            End::Until(Until::Local(last)) => local(civil::seconds(last)),
            End::Until(Until::Utc(last)) if is_date => local(civil::seconds(offset(0).to_datetime(last))),
            End::Until(Until::Utc(last)) => {
                // no clock was ever set by more than a day
                let here = rules.local(last.as_second());
                Self { surely: here - DAY, over: here + DAY, at: last.as_second() }
            }
        }
    }
}

impl Instances {
    /// The instances of a rule for this DTSTART.
    pub fn new(rule: &Rule, start: &When, zones: &Zones) -> Self {
        Self::with(rule, start, zones.of(start), true)
    }

    /// `anchored`: DTSTART is an instance also where the rule does not make it (for EXRULE it is not).
    pub(crate) fn with(rule: &Rule, when: &When, rules: Rc<Rules>, anchored: bool) -> Self {
        let (is_date, start) = (when.is_date(), civil::seconds(when.local()));
        let plan = Plan::new(rule, start, is_date);
        let until = Last::new(rule.end, is_date, &rules);
        let left = if let End::Count(count) = rule.end { Some(i64::from(count)) } else { None };
        let mut all = Self {
            next: 0,
            first: anchored.then_some(start),
            start: if anchored { start } else { start - 1 },
            several: plan.times.len() > 1 && plan.set_pos.is_empty(),
            plan,
            rules,
            is_date,
            left,
            until,
            from: i64::MIN,
            stop: civil::LAST + 1,
            sure: until.surely.min(civil::LAST),
            days: Vec::new(),
            chosen: Vec::new(),
            at_day: 0,
            at_time: 0,
            steps: MAX_STEPS,
            cut: false,
        };
        all.next = all.period(start);
        all
    }

    /// At most this many steps.
    pub(crate) fn limit_steps(&mut self, steps: u32) {
        self.steps = steps;
    }

    /// One step for an instance that is of no use; false when it was the last.
    pub(crate) fn spend_step(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        self.cut = self.steps == 0;
        !self.cut
    }

    /// Steps that are left.
    pub(crate) fn steps(&self) -> u32 {
        self.steps
    }

    /// Where the expansion was given up: there is nothing more than was told before this local time, in seconds.
    pub(crate) fn cut_at(&self) -> Option<i64> {
        // what is left of the period, which begins on that day at the earliest, or the next one
        self.cut.then(|| self.days.get(self.at_day).copied().unwrap_or_else(|| self.beginning()).max(self.start))
    }

    /// Was it given up after [`MAX_STEPS`], with instances missing perhaps?
    pub fn cut(&self) -> bool {
        self.cut
    }

    /// Tells only instances whose local time is in this window, to be called before the first one is told. Without COUNT, and with it
    /// where every period has one instance, what is before is jumped over; else it is counted.
    pub fn between(&mut self, from: DateTime, to: DateTime) {
        self.window(civil::seconds(from), civil::seconds(to));
    }

    pub(crate) fn window(&mut self, from: i64, to: i64) {
        self.stop = self.stop.min(to);
        self.sure = self.sure.min(to.saturating_sub(1));
        if from <= self.start {
            return;
        }
        self.from = from;
        if let Some(first) = self.first.take() {
            // it is before the window, and was an instance if it was not over
            self.left = self.left.map(|left| left - 1);
            if first >= self.until.surely && self.is_over(first) {
                self.left = Some(0);
            }
        }
        let margin = i64::from(self.plan.by_weeks());
        let periods = (self.period(from.min(civil::LAST)) - margin - self.next).div_euclid(self.plan.interval);
        if periods < 1 {
            return;
        }
        if let Some(left) = self.left {
            // does the rule make DTSTART?
            let in_step = self.plan.times.first() == Some(&(self.start.rem_euclid(plan::unit(self.plan.freq)) as i32))
                && (self.plan.freq != Freq::Weekly
                    || self.plan.weekdays >> civil::weekday(self.start.div_euclid(DAY) as i32) & 1 == 1);
            if !self.plan.one_each() || self.rules.skips() || !in_step || self.is_date && self.plan.freq < Freq::Daily {
                return;
            }
            // the first of these periods is DTSTART's own
            self.left = Some((left - (periods - 1)).max(0));
        }
        self.next += periods * self.plan.interval;
    }

    fn period(&self, local: i64) -> i64 {
        let day = local.div_euclid(DAY) as i32;
        match self.plan.freq {
            Freq::Yearly if self.plan.by_weeks() => civil::week_year(day, self.plan.week_start).into(),
            Freq::Yearly => civil::date_of(day).0.into(),
            Freq::Monthly => {
                let (year, month, _) = civil::date_of(day);
                i64::from(year) * 12 + i64::from(month) - 1
            }
            Freq::Weekly => i64::from((day - civil::week_of(0, self.plan.week_start)).div_euclid(7)),
            freq => local.div_euclid(plan::unit(freq)),
        }
    }

    /// The first second that the next period may have.
    fn beginning(&self) -> i64 {
        match self.plan.freq {
            Freq::Yearly => {
                i64::from(civil::day_of(self.next.min(20_000) as i32, 1, 1) - 7 * i32::from(self.plan.by_weeks())) * DAY
            }
            Freq::Monthly => {
                let month = self.next.min(240_000);
                i64::from(civil::day_of(month.div_euclid(12) as i32, month.rem_euclid(12) as i32 + 1, 1)) * DAY
            }
            Freq::Weekly => self.week().saturating_mul(DAY),
            freq => self.next.saturating_mul(plan::unit(freq)),
        }
    }

    /// The first day of the week that is next: week 0 is the one with 1970-01-01.
    fn week(&self) -> i64 {
        self.next * 7 + i64::from(civil::week_of(0, self.plan.week_start))
    }

    fn is_over(&self, local: i64) -> bool {
        local > self.until.over
            || self.until.at != i64::MAX && self.rules.instant(local).is_none_or(|at| at > self.until.at)
    }

    fn candidate(&mut self) -> Option<i64> {
        loop {
            if let Some(&day) = self.days.get(self.at_day) {
                if !self.several {
                    self.at_day += 1;
                    return Some(day);
                }
                if let Some(&time) = self.plan.times.get(self.at_time) {
                    self.at_time += 1;
                    return Some(day + i64::from(time));
                }
                self.at_day += 1;
                self.at_time = 0;
            } else if !self.fill() {
                return None;
            }
        }
    }

    /// Works out the next period that has instances.
    fn fill(&mut self) -> bool {
        loop {
            if self.steps == 0 {
                self.cut = true;
                return false;
            }
            let begins = self.beginning();
            if begins >= self.stop || begins > self.until.over || self.left == Some(0) {
                self.left = Some(0);
                return false;
            }
            self.days.clear();
            (self.at_day, self.at_time) = (0, 0);
            self.expand();
            if let (false, Some(&time)) = (self.several, self.plan.times.first()) {
                if self.plan.set_pos.is_empty() || self.plan.picks_days() {
                    if time != 0 {
                        self.days.iter_mut().for_each(|day| *day += i64::from(time));
                    }
                } else {
                    self.choose();
                }
            }
            // what is not after DTSTART is none; what is before the window is counted
            if self.days.first().is_some_and(|&day| day <= self.start.max(self.from)) {
                self.pass(self.start + 1, false);
                if self.from > self.start {
                    self.pass(self.from, true);
                }
            }
            if self.at_day < self.days.len() {
                // COUNT may have come to its end among those that were passed over
                return self.left != Some(0);
            }
            self.steps -= 1;
        }
    }

    /// Passes over what is before `to`.
    fn pass(&mut self, to: i64, counted: bool) {
        let width = self.plan.times.len();
        let before = self.at_day * width + self.at_time;
        let last = if self.several { self.plan.times.last().copied().map_or(0, i64::from) } else { 0 };
        let day =
            self.at_day + self.days.get(self.at_day..).map_or(0, |days| days.partition_point(|day| day + last < to));
        let time = match self.days.get(day) {
            Some(&day) if self.several => self.plan.times.partition_point(|&time| day + i64::from(time) < to),
            _ => 0,
        };
        if counted && self.left.is_some() {
            if self.rules.skips() {
                return self.pass_one_by_one(to);
            }
            let after = if self.several { day * width + time } else { day };
            let before = if self.several { before } else { self.at_day };
            self.left = self.left.map(|left| (left - (after - before) as i64).max(0));
        }
        if day > self.at_day || time > self.at_time {
            (self.at_day, self.at_time) = (day, time);
        }
    }

    /// The same where a gap has no instances to count.
    fn pass_one_by_one(&mut self, to: i64) {
        while let Some(&day) = self.days.get(self.at_day) {
            let time = if self.several { self.plan.times.get(self.at_time).copied().map(i64::from) } else { Some(0) };
            let Some(time) = time else {
                (self.at_day, self.at_time) = (self.at_day + 1, 0);
                continue;
            };
            if day + time >= to || self.steps == 0 {
                return;
            }
            self.steps -= 1;
            if self.rules.has(day + time) {
                self.left = self.left.map(|left| (left - 1).max(0));
            }
            if self.several { self.at_time += 1 } else { self.at_day += 1 }
        }
    }

    fn expand(&mut self) {
        let Self { plan, days, next, .. } = self;
        match plan.freq {
            Freq::Yearly => {
                plan.year(*next as i32, days);
                *next += plan.interval;
            }
            Freq::Monthly => {
                let (year, month) = (next.div_euclid(12) as i32, next.rem_euclid(12) as i32 + 1);
                let first = civil::day_of(year, month, 1);
                let bits = plan.month(year, month, first, civil::month_length(year, month));
                let bits = if plan.picks_days() { plan.pick(bits) } else { bits };
                days.extend(plan::ones(bits).map(|day| i64::from(first + day) * DAY));
                *next += plan.interval;
            }
            Freq::Weekly => {
                let first = self.week() as i32;
                self.plan.week(first, &mut self.days);
                self.next += self.plan.interval;
            }
            freq if plan.every_day()
                && plan.every_time()
                && plan.set_pos.is_empty()
                && !(self.is_date && freq < Freq::Daily) =>
            {
                let step = plan.interval * plan::unit(freq);
                let first = *next * plan::unit(freq);
                // not further than what is asked for
                let count = ((self.stop - first) / step + 1).clamp(1, BATCH);
                days.extend((0..count).map(|n| first + n * step));
                *next += count * plan.interval;
            }
            freq => self.limited(plan::unit(freq)),
        }
    }

    /// One period of a day or less that the limiting parts let through; none, and the next one moved on, where they do not.
    fn limited(&mut self, unit: i64) {
        let begin = self.next * unit;
        let day = begin.div_euclid(DAY);
        let mut to = begin + unit;
        if let Some(next) = self.next_day(day as i32).filter(|&next| i64::from(next) > day) {
            to = i64::from(next) * DAY;
        } else if unit < DAY && !self.plan.every_time() {
            let time = begin.rem_euclid(DAY);
            let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
            if self.plan.hours >> hour & 1 == 0 {
                let next = (hour + 1..24).find(|hour| self.plan.hours >> hour & 1 == 1);
                to = day * DAY + next.map_or(DAY, |hour| hour * 3600);
            } else if unit < 3600 && self.plan.minutes >> minute & 1 == 0 {
                let next = (minute + 1..60).find(|minute| self.plan.minutes >> minute & 1 == 1);
                to = begin - time % 3600 + next.map_or(3600, |minute| minute * 60);
            } else if unit < 60 && self.plan.seconds >> second & 1 == 0 {
                let next = (second + 1..60).find(|second| self.plan.seconds >> second & 1 == 1);
                to = begin - second + next.unwrap_or(60);
            } else {
                self.days.push(begin);
            }
        } else if self.is_date && unit < DAY {
            // many in a day are that day once
            self.days.push(day * DAY);
        } else {
            self.days.push(begin);
        }
        let periods = (to - begin + unit - 1).div_euclid(unit);
        let step = self.plan.interval;
        self.next += (periods + step - 1).div_euclid(step) * step;
    }

    /// The first day from this one on that the limits let through, or the first of the next month.
    fn next_day(&mut self, day: i32) -> Option<i32> {
        if self.plan.every_day() {
            return None;
        }
        let (year, month, month_day) = civil::date_of(day);
        let (first, length) = (day - month_day + 1, civil::month_length(year, month));
        let rest = self.plan.month(year, month, first, length) >> (month_day - 1);
        Some(if rest == 0 { first + length } else { day + rest.trailing_zeros() as i32 })
    }

    /// BYSETPOS: keeps those of the period's instances that it numbers.
    fn choose(&mut self) {
        let Self { plan, days, chosen, .. } = self;
        let width = plan.times.len();
        let count = days.len() * width;
        chosen.clear();
        for &n in &plan.set_pos {
            let at = if n > 0 { Some(n as usize - 1) } else { count.checked_sub(usize::from(n.unsigned_abs())) };
            let Some(at) = at.filter(|&at| at < count) else { continue };
            let (day, time) = if width == 1 { (at, 0) } else { (at / width, at % width) };
            if let (Some(day), Some(&time)) = (days.get(day), plan.times.get(time)) {
                chosen.push(day + i64::from(time));
            }
        }
        if chosen.len() > 1 {
            chosen.sort_unstable();
            chosen.dedup();
        }
        std::mem::swap(days, chosen);
    }

    /// The next local time, in seconds.
    pub(crate) fn next_local(&mut self) -> Option<i64> {
        loop {
            if self.left == Some(0) {
                return None;
            }
            let first = self.first.take();
            let local = match first {
                Some(first) => first,
                None => self.candidate()?,
            };
            if local > self.sure || local >= self.stop {
                if local >= self.stop || local > self.until.over {
                    self.left = Some(0);
                    return None;
                }
                if self.is_over(local) {
                    continue;
                }
            }
            if first.is_none() && !self.rules.has(local) {
                continue;
            }
            if let Some(left) = &mut self.left {
                *left -= 1;
            }
            return Some(local);
        }
    }
}

impl Iterator for Instances {
    type Item = Start;

    #[inline]
    fn next(&mut self) -> Option<Start> {
        let local = self.next_local()?;
        Some(Start { at: self.rules.written(local), local })
    }
}

#[cfg(test)]
mod tests;
