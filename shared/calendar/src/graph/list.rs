//! The answers that hold calendars and events.

use super::event::read_with;
use super::{check, read, zone};
use crate::event::Item;
use crate::failure::Failure;
use crate::http::Response;
use crate::page::{Access, Calendar, Next, Page};
use crate::wire::{self, Zones};
use crate::zone::Zone;
use serde_json::{Map, Value};

/// A page of events: of a delta, or of `instances`. A delta's last page ends in [`Next::Done`], and one that does not
/// is to be taken as a failure by whoever asked for one; a list of instances ends in [`Next::End`].
///
/// `removed` are ids under `@removed`: deleted events, and ones that lie outside of the window and may never have
/// been known.
///
/// # Errors
/// [`super::failure`]; or the answer is no list.
pub fn events(response: &Response, home: &Zone) -> Result<Page, Failure> {
    check(response)?;
    let zones = Zones::new(home, zone::resolve);
    let mut body = wire::object(response)?;
    let mut page = Page { items: vec![], removed: vec![], unreadable: vec![], next: next(&body) };
    for object in values(&mut body)? {
        let id = object.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        if object.contains_key("@removed") {
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

/// An event: the answer of `get`, `create`, `update`.
///
/// # Errors
/// [`super::failure`]; or the answer is no event.
pub fn event(response: &Response, home: &Zone) -> Result<Item, Failure> {
    check(response)?;
    read(wire::object(response)?, home).map_err(|_| wire::unreadable())
}

/// A page of calendars.
///
/// # Errors
/// [`super::failure`]; or the answer is no list.
pub fn calendars(response: &Response) -> Result<Page<Calendar>, Failure> {
    check(response)?;
    let mut body = wire::object(response)?;
    let mut page = Page { items: vec![], removed: vec![], unreadable: vec![], next: next(&body) };
    for object in values(&mut body)? {
        let text =
            |name: &str| object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        let flag = |name: &str| object.get(name).and_then(Value::as_bool).unwrap_or_default();
        let Some(id) = text("id") else {
            page.unreadable.push(String::new());
            continue;
        };
        page.items.push(Calendar {
            id,
            name: text("name").unwrap_or_default(),
            color: text("hexColor"),
            zone: None,
            access: match (flag("canShare"), flag("canEdit")) {
                (true, true) => Access::Owner,
                (_, true) => Access::Write,
                (_, false) => Access::Read,
            },
            primary: flag("isDefaultCalendar"),
            owner: object.get("owner").and_then(|owner| owner.get("address")?.as_str()).map(str::to_owned),
            conference: text("defaultOnlineMeetingProvider").filter(|kind| kind != "unknown"),
        });
    }
    Ok(page)
}

fn next(body: &Map<String, Value>) -> Next {
    let link = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    link("@odata.nextLink").map(Next::More).or_else(|| link("@odata.deltaLink").map(Next::Done)).unwrap_or(Next::End)
}

fn values(body: &mut Map<String, Value>) -> Result<impl Iterator<Item = Map<String, Value>>, Failure> {
    let Some(Value::Array(values)) = body.remove("value") else { return Err(wire::unreadable()) };
    Ok(values.into_iter().map(|value| if let Value::Object(object) = value { object } else { Map::new() }))
}
