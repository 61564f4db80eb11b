//! What a person wants of the calendar: hours, places, buffers, limits, wishes.

use crate::zone::Zone;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A time of day on the wall, in minutes after midnight, 0 to 1,440; written `"09:30"`, the end of the day `"24:00"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(u16);

/// A text that is no time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a time of day such as \"09:30\", at most \"24:00\"")]
pub struct NoTimeOfDay;

impl TimeOfDay {
    /// Minutes after midnight, at most 1,440 of them.
    pub const fn minutes(minutes: u16) -> Self {
        Self(if minutes < 1_440 { minutes } else { 1_440 })
    }

    /// Hours and minutes.
    pub const fn at(hour: u16, minute: u16) -> Self {
        Self::minutes(hour.saturating_mul(60).saturating_add(minute))
    }

    /// Minutes after midnight.
    pub const fn minute(self) -> u16 {
        self.0
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = NoTimeOfDay;
    fn try_from(text: String) -> Result<Self, NoTimeOfDay> {
        let digit = |b: u8| b.is_ascii_digit().then(|| u16::from(b - b'0')).ok_or(NoTimeOfDay);
        let [a, b, b':', c, d] = *text.as_bytes() else { return Err(NoTimeOfDay) };
        let (hour, minute) = (digit(a)? * 10 + digit(b)?, digit(c)? * 10 + digit(d)?);
        let fits = minute < 60 && hour * 60 + minute <= 1_440;
        fits.then(|| Self::at(hour, minute)).ok_or(NoTimeOfDay)
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the days' names")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl From<jiff::civil::Weekday> for Weekday {
    fn from(day: jiff::civil::Weekday) -> Self {
        use jiff::civil::Weekday as W;
        match day {
            W::Monday => Self::Monday,
            W::Tuesday => Self::Tuesday,
            W::Wednesday => Self::Wednesday,
            W::Thursday => Self::Thursday,
            W::Friday => Self::Friday,
            W::Saturday => Self::Saturday,
            W::Sunday => Self::Sunday,
        }
    }
}

/// From one time of day to another; where `to` is not after `from`, to that time on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Daily {
    /// The beginning.
    pub from: TimeOfDay,
    /// The end, exclusive.
    pub to: TimeOfDay,
}

impl Daily {
    /// Minutes after midnight of the first day: the end may be over 1,440.
    pub const fn minutes(self) -> (u16, u16) {
        let (from, to) = (self.from.0, self.to.0);
        (from, if to > from { to } else { to + 1_440 })
    }
}

/// Working hours on one day of the week; a day may have several, and has none without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hours {
    /// The day on which they begin.
    pub day: Weekday,
    /// From when to when.
    #[serde(flatten)]
    pub time: Daily,
}

/// A person is in another zone on these days: midnight to midnight there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stay {
    /// The first day.
    #[serde(with = "day")]
    pub first: Date,
    /// The last day.
    #[serde(with = "day")]
    pub last: Date,
    /// Where.
    pub zone: Zone,
}

/// Time to work alone that a person would like every week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FocusWish {
    /// How many blocks.
    pub blocks: u8,
    /// Minutes of each.
    pub minutes: u16,
}

/// A time for lunch: so many free minutes in a row between two times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lunch {
    /// Between when and when.
    #[serde(flatten)]
    pub between: Daily,
    /// How many minutes.
    pub minutes: u16,
}

/// A person, as the scheduler sees one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Names the person; unique in a request.
    pub id: String,
    /// The name in explanations.
    pub name: String,
    /// Where the person is at home.
    pub zone: Zone,
    /// Where else, and when. Of two that overlap, the one that begins later holds.
    #[serde(default)]
    pub stays: Vec<Stay>,
    /// Working hours, on the clock where the person is that day. Default: Monday to Friday, 9 to 17.
    #[serde(default = "office_hours")]
    pub hours: Vec<Hours>,
    /// Minutes that stay free before each meeting. They stack: between two meetings there is the first one's `buffer_after` and the
    /// second one's `buffer_before`.
    #[serde(default)]
    pub buffer_before: u16,
    /// Minutes that stay free after each meeting.
    #[serde(default)]
    pub buffer_after: u16,
    /// Minutes from now within which nothing new may begin.
    #[serde(default)]
    pub notice: u32,
    /// Meetings of a day at most.
    #[serde(default)]
    pub max_meetings: Option<u16>,
    /// Minutes of meetings of a day at most.
    #[serde(default)]
    pub max_minutes: Option<u16>,
    /// Time alone that is wanted every week.
    #[serde(default)]
    pub focus: Option<FocusWish>,
    /// Never then, on any day.
    #[serde(default)]
    pub quiet: Vec<Daily>,
    /// Lunch.
    #[serde(default)]
    pub lunch: Option<Lunch>,
}

impl Profile {
    /// Somebody with office hours and no wishes.
    pub fn new(id: impl Into<String>, name: impl Into<String>, zone: Zone) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            zone,
            stays: Vec::new(),
            hours: office_hours(),
            buffer_before: 0,
            buffer_after: 0,
            notice: 0,
            max_meetings: None,
            max_minutes: None,
            focus: None,
            quiet: Vec::new(),
            lunch: None,
        }
    }
}

/// Stays, hours and quiet times that a profile may have; the work of every question grows with them.
pub const MAX_ENTRIES: usize = 100;

/// A profile that nobody can plan with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// See [`MAX_ENTRIES`].
    #[error("at most 100 stays, working hours and quiet hours each")]
    Entries,
    /// A stay ends before it begins.
    #[error("a stay ends before it begins")]
    Stay,
    /// A buffer is longer than a day.
    #[error("buffers take at most 1,440 minutes")]
    Buffer,
}

impl Profile {
    /// Is it one to plan with? To be asked when a profile is stored; planning itself takes any.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&self) -> Result<(), ProfileError> {
        if [self.stays.len(), self.hours.len(), self.quiet.len()].into_iter().any(|length| length > MAX_ENTRIES) {
            return Err(ProfileError::Entries);
        }
        if self.stays.iter().any(|stay| stay.last < stay.first) {
            return Err(ProfileError::Stay);
        }
        if self.buffer_before.max(self.buffer_after) > 1_440 {
            return Err(ProfileError::Buffer);
        }
        Ok(())
    }
}

fn office_hours() -> Vec<Hours> {
    use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
    let time = Daily { from: TimeOfDay::at(9, 0), to: TimeOfDay::at(17, 0) };
    [Monday, Tuesday, Wednesday, Thursday, Friday].map(|day| Hours { day, time }).to_vec()
}

/// A date as `"2026-11-22"`.
pub(crate) mod day {
    use jiff::civil::Date;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(day)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom("expected a date such as \"2026-11-22\""))
    }
}
