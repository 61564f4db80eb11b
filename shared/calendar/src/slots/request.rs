//! What is asked for, and what is answered.

use crate::freebusy::profile::{TimeOfDay, Weekday};
use crate::freebusy::span::{DAY, MINUTE};
use crate::freebusy::{Person, Policy, Span};
use crate::zone::Zone;
use serde::{Deserialize, Serialize};

/// Days of a window at most.
pub const MAX_DAYS: i64 = 92;
/// Starts that are looked at in one request at most.
pub const MAX_STARTS: i64 = 20_000;
/// People of a request at most.
pub const MAX_PEOPLE: usize = 100;
/// Slots of an answer at most.
pub const MAX_COUNT: u8 = 20;

/// A wish for a meeting. People are named by [`crate::freebusy::Profile::id`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Minutes, 1 to 1,440.
    pub duration: u16,
    /// The slot lies wholly inside.
    pub window: Span,
    /// The organizer's zone: starts, times of day and days of the week are on its clock.
    pub zone: Zone,
    /// Minutes between possible starts, counted from midnight; 5 to 1,440.
    #[serde(default = "quarter")]
    pub granularity: u16,
    /// It begins no earlier than this.
    #[serde(default)]
    pub not_before: Option<TimeOfDay>,
    /// It ends no later than this, on the day on which it begins.
    #[serde(default)]
    pub not_after: Option<TimeOfDay>,
    /// It begins on one of these days; empty is any.
    #[serde(default)]
    pub weekdays: Vec<Weekday>,
    /// All of them must be able to come (collective).
    #[serde(default)]
    pub required: Vec<String>,
    /// They are told when they cannot.
    #[serde(default)]
    pub optional: Vec<String>,
    /// One of them must be able to come (round-robin): of those who can, the one with the fewest minutes of meetings in the window; where they
    /// are equal, the seed draws.
    #[serde(default)]
    pub pool: Vec<String>,
    /// How many slots; 1 to 20.
    #[serde(default = "three")]
    pub count: u8,
    /// How many of the required may be asked to come outside their hours, by at most [`super::STRETCH`]. Quiet hours hold all the same.
    #[serde(default)]
    pub stretch: u8,
    /// Buffers may be cut when nothing better is left.
    #[serde(default)]
    pub cut_buffers: bool,
    /// What blocks and what is avoided.
    #[serde(default)]
    pub policy: Policy,
}

const fn quarter() -> u16 {
    15
}

const fn three() -> u8 {
    3
}

impl Request {
    /// A meeting of so many minutes with the defaults, of nobody yet.
    pub const fn new(duration: u16, window: Span, zone: Zone) -> Self {
        Self {
            duration,
            window,
            zone,
            granularity: quarter(),
            not_before: None,
            not_after: None,
            weekdays: Vec::new(),
            required: Vec::new(),
            optional: Vec::new(),
            pool: Vec::new(),
            count: three(),
            stretch: 0,
            cut_buffers: false,
            policy: Policy {
                tentative: crate::freebusy::Treat::Avoid,
                out_of_office: crate::freebusy::Treat::Blocks,
                working_elsewhere: crate::freebusy::Treat::Ignore,
                focus: crate::freebusy::Treat::Avoid,
            },
        }
    }

    /// Is it one that can be answered, with these people?
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&self, people: &[Person]) -> Result<(), RequestError> {
        let length = self.window.length();
        let starts = length / (i64::from(self.granularity.max(1)) * MINUTE);
        let asked = self.required.iter().chain(&self.optional).chain(&self.pool);
        if !(1..=1_440).contains(&self.duration) {
            return Err(RequestError::Duration);
        }
        if !(5..=1_440).contains(&self.granularity) {
            return Err(RequestError::Granularity);
        }
        if length < i64::from(self.duration) * MINUTE {
            return Err(RequestError::ShortWindow);
        }
        if length > MAX_DAYS * DAY || starts > MAX_STARTS {
            return Err(RequestError::LongWindow);
        }
        if !(1..=MAX_COUNT).contains(&self.count) {
            return Err(RequestError::Count);
        }
        if self.required.is_empty() && self.pool.is_empty() {
            return Err(RequestError::Nobody);
        }
        if asked.clone().count() > MAX_PEOPLE {
            return Err(RequestError::ManyPeople);
        }
        let mut names: Vec<&str> = asked.map(String::as_str).collect();
        names.sort_unstable();
        if let Some([twice, _]) = names.windows(2).find_map(|pair| pair.first_chunk::<2>().filter(|[a, b]| a == b)) {
            return Err(RequestError::Twice((*twice).to_owned()));
        }
        for name in names {
            match people.iter().filter(|person| person.profile.id == name).count() {
                1 => {}
                0 => return Err(RequestError::Unknown(name.to_owned())),
                _ => return Err(RequestError::Twice(name.to_owned())),
            }
        }
        Ok(())
    }
}

