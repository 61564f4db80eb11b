//! One person's calendar, made ready for the sweep.

use super::Request;
use crate::freebusy::block::distinct;
use crate::freebusy::days::{Days, Whereabouts, Zones};
use crate::freebusy::span::{self, DAY, MINUTE, Span};
use crate::freebusy::{Person, Treat};

/// Sorted lists of spans, each merged, and what the limits of a day need.
pub(super) struct Board<'a> {
    pub(super) person: &'a Person,
    pub(super) places: Whereabouts,
    /// What blocks, without buffers.
    pub(super) taken: Vec<Span>,
    /// What blocks, with the buffers of each block around it.
    pub(super) padded: Vec<Span>,
    /// What is avoided: tentative time.
    pub(super) soft: Vec<Span>,
    /// Focus blocks that are avoided.
    pub(super) focus: Vec<Span>,
    pub(super) work: Vec<Span>,
    pub(super) quiet: Vec<Span>,
    /// Working time that nothing blocks.
    pub(super) open: Vec<Span>,
    /// One for each day; never overlapping.
    pub(super) days: Vec<DayLoad>,
    /// Minutes of meetings in the window.
    pub(super) load: i64,
    pub(super) before: i64,
    pub(super) after: i64,
}

/// What a day holds already.
pub(super) struct DayLoad {
    pub(super) span: Span,
    pub(super) meetings: u32,
    /// Milliseconds of meetings.
    pub(super) length: i64,
    /// The time for lunch, while there still is room for it; empty otherwise.
    pub(super) lunch: Span,
}

impl<'a> Board<'a> {
    pub(super) fn new(person: &'a Person, request: &Request, zones: &mut Zones) -> Self {
        let profile = &person.profile;
        let window = request.window;
        let places = Whereabouts::of(profile, zones);
        let Days { days, work, quiet } = Days::cover(profile, &places, window);
        let (before, after) = (i64::from(profile.buffer_before) * MINUTE, i64::from(profile.buffer_after) * MINUTE);
        // a day's limits need the whole day, buffers reach a little further
        let near = window.padded(2 * DAY + before + after, 2 * DAY + before + after);
        let close = person.blocks.iter().filter(|block| block.all_day || block.span.overlaps(near));

        let mut this = Self {
            person,
            places,
            taken: Vec::with_capacity(person.blocks.len()),
            padded: Vec::with_capacity(person.blocks.len()),
            soft: Vec::new(),
            focus: Vec::new(),
            work,
            quiet,
            open: Vec::new(),
            days: Vec::new(),
            load: 0,
            before,
            after,
        };
        let empty = Span::new(0, 0);
        let loads = days.iter().map(|day| DayLoad { span: day.span, meetings: 0, length: 0, lunch: empty });
        this.days = loads.collect();
        for block in distinct(close) {
            let span = this.places.span_of(block);
            match request.policy.treat(block) {
                Treat::Ignore => {}
                Treat::Avoid if block.kind == crate::freebusy::Kind::Focus => this.focus.push(span),
                Treat::Avoid => this.soft.push(span),
                Treat::Blocks => {
                    this.taken.push(span);
                    let buffers = block.has_buffers() && !span.is_empty();
                    this.padded.push(if buffers { span.padded(before, after) } else { span });
                }
            }
            if block.is_meeting() {
                this.load += span.clip(window).length() / MINUTE;
                this.count(span);
            }
        }
        for list in [&mut this.taken, &mut this.padded, &mut this.soft, &mut this.focus] {
            span::merge(list);
        }
        this.open = span::subtract(&this.work, &this.taken);
        if let Some(lunch) = profile.lunch {
            let (from, to) = lunch.between.minutes();
            for (load, day) in this.days.iter_mut().zip(&days) {
                let time = Span::new(this.places.instant(day.date, from), this.places.instant(day.date, to));
                if longest_free(&this.taken, time, empty) >= i64::from(lunch.minutes) * MINUTE {
                    load.lunch = time;
                }
            }
        }
        this
    }

    /// A meeting counts on the day on which it begins, its time on each day that it touches.
    fn count(&mut self, span: Span) {
        let from = self.days.partition_point(|day| day.span.end <= span.start);
        for (nth, day) in self.days.iter_mut().skip(from).take_while(|day| day.span.start < span.end).enumerate() {
            day.meetings += u32::from(nth == 0);
            day.length += day.span.clip(span).length();
        }
    }
}

/// The longest free part of `time` that `taken` and `also` leave, in milliseconds.
pub(super) fn longest_free(taken: &[Span], time: Span, also: Span) -> i64 {
    let mut longest = 0;
    let mut from = time.start.0;
    let mut take = |span: Span| {
        longest = longest.max(span.start.0.min(time.end.0) - from);
        from = from.max(span.end.0);
    };
    let spans = span::within(taken, time);
    let split = spans.partition_point(|span| span.start < also.start);
    let (earlier, later) = spans.split_at_checked(split).unwrap_or((spans, &[]));
    earlier.iter().copied().for_each(&mut take);
    if !also.is_empty() {
        take(also);
    }
    later.iter().copied().for_each(&mut take);
    longest.max(time.end.0 - from)
}
