//! Reading events (RFC 4791, sections 7.8 and 7.9) and changing them (section 5.3).

use super::address::{join, path};
use super::answer::{Multistatus, failure, multistatus};
use super::xml::{Ns, escape};
use super::{ICS, call, report};
use crate::event::Item;
use crate::failure::{Failure, Reason};
use crate::http::{Request, Response};
use crate::ics;
use jiff::Timestamp;
use serde_json::Value;

/// Member of the first event's `rest`: content lines of the VCALENDAR that are neither the standard's nor ours.
const CALENDAR: &str = "calendar";

/// A resource as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// In the one spelling of [`path`]; also the `id` of `item`.
    pub path: String,
    /// DAV:getetag.
    pub etag: Option<String>,
    /// CALDAV:schedule-tag (RFC 6638, section 3.2.10): changes only with what matters to the organizer.
    pub schedule_tag: Option<String>,
    /// Its events; `None` when there are none (a task), or none that can be read.
    pub item: Option<Item>,
    /// What could not be read.
    pub faults: Vec<ics::Fault>,
}

/// Resources that were asked for by path.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resources {
    /// What is there.
    pub found: Vec<Resource>,
    /// What is not there (any more); paths.
    pub gone: Vec<String>,
    /// The server left something out (a 507 for the collection).
    pub truncated: bool,
}

/// Reads the text of a resource.
fn resource(path: String, etag: Option<String>, schedule_tag: Option<String>, text: &[u8]) -> Resource {
    let calendar = ics::read(text);
    // a resource is of one UID (section 4.1); where it is not, all of it is one item nevertheless: it is written whole
    let mut events: Vec<_> = calendar.items.into_iter().flat_map(|item| item.events).collect();
    if let Some(first) = events.first_mut()
        && !calendar.properties.is_empty()
    {
        let lines = calendar.properties.into_iter().map(Value::String).collect();
        first.rest.insert(CALENDAR.to_owned(), Value::Array(lines));
    }
    let item = (!events.is_empty()).then(|| Item { id: path.clone(), etag: etag.clone(), series: None, events });
    Resource { path, etag, schedule_tag, item, faults: calendar.faults }
}

/// The text of a resource. DTSTAMP is `stamp`.
pub fn text(item: &Item, stamp: Timestamp) -> String {
    let lines = item.events.first().and_then(|event| event.rest.get(CALENDAR)).and_then(Value::as_array);
    let properties: Vec<&str> = lines.into_iter().flatten().filter_map(Value::as_str).collect();
    let head = ics::Head { prodid: ics::PRODID, properties: &properties, ..ics::Head::default() };
    ics::write_with(head, &item.events, stamp)
}

const WANTED: &str = "<d:prop><d:getetag/><c:schedule-tag/><c:calendar-data/></d:prop>";

/// Asks for resources by path. Not too many at once: 100 is a good number.
pub fn multiget_request(collection: &str, paths: &[&str]) -> Request {
    let hrefs: String = paths.iter().map(|path| format!("<d:href>{}</d:href>", escape(path))).collect();
    report(collection, "1", "c:calendar-multiget", &format!("{WANTED}{hrefs}"))
}

/// Asks for the events that overlap a time (UTC; the end is exclusive), recurring ones by any of their instances.
pub fn query_request(collection: &str, start: Timestamp, end: Timestamp) -> Request {
    let filter = format!(
        "<c:filter><c:comp-filter name=\"VCALENDAR\"><c:comp-filter name=\"VEVENT\">\
         <c:time-range start=\"{}\" end=\"{}\"/></c:comp-filter></c:comp-filter></c:filter>",
        ics::stamp(start),
        ics::stamp(end)
    );
    report(collection, "1", "c:calendar-query", &format!("{WANTED}{filter}"))
}

