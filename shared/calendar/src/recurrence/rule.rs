//! One recurrence rule: RECUR of RFC 5545, section 3.3.10.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};

/// A rule that makes sense by RFC 5545, section 3.3.10: every value in its range, no part where the table says N/A.
///
/// `Display` writes the canonical text: upper case, FREQ first, the parts in the order of the standard's table, values as they were
/// given. Reading that text gives the same rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// FREQ.
    pub freq: Freq,
    /// INTERVAL, at least 1.
    pub interval: u32,
    /// COUNT or UNTIL.
    pub end: End,
    /// BYMONTH, 1 to 12.
    pub by_month: Vec<u8>,
    /// BYWEEKNO, 1 to 53 and -53 to -1.
    pub by_week_no: Vec<i16>,
    /// BYYEARDAY, 1 to 366 and -366 to -1.
    pub by_year_day: Vec<i16>,
    /// BYMONTHDAY, 1 to 31 and -31 to -1.
    pub by_month_day: Vec<i16>,
    /// BYDAY.
    pub by_day: Vec<ByDay>,
    /// BYHOUR, 0 to 23.
    pub by_hour: Vec<u8>,
    /// BYMINUTE, 0 to 59.
    pub by_minute: Vec<u8>,
    /// BYSECOND, 0 to 60; 60 is expanded as 59 (section 3.3.5: no leap seconds here).
    pub by_second: Vec<u8>,
    /// BYSETPOS, 1 to 366 and -366 to -1.
    pub by_set_pos: Vec<i16>,
    /// WKST.
    pub week_start: Weekday,
    /// Parts whose names begin with `X-`, verbatim; RSCALE and SKIP (RFC 7529) where they say what RFC 5545 says.
    pub other: Vec<String>,
}

impl Rule {
    /// A rule with FREQ only.
    pub fn new(freq: Freq) -> Self {
        Self {
            freq,
            interval: 1,
            end: End::Never,
            by_month: Vec::new(),
            by_week_no: Vec::new(),
            by_year_day: Vec::new(),
            by_month_day: Vec::new(),
            by_day: Vec::new(),
            by_hour: Vec::new(),
            by_minute: Vec::new(),
            by_second: Vec::new(),
            by_set_pos: Vec::new(),
            week_start: Weekday::Monday,
            other: Vec::new(),
        }
    }
}

/// FREQ, from the shortest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the standard's words")]
pub enum Freq {
    Secondly,
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// How a rule ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It does not.
    Never,
    /// COUNT, at least 1: that many instances, DTSTART the first of them.
    Count(u32),
    /// UNTIL: the last start that may be.
    Until(Until),
}

/// UNTIL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// A date. Against a DTSTART with a time (which the standard forbids) it means until the end of that day.
    Date(Date),
    /// A local time. Against a zoned DTSTART (forbidden too) it is taken in DTSTART's zone.
    Local(DateTime),
    /// An instant. Against a DTSTART that is a date it means the date that is written.
    Utc(Timestamp),
}

/// A value of BYDAY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByDay {
    /// Which one of the month or the year, 1 to 53 and from the end -53 to -1; 0: every one.
    pub nth: i8,
    /// The day.
    pub weekday: Weekday,
}

/// Why a text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Longer than any rule that says something.
    #[error("a rule is at most {} bytes long", Rule::MAX_BYTES)]
    TooLong,
    /// Not `NAME=value`.
    #[error("{0:?} is not of the form NAME=value")]
    Form(String),
    /// A part that the standard does not know.
    #[error("there is no rule part {0:?}")]
    Unknown(String),
    /// The same part twice.
    #[error("{0} is given twice")]
    Twice(&'static str),
    /// A value that the part cannot have.
    #[error("{part} cannot be {value:?}")]
    Value {
        /// The part.
        part: &'static str,
        /// What it says.
        value: String,
    },
    /// FREQ is missing.
    #[error("FREQ is missing")]
    NoFreq,
    /// A part that goes with other frequencies only.
    #[error("{part} does not go with FREQ={freq}")]
    NotWith {
        /// The part.
        part: &'static str,
        /// The frequency.
        freq: &'static str,
    },
    /// Both of them.
    #[error("COUNT and UNTIL exclude each other")]
    CountAndUntil,
    /// BYSETPOS without a set.
    #[error("BYSETPOS needs another BY part")]
    SetPosAlone,
    /// BYDAY with numbers beside BYWEEKNO.
    #[error("BYDAY has no numbers where BYWEEKNO is given")]
    NumbersWithWeeks,
}