/// Why a request cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// See [`Request::duration`].
    #[error("a meeting takes 1 to 1,440 minutes")]
    Duration,
    /// See [`Request::granularity`].
    #[error("starts are 5 to 1,440 minutes apart")]
    Granularity,
    /// The meeting does not fit in.
    #[error("the window is shorter than the meeting")]
    ShortWindow,
    /// See [`MAX_DAYS`] and [`MAX_STARTS`].
    #[error("the window is too long for the distance of starts: at most 92 days and 20,000 starts")]
    LongWindow,
    /// See [`Request::count`].
    #[error("1 to 20 slots may be asked for")]
    Count,
    /// Neither required people nor a pool.
    #[error("nobody has to come")]
    Nobody,
    /// See [`MAX_PEOPLE`].
    #[error("at most 100 people")]
    ManyPeople,
    /// Somebody has two roles, or two calendars that were not put together.
    #[error("{0:?} is there twice")]
    Twice(String),
    /// Asked for, but not among the people.
    #[error("nobody is called {0:?}")]
    Unknown(String),
}

/// A proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// When.
    #[serde(flatten)]
    pub span: Span,
    /// Who comes, by id: the required, those of the optional who can, and the one of the pool. Sorted.
    pub people: Vec<String>,
    /// The one of the pool whose turn it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// What speaks for it and what against, the weightiest first.
    pub reasons: Vec<Reason>,
    /// What it costs, 0 being perfect (weights: [`super::weight`]). Comparable within one answer only.
    pub cost: u32,
}

/// One reason, as a value and as a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Which.
    pub kind: ReasonKind,
    /// Whom it is about, by id, sorted; empty is everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<String>,
    /// In English, for people.
    pub text: String,
}

/// Kinds of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// Against: somebody comes outside the working hours.
    OutsideHours,
    /// Against: a buffer is cut.
    CutsBuffer,
    /// Against: it lies on a focus block.
    TakesFocusBlock,
    /// Against: it lies on a tentative (or otherwise avoided) time.
    OverTentative,
    /// Against: no lunch is left.
    TakesLunch,
    /// Against: a free span of at least [`super::FOCUS`] is broken into shorter ones.
    BreaksFocus,
    /// Against: somebody optional cannot come.
    WithoutOptional,
    /// For: everybody works then.
    InsideHours,
    /// For: all buffers are kept.
    KeepsBuffers,
    /// For: a span for focus stays whole.
    KeepsFocus,
    /// For: lunch stays free.
    KeepsLunch,
    /// For: the fairest turn of the pool.
    FairTurn,
    /// For: nothing that is as good is earlier.
    Earliest,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The best first; fewer than asked for where no more fit, none where nothing does.
    pub slots: Vec<Slot>,
    /// What blocks, the most first; only where there is no slot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blockers: Vec<Blocker>,
    /// What would give a slot, the mildest first; only where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relaxations: Vec<Relaxation>,
}

/// What keeps a time from being a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u16)]
pub enum Constraint {
    /// Not one of the asked days of the week.
    Weekdays = 1,
    /// Before `not_before`, or ends after `not_after`.
    TimesOfDay = 1 << 1,
    /// A buffer would be cut.
    Buffer = 1 << 2,
    /// Outside working hours.
    Hours = 1 << 3,
    /// Too many meetings on that day.
    DailyMeetings = 1 << 4,
    /// Too many minutes of meetings on that day.
    DailyMinutes = 1 << 5,
    /// Too soon.
    Notice = 1 << 6,
    /// In somebody's quiet hours.
    Quiet = 1 << 7,
    /// Somebody's time is taken.
    Busy = 1 << 8,
}

impl Constraint {
    /// All of them, those that are mildest to relax first.
    pub const ALL: [Self; 9] = [
        Self::Weekdays,
        Self::TimesOfDay,
        Self::Buffer,
        Self::Hours,
        Self::DailyMeetings,
        Self::DailyMinutes,
        Self::Notice,
        Self::Quiet,
        Self::Busy,
    ];

    pub(crate) const fn bit(self) -> u16 {
        self as u16
    }

    /// Noun for a text.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Weekdays => "the days of the week",
            Self::TimesOfDay => "the times of day",
            Self::Buffer => "buffers",
            Self::Hours => "working hours",
            Self::DailyMeetings => "the daily limit of meetings",
            Self::DailyMinutes => "the daily limit of minutes",
            Self::Notice => "the minimum notice",
            Self::Quiet => "quiet hours",
            Self::Busy => "busy time",
        }
    }
}

/// How much one constraint of one person keeps away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocker {
    /// Whose, by id; absent where it is the request's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Which.
    pub constraint: Constraint,
    /// How many of the possible starts it blocks, alone or with others.
    pub starts: u32,
    /// In English.
    pub text: String,
}

/// One thing that would be enough to get a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relaxation {
    /// What to do.
    pub kind: RelaxationKind,
    /// The constraint to give up, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<Constraint>,
    /// Whom it is about, by id, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<String>,
    /// How many starts it would open.
    pub starts: u32,
    /// The first slot that it would open; of working hours the one that asks least.
    pub first: Span,
    /// In English.
    pub text: String,
}

/// Kinds of relaxations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelaxationKind {
    /// Give up one constraint, for the people named.
    Constraint,
    /// Meet without the one named.
    Without,
    /// Half as long.
    Shorter,
}