/// Reads the answer to either.
///
/// # Errors
/// [`Failure`].
pub fn resources(response: &Response) -> Result<Resources, Failure> {
    let Multistatus { entries, .. } = multistatus(response)?;
    let mut all = Resources::default();
    for entry in entries {
        match entry.status {
            Some(404 | 410) => all.gone.push(entry.path),
            Some(507) => all.truncated = true,
            Some(status) if status >= 400 => return Err(entry.failure(status)),
            _ => {
                let text = entry.prop(Ns::Cal, "calendar-data").map(|node| node.raw().as_bytes().to_vec());
                let (etag, tag) = (entry.text(Ns::Dav, "getetag"), entry.text(Ns::Cal, "schedule-tag"));
                match text {
                    Some(text) => all.found.push(resource(entry.path, etag, tag, &text)),
                    // the properties are there and the text is not: it cannot be had
                    None => all.found.push(Resource {
                        path: entry.path,
                        etag,
                        schedule_tag: tag,
                        item: None,
                        faults: Vec::new(),
                    }),
                }
            }
        }
    }
    Ok(all)
}

/// Asks for one resource.
pub fn get_request(url: &str) -> Request {
    call("GET", url, vec![("accept", ICS.to_owned())], String::new())
}

/// Reads the answer.
///
/// # Errors
/// [`Failure`].
pub fn got(url: &str, response: &Response) -> Result<Resource, Failure> {
    if response.status != 200 {
        return Err(failure(response));
    }
    let header = |name| response.header(name).map(str::to_owned);
    Ok(resource(path(url), header("etag"), header("schedule-tag"), &response.body))
}

/// When a change is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition<'a> {
    /// Nothing is there: `If-None-Match: *`.
    Absent,
    /// This version is there: `If-Match`.
    Version(&'a str),
    /// What matters to the organizer has not changed since: `If-Schedule-Tag-Match` (RFC 6638, section 8.3). For an answer to an
    /// invitation: other attendees' answers come in all the time.
    ScheduleTag(&'a str),
}

impl Condition<'_> {
    fn header(self) -> (&'static str, String) {
        match self {
            Self::Absent => ("if-none-match", "*".to_owned()),
            Self::Version(etag) => ("if-match", etag.to_owned()),
            Self::ScheduleTag(tag) => ("if-schedule-tag-match", tag.to_owned()),
        }
    }
}

/// Writes a resource, [`text`] of an item, new or in place of a version.
pub fn put_request(url: &str, text: String, condition: Condition) -> Request {
    call("PUT", url, vec![("content-type", format!("{ICS}; charset=utf-8")), condition.header()], text)
}

/// A change that is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// The new version. `None` where the server gave none: it may have changed what was written, and it has to be read back
    /// (RFC 4791, section 5.3.4).
    pub etag: Option<String>,
    /// The new schedule tag.
    pub schedule_tag: Option<String>,
}

/// Reads the answer to PUT, DELETE or MOVE.
///
/// # Errors
/// [`Failure::Conflict`] when the condition does not hold, or the UID is another resource's; [`Failure`].
pub fn written(response: &Response) -> Result<Written, Failure> {
    if !matches!(response.status, 200 | 201 | 204) {
        return Err(failure(response));
    }
    let header = |name| response.header(name).map(str::to_owned);
    Ok(Written { etag: header("etag"), schedule_tag: header("schedule-tag") })
}

/// Deletes a version of a resource. Whoever gets [`Failure::NotFound`] has what they wanted.
pub fn delete_request(url: &str, condition: Condition) -> Request {
    call("DELETE", url, vec![condition.header()], String::new())
}

/// Moves a resource to another collection of the same server, where nothing is in its place.
///
/// # Errors
/// [`Failure::GiveUp`] when `to`, an address or a path, is not on the server of `from`.
pub fn move_request(from: &str, to: &str, etag: &str) -> Result<Request, Failure> {
    let there = join(from, to).filter(|to| super::same_origin(from, to));
    let there = there.ok_or_else(|| Failure::give_up(Reason::Invalid, "destination"))?;
    let headers = vec![("destination", there), ("overwrite", "F".to_owned()), ("if-match", etag.to_owned())];
    Ok(call("MOVE", from, headers, String::new()))
}
