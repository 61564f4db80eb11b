//! VFREEBUSY (RFC 5545, section 3.6.4): the question and the answer.

use super::calendar::{Head, PRODID, begin, folded};
use super::fault::{Fault, Reason, report};
use super::people;
use super::time::{self, Value};
use super::tree::parse;
use super::zones::Zones;
use crate::event::{Busy, Person};
use crate::when::When;
use jiff::Timestamp;
use std::fmt::Write;

/// A time that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// From.
    pub start: Timestamp,
    /// Until; after `start`.
    pub end: Timestamp,
    /// FBTYPE. [`Busy::Free`] is among them: a server may say so.
    pub busy: Busy,
}

/// The free/busy of somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FreeBusy {
    /// In the order of the file.
    pub periods: Vec<Period>,
    /// Periods that could not be read: the answer is not whole.
    pub faults: Vec<Fault>,
}

/// Reads all VFREEBUSY of a file.
pub fn read_free_busy(file: &[u8]) -> FreeBusy {
    let tree = parse(file);
    let mut answer = FreeBusy { periods: Vec::new(), faults: tree.faults };
    let inner = tree.components.iter().flat_map(|outer| std::iter::once(outer).chain(&outer.components));
    for component in inner.filter(|component| component.is("VFREEBUSY")) {
        for property in component.properties.iter().filter(|property| property.is("FREEBUSY")) {
            let busy = match property.param("FBTYPE").map(|kind| kind.to_ascii_uppercase()).as_deref() {
                Some("FREE") => Busy::Free,
                Some("BUSY-TENTATIVE") => Busy::Tentative,
                Some("BUSY-UNAVAILABLE") => Busy::OutOfOffice,
                // every other word counts as busy (section 3.2.9)
                _ => Busy::Busy,
            };
            for text in property.value().split(',').filter(|text| !text.trim().is_empty()) {
                match period(text) {
                    Some((start, end)) => answer.periods.push(Period { start, end, busy }),
                    None => report(&mut answer.faults, property.line, None, Reason::Unreadable("FREEBUSY")),
                }
            }
        }
    }
    answer
}

/// A PERIOD in UTC.
fn period(text: &str) -> Option<(Timestamp, Timestamp)> {
    let (start, end) = text.split_once('/')?;
    let Some(Value::Utc(start)) = time::value(start) else { return None };
    let end = match (time::duration(end), time::value(end)) {
        (Some(long), _) => match long.after(&When::Utc(start), &mut Zones::default())? {
            When::Utc(end) => end,
            _ => return None,
        },
        (None, Some(Value::Utc(end))) => end,
        _ => return None,
    };
    (start < end).then_some((start, end))
}

/// Asks for the free/busy of attendees (RFC 5546, section 3.3.2; RFC 6638, section 5): a VFREEBUSY with METHOD:REQUEST.
pub fn free_busy_request(
    uid: &str,
    organizer: &Person,
    attendees: &[Person],
    (start, end): (Timestamp, Timestamp),
    now: Timestamp,
) -> String {
    let mut lines = String::new();
    begin(&Head { method: Some("REQUEST"), prodid: PRODID, ..Head::default() }, &mut lines);
    lines.push_str("BEGIN:VFREEBUSY\n");
    let _ = writeln!(lines, "UID:{}\nDTSTAMP:{}", uid.replace(char::is_control, " "), time::stamp(now));
    let _ = writeln!(lines, "DTSTART:{}\nDTEND:{}", time::stamp(start), time::stamp(end));
    people::put("ORGANIZER", organizer, None, &mut lines);
    attendees.iter().for_each(|attendee| people::put("ATTENDEE", attendee, None, &mut lines));
    lines.push_str("END:VFREEBUSY\nEND:VCALENDAR\n");
    folded(&lines)
}
