//! The answers that hold calendars and events.

use super::event::read_with;
use super::{check, read, time};
use crate::event::Item;
use crate::failure::Failure;
use crate::http::Response;
use crate::page::{Access, Calendar, Next, Page};
use crate::wire::{self, Zones};
use crate::zone::Zone;
use serde_json::{Map, Value};

/// A page of `events.list`. `home` stands in where the answer does not name the calendar's zone.
///
/// # Errors
/// [`super::failure`]; or the answer has neither a `nextPageToken` nor a `nextSyncToken`.
pub fn events(response: &Response, home: &Zone) -> Result<Page, Failure> {
    let page = list(response, home)?;
    if page.next == Next::End { Err(wire::unreadable()) } else { Ok(page) }
}

/// A page of `events.instances`.
///
/// # Errors
/// As [`events`]; but this list ends without a token.
pub fn instances(response: &Response, home: &Zone) -> Result<Page, Failure> {
    list(response, home)
}

/// An event: the answer of `get`, `insert`, `update`, `patch`, `move`.
///
/// # Errors
/// [`super::failure`]; or the answer is no event.
pub fn event(response: &Response, home: &Zone) -> Result<Item, Failure> {
    check(response)?;
    read(wire::object(response)?, home).map_err(|_| wire::unreadable())
}

fn list(response: &Response, home: &Zone) -> Result<Page, Failure> {
    check(response)?;
    let mut body = wire::object(response)?;
    let zone = body.get("timeZone").and_then(Value::as_str).and_then(time::zone);
    let zones = Zones::new(zone.as_ref().unwrap_or(home), time::zone);
    let mut page = Page { items: vec![], removed: vec![], unreadable: vec![], next: next(&body) };
    for object in objects(&mut body)? {
        let text = |name: &str| object.get(name).and_then(Value::as_str);
        let id = text("id").unwrap_or_default().to_owned();
        let cancelled = text("status") == Some("cancelled");
        // a cancelled instance takes its occurrence out of a series that goes on; anything else that is cancelled is gone
        if cancelled && (text("recurringEventId").is_none() || !object.contains_key("originalStartTime")) {
            page.removed.push(id);
            continue;
        }
        match read_with(object, &zones) {
            Ok(item) => page.items.push(item),
            Err(_) => page.unreadable.push(id),
        }
    }
    Ok(page)
}

/// A page of `calendarList.list`.
///
/// # Errors
/// [`super::failure`]; or the answer is no list.
pub fn calendars(response: &Response) -> Result<Page<Calendar>, Failure> {
    check(response)?;
    let mut body = wire::object(response)?;
    let mut page = Page { items: vec![], removed: vec![], unreadable: vec![], next: next(&body) };
    for object in objects(&mut body)? {
        let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
        let flag = |name: &str| object.get(name).and_then(Value::as_bool).unwrap_or_default();
        let Some(id) = text("id") else {
            page.unreadable.push(String::new());
            continue;
        };
        if flag("deleted") {
            page.removed.push(id);
            continue;
        }
        let primary = flag("primary");
        let solutions = object.get("conferenceProperties").and_then(|p| p.get("allowedConferenceSolutionTypes"));
        page.items.push(Calendar {
            name: text("summaryOverride").or_else(|| text("summary")).unwrap_or_default(),
            color: text("backgroundColor"),
            zone: object.get("timeZone").and_then(Value::as_str).and_then(time::zone),
            access: match object.get("accessRole").and_then(Value::as_str) {
                Some("freeBusyReader") => Access::FreeBusy,
                Some("reader") => Access::Read,
                Some("writer") => Access::Write,
                Some("owner") => Access::Owner,
                _ => Access::None,
            },
            primary,
            // the id of the main calendar is the account's address
            owner: primary.then(|| id.clone()),
            conference: solutions.and_then(|all| all.get(0)).and_then(Value::as_str).map(str::to_owned),
            id,
        });
    }
    Ok(page)
}

fn next(body: &Map<String, Value>) -> Next {
    let token = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    // the sync token comes on the last page only: where both are, the list is not at its end
    token("nextPageToken").map(Next::More).or_else(|| token("nextSyncToken").map(Next::Done)).unwrap_or(Next::End)
}

/// The objects of `items`; a list that is absent is empty.
fn objects(body: &mut Map<String, Value>) -> Result<impl Iterator<Item = Map<String, Value>>, Failure> {
    let items = match body.remove("items") {
        Some(Value::Array(items)) => items,
        None => vec![],
        Some(_) => return Err(wire::unreadable()),
    };
    Ok(items.into_iter().map(|item| if let Value::Object(object) = item { object } else { Map::new() }))
}
