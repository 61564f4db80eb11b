//! All starts that a request allows to look at: on the organizer's clock, in order.

use super::request::{Constraint, Request};
use crate::freebusy::days::{instant, local};
use crate::freebusy::span::{DAY, MINUTE, Span};
use jiff::ToSpan;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// One start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    pub(super) span: Span,
    /// The organizer's day, counted from the first of the window.
    pub(super) day: u16,
    /// Constraints of the request that it does not meet ([`Constraint::bit`]).
    pub(super) blocked: u16,
}

/// The starts from `now` on whose meeting lies in the window. A day of the year on which the clock is moved is walked on the clock: a start is
/// a multiple of the granularity there too, on both sides of the change, and an hour that occurs twice gives its starts twice.
pub(super) fn starts(request: &Request, rules: &TimeZone, now: i64) -> Vec<Start> {
    let window = Span { start: request.window.start.max(attune_domain::Millis(now)), end: request.window.end };
    let (length, step) = (i64::from(request.duration) * MINUTE, i64::from(request.granularity) * MINUTE);
    let mut starts = Vec::new();
    let mut day = local(window.start.0, rules).date();
    let mut midnight = instant(day.to_datetime(Time::midnight()), rules);
    let mut nth = 0;
    while midnight + length <= window.end.0 {
        let next = day.saturating_add(1.day());
        let end = instant(next.to_datetime(Time::midnight()), rules);
        if end <= midnight {
            break;
        }
        let limits = Limits::of(request, day, rules);
        let changes = end - midnight != DAY || local(midnight, rules).time() != Time::midnight();
        let stride = if changes { common(step, 15 * MINUTE) } else { step };
        let skipped = (window.start.0 - midnight).max(0);
        let mut at = midnight + (skipped + stride - 1) / stride * stride;
        while at < end && at + length <= window.end.0 {
            let on_clock = !changes || {
                let time = local(at, rules).time();
                let minutes = i64::from(time.hour()) * 60 + i64::from(time.minute());
                minutes * MINUTE % step == 0
            };
            if on_clock {
                let span = Span::new(at, at + length);
                starts.push(Start { span, day: nth, blocked: limits.blocked(span) });
            }
            at += stride;
        }
        (day, midnight) = (next, end);
        nth += 1;
    }
    starts
}

const fn common(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { common(b, a % b) }
}

/// The request's times on one day.
struct Limits {
    from: i64,
    to: i64,
    day: bool,
}

impl Limits {
    fn of(request: &Request, day: Date, rules: &TimeZone) -> Self {
        let at = |minutes: u16| {
            let date = if minutes == 1_440 { day.saturating_add(1.day()) } else { day };
            let (hour, minute) = (minutes % 1_440 / 60, minutes % 60);
            let time = Time::new(i8::try_from(hour).unwrap_or(0), i8::try_from(minute).unwrap_or(0), 0, 0);
            instant(date.to_datetime(time.unwrap_or(Time::midnight())), rules)
        };
        Self {
            from: request.not_before.map_or(i64::MIN, |time| at(time.minute())),
            to: request.not_after.map_or(i64::MAX, |time| at(time.minute())),
            day: request.weekdays.is_empty() || request.weekdays.contains(&day.weekday().into()),
        }
    }

    fn blocked(&self, span: Span) -> u16 {
        let times = span.start.0 < self.from || span.end.0 > self.to;
        let times = if times { Constraint::TimesOfDay.bit() } else { 0 };
        times | if self.day { 0 } else { Constraint::Weekdays.bit() }
    }
}
