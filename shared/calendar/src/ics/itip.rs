//! Messages about events (iTIP, RFC 5546).

use super::calendar::{Head, PRODID, write_with};
use super::people::partstat;
use crate::event::{Attendee, Event, Response};
use jiff::Timestamp;

/// Why there is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoMessage {
    /// Nobody to send it to.
    #[error("the event has no organizer")]
    NoOrganizer,
    /// Whoever answers was not asked. Another may answer for an address of theirs: the caller finds the one that was asked.
    #[error("the event has no attendee of this address")]
    NotInvited,
}

/// The answer of an attendee to an invitation (RFC 5546, section 3.2.3): METHOD:REPLY with what identifies the event, the organizer,
/// and of the attendees only this one. For an override it is the answer for that instance.
///
/// # Errors
/// [`NoMessage`].
pub fn reply(event: &Event, attendee: &str, response: Response, now: Timestamp) -> Result<String, NoMessage> {
    if event.organizer.is_none() {
        return Err(NoMessage::NoOrganizer);
    }
    let same = |known: &&Attendee| known.person.email.eq_ignore_ascii_case(attendee);
    let mut answering = event.attendees.iter().find(same).cloned().ok_or(NoMessage::NotInvited)?;
    answering.response = response;
    for name in ["PARTSTAT", "RSVP"] {
        answering.rest.remove(name);
    }
    if response == Response::NeedsAction {
        // the absence of PARTSTAT would say the same, but not to everybody
        answering.rest.insert("PARTSTAT".to_owned(), partstat(response).into());
    }
    // what says which event it is and who answers; notes, alarms and the other attendees are nobody's business
    let mut answer = super::event::blank(event.start.clone());
    answer.uid.clone_from(&event.uid);
    answer.end = event.end.clone();
    answer.recurrence_id.clone_from(&event.recurrence_id);
    answer.this_and_future = event.this_and_future;
    answer.sequence = event.sequence;
    answer.summary.clone_from(&event.summary);
    answer.organizer.clone_from(&event.organizer);
    answer.attendees = vec![answering];
    Ok(write_with(Head { method: Some("REPLY"), prodid: PRODID, ..Head::default() }, [&answer], now))
}

/// The METHOD of a message that the organizer sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// An invitation, or a change of one (section 3.2.2).
    Request,
    /// The event, or an instance, does not take place (section 3.2.5); its STATUS says so.
    Cancel,
    /// For information (section 3.2.1).
    Publish,
}

/// A message of the organizer about events of one UID.
pub fn message(method: Method, events: &[Event], now: Timestamp) -> String {
    let method = match method {
        Method::Request => "REQUEST",
        Method::Cancel => "CANCEL",
        Method::Publish => "PUBLISH",
    };
    write_with(Head { method: Some(method), prodid: PRODID, ..Head::default() }, events, now)
}
