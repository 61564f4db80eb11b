//! One occurrence in one person's time.

use super::span::{DAY, Span};
use crate::event::{Busy, Event, Response, Status};
use crate::when::When;
use attune_domain::Millis;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// The extended property of an event that says what kind of block it is: the words of [`Kind`].
pub const KIND_PROPERTY: &str = "attune-kind";

/// What the time is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An event like any other.
    #[default]
    Event,
    /// Time to work alone; a meeting may be put there when nothing better is left.
    Focus,
    /// The way to the next place.
    Travel,
    /// A rest after a long run of meetings.
    Recovery,
}

impl Kind {
    /// The word in an API and in [`KIND_PROPERTY`].
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Focus => "focus",
            Self::Travel => "travel",
            Self::Recovery => "recovery",
        }
    }
}

/// An occurrence: what an expanded event takes of its owner's time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Names the occurrence, the same in every copy of it (UID and, of a series, the instance): copies count once.
    pub event: String,
    /// When. Of an all-day block the midnights **in UTC** of its first day and of the day after its last: the days are the owner's, wherever
    /// the owner is then.
    #[serde(flatten)]
    pub span: Span,
    /// It takes whole days.
    #[serde(default, skip_serializing_if = "is_false")]
    pub all_day: bool,
    /// What the time counts as.
    #[serde(default)]
    pub busy: Busy,
    /// What it is for.
    #[serde(default)]
    pub kind: Kind,
    /// The owner's answer; what is declined takes no time.
    #[serde(default = "accepted")]
    pub response: Response,
    /// How many others take part; 0 is time alone.
    #[serde(default)]
    pub people: u16,
    /// The owner is its organizer and may move it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub own: bool,
    /// SUMMARY.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// LOCATION.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

fn is_false(value: &bool) -> bool {
    !value
}

const fn accepted() -> Response {
    Response::Accepted
}

impl Block {
    /// A busy block of the owner alone.
    pub fn new(event: impl Into<String>, span: Span) -> Self {
        Self {
            event: event.into(),
            span,
            all_day: false,
            busy: Busy::Busy,
            kind: Kind::Event,
            response: Response::Accepted,
            people: 0,
            own: true,
            title: None,
            place: None,
        }
    }

    /// The occurrence of `event` from `start` to `end`, called `name`. `home` reads floating times.
    ///
    /// `None` where it takes no time: it is cancelled, or its end is not after its start.
    pub fn of(name: String, event: &Event, start: &When, end: &When, home: &TimeZone) -> Option<Self> {
        if event.status == Status::Cancelled {
            return None;
        }
        let all_day = start.is_date();
        let at = |when: &When| if all_day { When::Utc(utc(when)?).instant(home) } else { when.instant(home) };
        let span = Span { start: at(start)?, end: at(end)? };
        if span.is_empty() {
            return None;
        }
        let me = event.attendees.iter().find(|attendee| attendee.person.own);
        let others = event.attendees.iter().filter(|attendee| !attendee.person.own && !attendee.resource).count();
        let response = me.map_or(Response::Accepted, |me| me.response);
        let open = event.status == Status::Tentative || matches!(response, Response::Tentative | Response::NeedsAction);
        Some(Self {
            event: name,
            span,
            all_day,
            busy: if open && event.busy == Busy::Busy { Busy::Tentative } else { event.busy },
            kind: kind_of(event),
            response,
            people: u16::try_from(others).unwrap_or(u16::MAX),
            own: event.organizer.as_ref().is_none_or(|organizer| organizer.own),
            title: event.summary.clone(),
            place: event.location.clone(),
        })
    }

    /// What it counts as, the owner's answer considered.
    pub const fn counts(&self) -> Busy {
        if matches!(self.response, Response::Declined) { Busy::Free } else { self.busy }
    }

    /// A timed event with others that the owner did not decline: what insights and daily limits count.
    pub fn is_meeting(&self) -> bool {
        !self.all_day
            && self.people > 0
            && self.kind == Kind::Event
            && matches!(self.counts(), Busy::Busy | Busy::Tentative)
    }

    /// Buffers are kept around it: timed, and not itself a buffer.
    pub fn has_buffers(&self) -> bool {
        !self.all_day && self.kind == Kind::Event
    }

    /// The words for it in an explanation.
    pub fn name(&self) -> &str {
        match self.title.as_deref() {
            Some(title) if !title.trim().is_empty() => title,
            _ => "an event without a title",
        }
    }

    /// First day and day after the last, as days since 1970, of an all-day block.
    pub(crate) const fn days(&self) -> (i64, i64) {
        (self.span.start.0.div_euclid(DAY), self.span.end.0.div_euclid(DAY))
    }
}

fn utc(day: &When) -> Option<jiff::Timestamp> {
    jiff::tz::offset(0).to_timestamp(day.local()).ok()
}

fn kind_of(event: &Event) -> Kind {
    let word = event.extended.get(KIND_PROPERTY).map(String::as_str);
    [Kind::Focus, Kind::Travel, Kind::Recovery].into_iter().find(|kind| word == Some(kind.name())).unwrap_or_default()
}

/// What takes time at all, in order; copies of one occurrence (the same invitation in two calendars) count once: the one that takes the time
/// most stays.
pub fn distinct<'a>(blocks: impl Iterator<Item = &'a Block>) -> Vec<&'a Block> {
    let taking = blocks.filter(|block| rank(block.counts()) > 0);
    // the span beside the reference: most comparisons end there, without a look at the block
    let mut all: Vec<(Span, &Block)> = taking.map(|block| (block.span, block)).collect();
    // all that an explanation may tell is part of the order, so that the order of the input is not
    all.sort_unstable_by(|(span_a, a), (span_b, b)| {
        span_a.cmp(span_b).then_with(|| {
            let (of_a, of_b) = (rank(a.counts()), rank(b.counts()));
            (&a.event, a.all_day, of_a, a.people, a.own, a.kind, &a.title, &a.place)
                .cmp(&(&b.event, b.all_day, of_b, b.people, b.own, b.kind, &b.title, &b.place))
        })
    });
    all.dedup_by(|next, last| {
        let same = next.0 == last.0 && next.1.event == last.1.event && next.1.all_day == last.1.all_day;
        if same {
            *last = *next;
        }
        same
    });
    all.into_iter().map(|(_, block)| block).collect()
}

/// Which of two statuses of the same time is told: the higher one.
pub(crate) const fn rank(busy: Busy) -> u8 {
    match busy {
        Busy::Free => 0,
        Busy::WorkingElsewhere => 1,
        Busy::Tentative => 2,
        Busy::Busy => 3,
        Busy::OutOfOffice => 4,
    }
}

impl From<(Millis, Millis)> for Span {
    fn from((start, end): (Millis, Millis)) -> Self {
        Self { start, end }
    }
}
