//! A rule made ready for its DTSTART: lists as sets of bits, what is missing filled in from DTSTART (RFC 5545, 3.3.10), and the days of
//! a month, a year or a week by these.

use super::civil::{self, DAY};
use super::rule::{ByDay, Freq, Rule};
use jiff::civil::Weekday;

/// No days have been worked out for this kind of month yet; bit 31 belongs to no day.
const UNKNOWN: u32 = u32::MAX;

/// Numbers from 1 up and from -1 down, up to 366.
#[derive(Debug, Clone, Default)]
struct Ordinals {
    given: bool,
    from_start: [u64; 6],
    from_end: [u64; 6],
}

impl Ordinals {
    fn new(list: &[i16]) -> Self {
        let mut set = Self { given: !list.is_empty(), ..Self::default() };
        for &n in list {
            let half = if n > 0 { &mut set.from_start } else { &mut set.from_end };
            if let Some(word) = half.get_mut(usize::from(n.unsigned_abs() / 64)) {
                *word |= 1 << (n.unsigned_abs() % 64);
            }
        }
        set
    }

    /// Is the `n`th of `len` in it? Yes when nothing was given.
    fn has(&self, n: i32, len: i32) -> bool {
        let bit =
            |half: &[u64; 6], n: i32| half.get(n as usize / 64).is_some_and(|word| word >> (n as usize % 64) & 1 == 1);
        !self.given || bit(&self.from_start, n) || bit(&self.from_end, len + 1 - n)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub freq: Freq,
    pub interval: i64,
    pub week_start: i32,
    /// Bits 1 to 12.
    months: u16,
    month_days: Ordinals,
    year_days: Ordinals,
    weeks: Ordinals,
    /// BYDAY without numbers: bit 0 is Monday. In weeks it is DTSTART's day where there is none.
    pub weekdays: u8,
    /// The same from the first day of the week (WKST).
    week_days: u32,
    /// BYDAY with numbers: weekday (Monday is 0), number.
    nth: Vec<(i32, i32)>,
    by_day: bool,
    /// Days of a month where nothing says which: DTSTART's.
    fallback_day: Option<i32>,
    /// The same for the month of a year: bits 1 to 12.
    year_months: u16,
    /// BYDAY counts in the year.
    of_year: bool,
    /// Seconds from the beginning of the day (or hour, or minute) to each time in it, ascending.
    pub times: Vec<i32>,
    /// For the frequencies below a day: hours, minutes, seconds that may be.
    pub hours: u32,
    pub minutes: u64,
    pub seconds: u64,
    pub set_pos: Vec<i16>,
    /// Days in a month as bits, by the weekday of its first and its length.
    kinds: [[u32; 4]; 7],
}

fn bits(list: &[u8]) -> u64 {
    // there are no leap seconds: 60 is 59 (3.3.5)
    let set = list.iter().fold(0_u64, |set, &n| set | 1 << n.min(60));
    if set >> 60 & 1 == 1 { (set | 1 << 59) & !(1 << 60) } else { set }
}

fn monday_zero(day: Weekday) -> i32 {
    i32::from(day.to_monday_zero_offset())
}

impl Plan {
    /// For a DTSTART of these seconds of its clock; the times of day are not looked at where it is a date.
    pub(super) fn new(rule: &Rule, start: i64, is_date: bool) -> Self {
        let day = start.div_euclid(DAY) as i32;
        let (_, month, month_day) = civil::date_of(day);
        let time = start.rem_euclid(DAY);
        let (mut freq, mut interval) = (rule.freq, i64::from(rule.interval));
        let (hours, minutes, seconds) = if is_date {
            // BYHOUR, BYMINUTE and BYSECOND MUST be ignored (3.3.10); many instances in a day are that day once
            let unit = unit(freq);
            if unit < DAY && (interval * unit <= DAY || interval * unit % DAY == 0) {
                (freq, interval) = (Freq::Daily, (interval * unit / DAY).max(1));
            }
            (0, 0, 0)
        } else {
            (bits(&rule.by_hour), bits(&rule.by_minute), bits(&rule.by_second))
        };
        let week_start = monday_zero(rule.week_start);
        let weekdays =
            rule.by_day.iter().filter(|day| day.nth == 0).fold(0, |set, day| set | 1 << monday_zero(day.weekday));
        let nth = |day: &ByDay| (day.nth != 0).then(|| (monday_zero(day.weekday), i32::from(day.nth)));
        let by_day = !rule.by_day.is_empty();
        let months = rule.by_month.iter().fold(0, |set, &n| set | 1 << n);
        let all_months = if months == 0 { 0x1ffe } else { months };
        // which day, where only longer parts are given (3.3.10: "retrieved from DTSTART")
        let day_given =
            by_day || !rule.by_month_day.is_empty() || !rule.by_year_day.is_empty() || !rule.by_week_no.is_empty();
        let month_given = months != 0 || day_given;
        let own_weekday = 1 << civil::weekday(day);
        let needs_weekday = !by_day && (freq == Freq::Weekly || !rule.by_week_no.is_empty());
        let weekdays = if needs_weekday { own_weekday } else { weekdays };
        let mut plan = Self {
            freq,
            interval,
            week_start,
            months: all_months,
            month_days: Ordinals::new(&rule.by_month_day),
            year_days: Ordinals::new(&rule.by_year_day),
            weeks: Ordinals::new(&rule.by_week_no),
            weekdays,
            week_days: (0..7)
                .filter(|at| weekdays >> ((at + week_start) % 7) & 1 == 1)
                .fold(0, |set, at| set | 1 << at),
            nth: rule.by_day.iter().filter_map(nth).collect(),
            by_day: by_day || needs_weekday,
            fallback_day: (!day_given && freq >= Freq::Monthly).then_some(month_day),
            year_months: if month_given { all_months } else { 1 << month },
            of_year: months == 0 && rule.by_week_no.is_empty(),
            times: if is_date { vec![0] } else { times(freq, time, hours, minutes, seconds) },
            hours: if hours == 0 { u32::MAX } else { hours as u32 },
            minutes: if minutes == 0 { u64::MAX } else { minutes },
            seconds: if seconds == 0 { u64::MAX } else { seconds },
            set_pos: rule.by_set_pos.clone(),
            kinds: [[UNKNOWN; 4]; 7],
        };
        if plan.freq == Freq::Daily && plan.interval == 1 && !plan.every_day() && plan.set_pos.is_empty() {
            // the days of every month by the same limits: a month at a time
            plan.freq = Freq::Monthly;
        }
        plan
    }

