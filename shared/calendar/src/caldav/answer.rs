//! What all answers have in common: multistatus (RFC 4918, section 13) and errors.

use super::address;
use super::xml::{Node, Ns, parse};
use crate::failure::{Failure, Reason};
use crate::http::Response;

/// A DAV:multistatus.
pub(crate) struct Multistatus {
    pub entries: Vec<Entry>,
    /// DAV:sync-token at its end (RFC 6578, section 6.2).
    pub sync_token: Option<String>,
}

/// A DAV:response.
pub(crate) struct Entry {
    /// [`address::path`] of its href.
    pub path: String,
    /// The href as written.
    pub href: String,
    /// Of the whole resource, where it says so.
    pub status: Option<u16>,
    /// The properties that are there.
    pub props: Vec<Node>,
    /// Preconditions of DAV:error.
    pub errors: Vec<String>,
}

impl Entry {
    pub fn prop(&self, ns: Ns, name: &str) -> Option<&Node> {
        self.props.iter().find(|node| node.is(ns, name))
    }

    pub fn text(&self, ns: Ns, name: &str) -> Option<String> {
        self.prop(ns, name).and_then(Node::text).map(str::to_owned)
    }

    /// DAV:href within a property.
    pub fn href_of(&self, ns: Ns, name: &str) -> Option<&str> {
        self.prop(ns, name).and_then(|node| node.child(Ns::Dav, "href")).and_then(Node::text)
    }
}

impl Entry {
    /// What the status of this one resource means.
    pub fn failure(&self, status: u16) -> Failure {
        let response = Response { status, ..Response::default() };
        let known = self.errors.iter().find_map(|condition| by_condition(condition, &response));
        known.unwrap_or_else(|| by_status(&response, ""))
    }
}

/// `HTTP/1.1 200 OK`
fn status(node: &Node) -> Option<u16> {
    node.child(Ns::Dav, "status")?.text()?.split_ascii_whitespace().nth(1)?.parse().ok()
}

fn errors(node: &Node) -> impl Iterator<Item = String> {
    node.children(Ns::Dav, "error").flat_map(|error| &error.children).map(|condition| condition.name.clone())
}

/// Reads a 207.
pub(crate) fn multistatus(response: &Response) -> Result<Multistatus, Failure> {
    if response.status != 207 {
        return Err(failure(response));
    }
    let unreadable = || Failure::give_up(Reason::Unreadable, "multistatus");
    let root = parse(&response.body).filter(|root| root.is(Ns::Dav, "multistatus")).ok_or_else(unreadable)?;
    let mut sync_token = None;
    let mut entries = Vec::new();
    for node in root.children {
        if node.is(Ns::Dav, "sync-token") {
            sync_token = node.text().map(str::to_owned);
        } else if node.is(Ns::Dav, "response") {
            entries.extend(entry(node));
        }
    }
    Ok(Multistatus { entries, sync_token })
}

/// The responses to a PROPFIND. Some servers say with 207 that what was asked for is not there.
pub(crate) fn listing(response: &Response) -> Result<Vec<Entry>, Failure> {
    let entries = multistatus(response)?.entries;
    if let [only] = entries.as_slice()
        && let Some(status) = only.status.filter(|status| *status >= 400)
    {
        return Err(only.failure(status));
    }
    Ok(entries)
}

fn entry(node: Node) -> Option<Entry> {
    let href = node.child(Ns::Dav, "href")?.text()?.to_owned();
    let status_of_all = status(&node);
    let errors = errors(&node).collect();
    let mut props = Vec::new();
    for stat in node.children.into_iter().filter(|node| node.is(Ns::Dav, "propstat")) {
        if status(&stat).is_none_or(|status| (200..300).contains(&status)) {
            let found = stat.children.into_iter().filter(|node| node.is(Ns::Dav, "prop"));
            props.extend(found.flat_map(|prop| prop.children));
        }
    }
    Some(Entry { path: address::path(&href), href, status: status_of_all, props, errors })
}

/// The preconditions of an answer that failed (RFC 4918, section 16).
pub(crate) fn preconditions(response: &Response) -> Vec<String> {
    let root = parse(&response.body).filter(|root| root.is(Ns::Dav, "error"));
    root.map(|root| root.children.into_iter().map(|condition| condition.name).collect()).unwrap_or_default()
}

/// What an answer that is no success means. The precondition decides, for servers give different statuses with the same one; the
/// status decides where there is none that is known.
pub fn failure(response: &Response) -> Failure {
    let conditions = preconditions(response);
    let known = conditions.iter().find_map(|condition| by_condition(condition, response));
    known.unwrap_or_else(|| by_status(response, conditions.first().map_or("", String::as_str)))
}

pub(crate) fn by_condition(condition: &str, response: &Response) -> Option<Failure> {
    let give_up = |reason| Some(Failure::give_up(reason, condition));
    match condition {
        "valid-sync-token" => Some(Failure::FullResync),
        // another resource has the UID; or somebody else is at it
        "no-uid-conflict" | "unique-scheduling-object-resource" | "resource-must-be-null" => Some(Failure::Conflict),
        "lock-token-submitted" | "no-conflicting-lock" => Some(Failure::retry(response)),
        "number-of-matches-within-limits"
        | "max-resource-size"
        | "max-instances"
        | "max-attendees-per-instance"
        | "quota-not-exceeded"
        | "sufficient-disk-space" => give_up(Reason::TooLarge),
        "supported-calendar-data"
        | "valid-calendar-data"
        | "valid-calendar-object-resource"
        | "supported-calendar-component"
        | "calendar-collection-location-ok"
        | "min-date-time"
        | "max-date-time"
        | "supported-filter"
        | "valid-filter"
        | "supported-collation"
        | "same-organizer-in-all-components"
        | "supported-address-data"
        | "propfind-finite-depth" => give_up(Reason::Invalid),
        "need-privileges"
        | "allowed-organizer-scheduling-object-change"
        | "allowed-attendee-scheduling-object-change"
        | "organizer-allowed"
        | "originator-allowed"
        | "recipient-permissions"
        | "cannot-modify-protected-property" => give_up(Reason::Forbidden),
        "supported-report" | "sync-traversal-supported" => give_up(Reason::Unsupported),
        _ => None,
    }
}

fn by_status(response: &Response, condition: &str) -> Failure {
    let code;
    let detail = if condition.is_empty() {
        code = response.status.to_string();
        &code
    } else {
        condition
    };
    match response.status {
        401 => Failure::Reauthorize,
        403 => Failure::give_up(Reason::Forbidden, detail),
        404 | 410 => Failure::NotFound,
        405 | 415 | 501 => Failure::give_up(Reason::Unsupported, detail),
        409 | 412 => Failure::Conflict,
        413 | 414 | 507 => Failure::give_up(Reason::TooLarge, detail),
        408 | 423 | 425 | 429 | 500 | 502..=504 => Failure::retry(response),
        200..300 => Failure::give_up(Reason::Unreadable, detail),
        _ => Failure::give_up(Reason::Invalid, detail),
    }
}
