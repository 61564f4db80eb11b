//! From an address to calendars (RFC 6764; RFC 5397; RFC 4791, section 6.2.1).
//!
//! [`well_known`] or an address that somebody typed → [`principal`] → [`homes`] → [`calendars`].

use super::address::join;
use super::answer::{Entry, listing};
use super::xml::{Node, Ns};
use super::{propfind, redirect};
use crate::failure::{Failure, Reason};
use crate::http::{Request, Response};

/// Where a search goes on, or what it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<T> {
    /// Ask there in the same way: a redirect, or a principal elsewhere. Absolute. It may be another server; credentials may go there
    /// only when its scheme is https and the person's address or the server's own word leads there: the caller bounds the steps.
    Elsewhere(String),
    /// Found.
    Here(T),
}

/// The address at which a server says where its calendars are: `origin` is `https://host` (RFC 6764, section 5).
pub fn well_known(origin: &str) -> String {
    format!("{}/.well-known/caldav", origin.trim_end_matches('/'))
}

/// Asks a resource for the principal of whoever asks.
pub fn principal_request(url: &str) -> Request {
    propfind(url, "0", "<d:current-user-principal/><d:principal-URL/><d:resourcetype/>")
}

/// Reads the answer: the address of the principal.
///
/// # Errors
/// [`Failure`]; [`Failure::NotFound`] when the resource knows no principal.
pub fn principal(url: &str, response: &Response) -> Result<Found<String>, Failure> {
    if let Some(there) = redirect(url, response) {
        return Ok(Found::Elsewhere(there));
    }
    let entries = listing(response)?;
    let href = entries.iter().find_map(|entry| {
        let own =
            entry.href_of(Ns::Dav, "current-user-principal").or_else(|| entry.href_of(Ns::Dav, "principal-URL"))?;
        join(url, own)
    });
    if let Some(principal) = href {
        return Ok(Found::Here(principal));
    }
    let anonymous = |entry: &Entry| {
        entry
            .prop(Ns::Dav, "current-user-principal")
            .is_some_and(|node| node.child(Ns::Dav, "unauthenticated").is_some())
    };
    Err(if entries.iter().any(anonymous) { Failure::Reauthorize } else { Failure::NotFound })
}

/// What a principal says of itself. Addresses are absolute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Principal {
    /// CALDAV:calendar-home-set.
    pub homes: Vec<String>,
    /// CALDAV:calendar-user-address-set: mail addresses without `mailto:`; who the person is among attendees.
    pub addresses: Vec<String>,
    /// CALDAV:schedule-outbox-URL (RFC 6638).
    pub outbox: Option<String>,
    /// DAV:displayname.
    pub name: Option<String>,
}

/// Asks a principal for its homes.
pub fn homes_request(principal: &str) -> Request {
    propfind(
        principal,
        "0",
        "<c:calendar-home-set/><c:calendar-user-address-set/><c:schedule-outbox-URL/><d:displayname/>",
    )
}

/// Reads the answer.
///
/// # Errors
/// [`Failure`]; [`Failure::NotFound`] when the principal has no calendars.
pub fn homes(url: &str, response: &Response) -> Result<Found<Principal>, Failure> {
    if let Some(there) = redirect(url, response) {
        return Ok(Found::Elsewhere(there));
    }
    let mut principal = Principal::default();
    for entry in listing(response)? {
        let hrefs = |name| {
            let nodes = entry.prop(Ns::Cal, name).map(|node| node.children(Ns::Dav, "href"));
            nodes.into_iter().flatten().filter_map(Node::text)
        };
        principal.homes.extend(hrefs("calendar-home-set").filter_map(|href| join(url, href)));
        let mails = hrefs("calendar-user-address-set").filter_map(|href| {
            let (scheme, address) = href.split_at_checked(7)?;
            scheme.eq_ignore_ascii_case("mailto:").then(|| address.to_owned())
        });
        principal.addresses.extend(mails);
        let outbox = entry.href_of(Ns::Cal, "schedule-outbox-URL").and_then(|href| join(url, href));
        principal.outbox = principal.outbox.or(outbox);
        principal.name = principal.name.or_else(|| entry.text(Ns::Dav, "displayname"));
    }
    if principal.homes.is_empty() { Err(Failure::NotFound) } else { Ok(Found::Here(principal)) }
}

/// What the account may do with a calendar (DAV:current-user-privilege-set).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Not even see it.
    None,
    /// CALDAV:read-free-busy.
    FreeBusy,
    /// DAV:read.
    Read,
    /// DAV:write, or the parts of it that change events.
    Write,
}