    /// BYWEEKNO is given: years are those that count the weeks.
    pub(super) fn by_weeks(&self) -> bool {
        self.weeks.given
    }

    /// Nothing limits the days of a frequency of days or less, or adds to them.
    pub(super) fn every_day(&self) -> bool {
        self.months == 0x1ffe && !self.month_days.given && !self.year_days.given && !self.by_day
    }

    /// Every period has one instance, as long as it is the day of a week or less.
    pub(super) fn one_each(&self) -> bool {
        let days = match self.freq {
            Freq::Monthly | Freq::Yearly => false,
            Freq::Weekly => self.months == 0x1ffe && self.weekdays.count_ones() == 1,
            _ => self.every_day(),
        };
        days && self.times.len() == 1 && self.set_pos.is_empty() && self.every_time()
    }

    /// No limits by BYHOUR, BYMINUTE and BYSECOND (which expand days and more).
    pub(super) fn every_time(&self) -> bool {
        self.freq >= Freq::Daily || self.hours == u32::MAX && self.minutes == u64::MAX && self.seconds == u64::MAX
    }

    /// The days of a month, bit 0 is the 1st.
    pub(super) fn month(&mut self, year: i32, month: i32, first: i32, length: i32) -> u32 {
        if self.months >> month & 1 == 0 {
            return 0;
        }
        let weekday = civil::weekday(first);
        let mut days = match self.kinds.get(weekday as usize).and_then(|row| row.get((length - 28) as usize)) {
            Some(&days) if days != UNKNOWN => days,
            _ => {
                let days = self.kind(weekday, length);
                if let Some(kind) =
                    self.kinds.get_mut(weekday as usize).and_then(|row| row.get_mut((length - 28) as usize))
                {
                    *kind = days;
                }
                days
            }
        };
        if self.year_days.given {
            let before = first - civil::day_of(year, 1, 1);
            for day in ones(days) {
                if !self.year_days.has(before + day + 1, civil::year_length(year)) {
                    days &= !(1 << day);
                }
            }
        }
        days
    }

    /// BYSETPOS says which days of a month: there is one time a day.
    pub(super) fn picks_days(&self) -> bool {
        self.freq == Freq::Monthly && self.times.len() == 1 && !self.set_pos.is_empty()
    }

    /// Those days.
    pub(super) fn pick(&self, days: u32) -> u32 {
        let count = days.count_ones() as i32;
        self.set_pos.iter().fold(0, |picked, &n| {
            let at = i32::from(n) + if n > 0 { -1 } else { count };
            if !(0..count).contains(&at) {
                return picked;
            }
            let rest = (0..at).fold(days, |rest, _| rest & (rest - 1));
            picked | 1 << rest.trailing_zeros()
        })
    }

    /// Days of a month whose first is this weekday, by BYMONTHDAY and BYDAY.
    fn kind(&self, weekday: i32, length: i32) -> u32 {
        (0..length).filter(|&day| self.fits(day, length, (weekday + day) % 7)).fold(0, |days, day| days | 1 << day)
    }

    fn fits(&self, day: i32, length: i32, weekday: i32) -> bool {
        self.month_days.has(day + 1, length)
            && self.fallback_day.is_none_or(|own| own == day + 1)
            && (!self.by_day || self.weekdays >> weekday & 1 == 1 || self.is_nth(day, length, weekday))
    }

