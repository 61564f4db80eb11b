//! What could not be read, and why. The rest of the file is read all the same.

/// What could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Fault {
    /// The line of the file, from 1: where the component or property begins.
    pub line: u32,
    /// UID of the event that is missing now, where it has one.
    pub uid: Option<String>,
    /// Why.
    pub reason: Reason,
}

/// Why something could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A line without a name or without a colon. It is passed over.
    #[error("not a property: it has no name or no value")]
    NotAProperty,
    /// A content line longer than [`super::MAX_LINE`]. It is passed over.
    #[error("the line is too long")]
    LineTooLong,
    /// END of a component that is not open. It is passed over.
    #[error("END of a component that has not begun")]
    NotOpen,
    /// Components within components, more than [`super::MAX_DEPTH`] deep. What is inside is passed over.
    #[error("components are nested too deeply")]
    TooDeep,
    /// More than [`super::MAX_COMPONENTS`]. The rest of the file is not read.
    #[error("there are too many components")]
    TooMany,
    /// A property of the event cannot be understood; the event is passed over.
    #[error("{0} cannot be read")]
    Unreadable(&'static str),
    /// The event has no DTSTART; it is passed over.
    #[error("the event has no DTSTART")]
    NoStart,
    /// A TZID that is neither a known name nor explained by a VTIMEZONE; the event is passed over.
    #[error("the time zone of {0} is unknown")]
    UnknownZone(&'static str),
    /// The file has the same event twice; the one with the greater SEQUENCE, or else the first, stays.
    #[error("the event is there twice")]
    Duplicate,
}

/// Faults of one file that are reported, at most.
const MAX: usize = 1000;

/// Adds a fault, unless there are enough of them.
pub(crate) fn report(faults: &mut Vec<Fault>, line: u32, uid: Option<&str>, reason: Reason) {
    if faults.len() < MAX {
        faults.push(Fault { line, uid: uid.map(str::to_owned), reason });
    }
}
