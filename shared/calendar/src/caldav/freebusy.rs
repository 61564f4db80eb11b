//! Free/busy of a calendar (RFC 4791, section 7.10) and of other people (RFC 6638, section 5).

use super::answer::failure;
use super::xml::{Node, Ns, parse};
use super::{ICS, call, report};
use crate::event::Person;
use crate::failure::{Failure, Reason};
use crate::http::{Request, Response};
use crate::ics::{self, FreeBusy};
use jiff::Timestamp;

/// Asks when a calendar is busy. It takes only CALDAV:read-free-busy.
pub fn free_busy_request(collection: &str, start: Timestamp, end: Timestamp) -> Request {
    let range = format!("<c:time-range start=\"{}\" end=\"{}\"/>", ics::stamp(start), ics::stamp(end));
    report(collection, "1", "c:free-busy-query", &range)
}

/// Reads the answer.
///
/// # Errors
/// [`Failure`].
pub fn free_busy(response: &Response) -> Result<FreeBusy, Failure> {
    if response.status != 200 {
        return Err(failure(response));
    }
    Ok(ics::read_free_busy(&response.body))
}

/// Asks the server when people are busy, through the outbox of the one who asks.
pub fn outbox_request(
    outbox: &str,
    uid: &str,
    organizer: &Person,
    attendees: &[Person],
    span: (Timestamp, Timestamp),
    now: Timestamp,
) -> Request {
    let text = ics::free_busy_request(uid, organizer, attendees, span, now);
    call(
        "POST",
        outbox,
        vec![("content-type", format!("{ICS}; charset=utf-8; component=VFREEBUSY; method=REQUEST"))],
        text,
    )
}

/// What the server says of one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The address without `mailto:`.
    pub email: String,
    /// REQUEST-STATUS (RFC 5545, section 3.8.8.3): `2.0;Success`, `3.7;Invalid Calendar User`, …
    pub status: String,
    /// Where the server knows.
    pub free_busy: Option<FreeBusy>,
}

/// Reads the answer of the outbox (CALDAV:schedule-response, section 10.1).
///
/// # Errors
/// [`Failure`].
pub fn outbox(response: &Response) -> Result<Vec<Recipient>, Failure> {
    if response.status != 200 {
        return Err(failure(response));
    }
    let root = parse(&response.body).filter(|root| root.is(Ns::Cal, "schedule-response"));
    let root = root.ok_or_else(|| Failure::give_up(Reason::Unreadable, "schedule-response"))?;
    Ok(root.children(Ns::Cal, "response").filter_map(recipient).collect())
}

fn recipient(node: &Node) -> Option<Recipient> {
    let href = node.child(Ns::Cal, "recipient")?.child(Ns::Dav, "href")?.text()?;
    let email = href
        .split_at_checked(7)
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("mailto:"))
        .map_or(href, |(_, mail)| mail);
    let status = node.child(Ns::Cal, "request-status").and_then(Node::text).unwrap_or_default();
    let data = node.child(Ns::Cal, "calendar-data").filter(|data| data.text().is_some());
    Some(Recipient {
        email: email.to_owned(),
        status: status.to_owned(),
        free_busy: data.map(|data| ics::read_free_busy(data.raw().as_bytes())),
    })
}