    /// Is day `at` (from 0) of `length` days, a `weekday`, one of those that BYDAY numbers?
    fn is_nth(&self, at: i32, length: i32, weekday: i32) -> bool {
        let (n, from_end) = (at / 7 + 1, -((length - 1 - at) / 7) - 1);
        self.nth.iter().any(|&(day, nth)| day == weekday && (nth == n || nth == from_end))
    }

    /// The days of a week, by its first.
    pub(super) fn week(&self, first: i32, days: &mut Vec<i64>) {
        for offset in ones(self.week_days) {
            if self.months == 0x1ffe || self.months >> civil::date_of(first + offset).1 & 1 == 1 {
                days.push(i64::from(first + offset) * DAY);
            }
        }
    }

    /// The days of a year; with BYWEEKNO the year is the one that counts the weeks, and its first and last days may lie in its
    /// neighbours.
    pub(super) fn year(&mut self, year: i32, days: &mut Vec<i64>) {
        let first = civil::day_of(year, 1, 1);
        if self.weeks.given {
            return self.weeks_of(year, days);
        }
        if self.of_year && !self.nth.is_empty() {
            return self.numbered(first, civil::year_length(year), days);
        }
        for month in ones(self.year_months.into()) {
            let (first, length) = (civil::day_of(year, month, 1), civil::month_length(year, month));
            days.extend(ones(self.month(year, month, first, length)).map(|day| i64::from(first + day) * DAY));
        }
    }

    /// BYDAY with numbers that count in the year: no BYMONTH, no BYWEEKNO.
    fn numbered(&self, first: i32, length: i32, days: &mut Vec<i64>) {
        let first_weekday = civil::weekday(first);
        let mut add = |at: i32| {
            if (0..length).contains(&at) && self.year_days.has(at + 1, length) {
                let (year, month, day) = civil::date_of(first + at);
                if self.month_days.has(day, civil::month_length(year, month)) {
                    days.push(i64::from(first + at) * DAY);
                }
            }
        };
        for &(weekday, nth) in &self.nth {
            let before = (weekday - first_weekday).rem_euclid(7);
            // from the end: the last one is as many whole weeks after the first as there are
            add(if nth > 0 { before + (nth - 1) * 7 } else { before + ((length - 1 - before) / 7 + 1 + nth) * 7 });
        }
        for weekday in ones(self.weekdays.into()) {
            ((weekday - first_weekday).rem_euclid(7)..length).step_by(7).for_each(&mut add);
        }
        days.sort_unstable();
        days.dedup();
    }

    fn weeks_of(&self, year: i32, days: &mut Vec<i64>) {
        let (first, end) = (civil::week_one(year, self.week_start), civil::week_one(year + 1, self.week_start));
        let count = (end - first) / 7;
        for week in (0..count).filter(|&week| self.weeks.has(week + 1, count)) {
            for day in first + week * 7..first + week * 7 + 7 {
                if self.weekdays >> civil::weekday(day) & 1 == 0 {
                    continue;
                }
                let (year, month, month_day) = civil::date_of(day);
                if self.months >> month & 1 == 1
                    && self.month_days.has(month_day, civil::month_length(year, month))
                    && self.year_days.has(day - civil::day_of(year, 1, 1) + 1, civil::year_length(year))
                {
                    days.push(i64::from(day) * DAY);
                }
            }
        }
    }
}

/// Seconds of the period of a frequency of a week or less.
pub(super) fn unit(freq: Freq) -> i64 {
    match freq {
        Freq::Secondly => 1,
        Freq::Minutely => 60,
        Freq::Hourly => 3600,
        _ => DAY,
    }
}

/// The positions of bits, ascending.
pub(super) fn ones(mut bits: u32) -> impl Iterator<Item = i32> {
    std::iter::from_fn(move || {
        if bits == 0 {
            return None;
        }
        let at = bits.trailing_zeros();
        bits &= bits - 1;
        Some(at as i32)
    })
}

/// The times within a period: the expanding parts, DTSTART's for those that are missing.
fn times(freq: Freq, time: i64, hours: u64, minutes: u64, seconds: u64) -> Vec<i32> {
    let or = |set: u64, own: i64| if set == 0 { 1 << own } else { set };
    let hours = if freq >= Freq::Daily { or(hours, time / 3600) } else { 1 };
    let minutes = if freq >= Freq::Hourly { or(minutes, time / 60 % 60) } else { 1 };
    let seconds = if freq >= Freq::Minutely { or(seconds, time % 60) } else { 1 };
    let mut times = Vec::with_capacity((hours.count_ones() * minutes.count_ones() * seconds.count_ones()) as usize);
    for hour in (0..24).filter(|at| hours >> at & 1 == 1) {
        for minute in (0..60).filter(|at| minutes >> at & 1 == 1) {
            times.extend((0..60).filter(|at| seconds >> at & 1 == 1).map(|second| hour * 3600 + minute * 60 + second));
        }
    }
    times
}