/// One calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// Its address, absolute.
    pub url: String,
    /// DAV:displayname.
    pub name: Option<String>,
    /// `calendar-color` as `#rrggbb` in small letters.
    pub color: Option<String>,
    /// CALDAV:calendar-description.
    pub description: Option<String>,
    /// [`Access::Write`] where the server does not say.
    pub access: Access,
    /// It may hold VEVENT: it says so, or it does not say.
    pub events: bool,
    /// CS:getctag: another one means that something changed.
    pub ctag: Option<String>,
    /// DAV:sync-token.
    pub sync_token: Option<String>,
    /// It knows the report DAV:sync-collection.
    pub sync: bool,
    /// CALDAV:max-resource-size, bytes.
    pub max_resource_size: Option<u64>,
    /// CALDAV:calendar-timezone: an iCalendar file with a VTIMEZONE, for floating times.
    pub timezone: Option<String>,
}

/// Asks a home for its calendars.
pub fn calendars_request(home: &str) -> Request {
    propfind(home, "1", PROPERTIES)
}

/// Asks a calendar for its own properties: is there anything new (ctag, sync-token)?
pub fn calendar_request(calendar: &str) -> Request {
    propfind(calendar, "0", PROPERTIES)
}

const PROPERTIES: &str = "<d:resourcetype/><d:displayname/><a:calendar-color/><c:calendar-description/>\
<d:current-user-privilege-set/><c:supported-calendar-component-set/><s:getctag/><d:sync-token/><d:supported-report-set/>\
<c:max-resource-size/><c:calendar-timezone/>";

/// Reads the answer to either: collections that are calendars, in the server's order.
///
/// # Errors
/// [`Failure`].
pub fn calendars(url: &str, response: &Response) -> Result<Vec<Collection>, Failure> {
    if redirect(url, response).is_some() {
        return Err(Failure::NotFound);
    }
    let entries = listing(response)?;
    let calendars = entries.iter().filter(|entry| {
        entry.prop(Ns::Dav, "resourcetype").is_some_and(|types| types.child(Ns::Cal, "calendar").is_some())
    });
    calendars.map(|entry| collection(url, entry)).collect()
}

fn collection(base: &str, entry: &Entry) -> Result<Collection, Failure> {
    let url = join(base, &entry.href).ok_or_else(|| Failure::give_up(Reason::Unreadable, "href"))?;
    let components = entry.prop(Ns::Cal, "supported-calendar-component-set");
    let events = components.is_none_or(|set| {
        let mut names = set.children(Ns::Cal, "comp").filter_map(|comp| comp.attribute.as_deref()).peekable();
        names.peek().is_none() || names.any(|name| name.eq_ignore_ascii_case("VEVENT"))
    });
    let sync = entry.prop(Ns::Dav, "supported-report-set").is_some_and(|set| {
        let reports = set.children(Ns::Dav, "supported-report").filter_map(|report| report.child(Ns::Dav, "report"));
        reports.into_iter().any(|report| report.child(Ns::Dav, "sync-collection").is_some())
    });
    Ok(Collection {
        url,
        name: entry.text(Ns::Dav, "displayname"),
        color: entry.text(Ns::Apple, "calendar-color").and_then(|color| color_of(&color)),
        description: entry.text(Ns::Cal, "calendar-description"),
        access: entry.prop(Ns::Dav, "current-user-privilege-set").map_or(Access::Write, access),
        events,
        ctag: entry.text(Ns::Server, "getctag"),
        sync_token: entry.text(Ns::Dav, "sync-token"),
        sync,
        max_resource_size: entry.text(Ns::Cal, "max-resource-size").and_then(|size| size.parse().ok()),
        timezone: entry.text(Ns::Cal, "calendar-timezone"),
    })
}

/// `#rrggbb` of `#RRGGBBAA`.
fn color_of(text: &str) -> Option<String> {
    let digits = text.strip_prefix('#')?.get(..6)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| format!("#{}", digits.to_ascii_lowercase()))
}

/// The most that the privileges allow. To change events takes both: new content for what is there, and new members (bind).
fn access(set: &Node) -> Access {
    let granted = set.children(Ns::Dav, "privilege").flat_map(|privilege| &privilege.children);
    let (mut most, mut content, mut bind) = (Access::None, false, false);
    for privilege in granted {
        let access = if privilege.is(Ns::Dav, "all") || privilege.is(Ns::Dav, "write") {
            Access::Write
        } else if privilege.is(Ns::Dav, "read") {
            Access::Read
        } else if privilege.is(Ns::Cal, "read-free-busy") {
            Access::FreeBusy
        } else {
            Access::None
        };
        content |= privilege.is(Ns::Dav, "write-content");
        bind |= privilege.is(Ns::Dav, "bind");
        most = most.max(access);
    }
    if content && bind { Access::Write } else { most }
}
