//! CalDAV (RFC 4791, RFC 6578, RFC 6638, RFC 6764), sans-IO: requests as values, and what their answers say.
//!
//! Requests are without credentials: whoever sends one adds `authorization` (see [`basic`]), and follows no redirect on its own.
//! Servers differ in statuses; what is asked for is the precondition that they name ([`failure`]).

mod address;
mod answer;
mod discover;
mod freebusy;
mod resource;
mod sync;
mod xml;

pub use address::{join, path, resource_path, same_origin};
pub use answer::failure;
pub use discover::{
    Access, Collection, Found, Principal, calendar_request, calendars, calendars_request, homes, homes_request,
    principal, principal_request, well_known,
};
pub use freebusy::{Recipient, free_busy, free_busy_request, outbox, outbox_request};
pub use resource::{
    Condition, Resource, Resources, Written, delete_request, get_request, got, move_request, multiget_request,
    put_request, query_request, resources, text, written,
};
pub use sync::{Changes, Version, changes, changes_request, difference, versions, versions_request};

use crate::http::{Request, Response};
use attune_domain::Secret;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

const ICS: &str = "text/calendar";

/// The value of `authorization` for a name and an app password (RFC 7617).
pub fn basic(user: &str, password: &Secret<String>) -> Secret<String> {
    let encoded = BASE64_STANDARD.encode(format!("{user}:{}", password.expose()));
    Secret::new(format!("Basic {encoded}"))
}

fn call(method: &'static str, url: &str, headers: Vec<(&'static str, String)>, body: String) -> Request {
    Request { method, url: url.to_owned(), headers, body: body.into_bytes() }
}

fn xml_call(method: &'static str, url: &str, depth: &str, name: &str, inner: &str) -> Request {
    let headers = vec![("content-type", "application/xml; charset=utf-8".to_owned()), ("depth", depth.to_owned())];
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<{name} xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\" \
         xmlns:s=\"http://calendarserver.org/ns/\" xmlns:a=\"http://apple.com/ns/ical/\">{inner}</{name}>"
    );
    call(method, url, headers, body)
}

fn propfind(url: &str, depth: &str, properties: &str) -> Request {
    xml_call("PROPFIND", url, depth, "d:propfind", &format!("<d:prop>{properties}</d:prop>"))
}

fn report(url: &str, depth: &str, name: &str, inner: &str) -> Request {
    xml_call("REPORT", url, depth, name, inner)
}

/// Where a redirect leads to, absolute.
fn redirect(url: &str, response: &Response) -> Option<String> {
    matches!(response.status, 301 | 302 | 303 | 307 | 308).then_some(())?;
    join(url, response.header("location")?)
}
