//! Lists of events, calendar views, instances, and single events (Graph, "List events", "List calendarView", "List instances").

use super::error::Refused;
use super::event::{Prefer, core_of, render};
use super::series::{self, Window};
use super::state::{Calendar, State, Stored};
use crate::provider::{Request, encode, local_of, text, zone};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Page size without `$top`, and the most of it.
const PAGE: usize = 10;
const MOST: usize = 1000;

/// The kind of a stored event.
pub(crate) fn kind(stored: &Stored) -> &'static str {
    match (stored.recurs(), &stored.of) {
        (true, _) => "seriesMaster",
        (false, Some(_)) => "exception",
        (false, None) => "singleInstance",
    }
}

/// An event of a mailbox by its id; the calendar, the core of the id, the event, its kind. Occurrences are worked out.
pub(crate) fn find(state: &State, email: &str, id: &str) -> Result<(String, String, Stored, &'static str), Refused> {
    let core = core_of(id).ok_or_else(|| Refused::new(400, "ErrorInvalidIdMalformed", "Id is malformed."))?;
    let place = state.place_of(email, core).ok_or_else(Refused::not_found)?;
    let calendar = state.calendars.get(&place).ok_or_else(Refused::not_found)?;
    if let Some(stored) = calendar.events.get(core) {
        return Ok((place, core.to_owned(), stored.clone(), kind(stored)));
    }
    let (master, day) = core.split_once('O').ok_or_else(Refused::not_found)?;
    let day = format!(
        "{}-{}-{}",
        day.get(..4).unwrap_or_default(),
        day.get(4..6).unwrap_or_default(),
        day.get(6..).unwrap_or_default()
    );
    let found = calendar.events.get(master).zip(day.parse().ok());
    let found =
        found.and_then(|(stored, day)| series::occurrence(master, stored, day)).ok_or_else(Refused::not_found)?;
    Ok((place, core.to_owned(), found, "occurrence"))
}

/// `startDateTime` and `endDateTime`, whatever the case of their names; without an offset they are UTC.
pub(crate) fn window(request: &Request) -> Result<Window, Refused> {
    let at = |name: &str| {
        let missing = format!(
            "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime: {name}"
        );
        let written = request.param_any_case(name).ok_or_else(|| Refused::parameter(&missing))?;
        let whole = if written.contains('T') { written.to_owned() } else { format!("{written}T00:00:00") };
        whole
            .parse()
            .or_else(|_| format!("{whole}Z").parse::<Timestamp>())
            .map_err(|_| Refused::parameter(&format!("{name} is not valid.")))
    };
    let window = Window { from: at("startDateTime")?, to: at("endDateTime")? };
    if window.from > window.to {
        return Err(Refused::parameter("The StartDateTime must not be later than the EndDateTime."));
    }
    Ok(window)
}

/// `$select` and `$expand` on one event.
pub(crate) fn shape(request: &Request, stored: &Stored, mut told: Value) -> Result<Value, Refused> {
    if let Some(expand) = request.param("$expand") {
        let named = expand.split('\'').nth(1);
        match (expand.starts_with("singleValueExtendedProperties"), named) {
            (true, Some(wanted)) => {
                let all = stored.json["singleValueExtendedProperties"].as_array().cloned().unwrap_or_default();
                // names in one filter are joined by `or`
                let wanted: Vec<&str> = expand.split('\'').skip(1).step_by(2).chain([wanted]).collect();
                let kept: Vec<Value> = all.into_iter().filter(|own| wanted.contains(&text(own, "id"))).collect();
                if !kept.is_empty() {
                    told["singleValueExtendedProperties"] = kept.into();
                }
            }
            _ => return Err(Refused::new(400, "BadRequest", "The $expand is not supported.")),
        }
    }
    if let (Some(select), Some(event)) = (request.param("$select"), told.as_object_mut()) {
        let kept: Vec<&str> = select.split(',').map(str::trim).collect();
        event.retain(|name, _| {
            kept.contains(&name.as_str())
                || name.contains('@')
                || name == "id"
                || name == "singleValueExtendedProperties"
        });
    }
    Ok(told)
}

/// `GET …/events/{id}`.
pub(crate) fn get(state: &State, request: &Request, email: &str, id: &str) -> Result<Value, Refused> {
    let prefer = Prefer::of(request)?;
    let (place, core, stored, kind) = find(state, email, id)?;
    let calendar = state.calendars.get(&place).ok_or_else(Refused::not_found)?;
    let mut told = render(calendar, &core, &stored, kind, &prefer);
    // "returned only on $select in a GET operation"
    if request.param("$select").is_some_and(|select| select.contains("cancelledOccurrences")) {
        let ids = stored.cancelled.iter().map(|day| format!("OID.{}.{day}", prefer.id(&core)));
        told["cancelledOccurrences"] = ids.collect::<Vec<_>>().into();
    }
    shape(request, &stored, told)
}

fn page(state_url: &str, request: &Request, all: Vec<Value>) -> Result<Value, Refused> {
    let number = |name: &str, default: usize| match request.param(name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| Refused::new(400, "BadRequest", &format!("Invalid value for {name}."))),
    };
    let (top, skip) = (number("$top", PAGE)?, number("$skip", 0)?);
    if top == 0 || top > MOST {
        return Err(Refused::new(400, "ErrorInvalidParameter", "$top is between 1 and 1000."));
    }
    let count = all.len();
    let value: Vec<Value> = all.into_iter().skip(skip).take(top).collect();
    let mut told = json!({"@odata.context": format!("{state_url}/v1.0/$metadata#Collection(event)"), "value": value});
    if skip + top < count {
        let others = request.query.iter().filter(|(name, _)| name != "$skip" && name != "$top");
        let others: String = others.map(|(name, value)| format!("{name}={}&", encode(value))).collect();
        told["@odata.nextLink"] = format!("{state_url}{}?{others}$top={top}&$skip={}", request.path, skip + top).into();
    }
    Ok(told)
}

/// `GET …/events`: singles and masters, exceptions and occurrences are not listed.
pub(crate) fn list(url: &str, request: &Request, calendars: &[&Calendar]) -> Result<Value, Refused> {
    let prefer = Prefer::of(request)?;
    let filter = request.param("$filter");
    let wanted = match filter.map(|filter| (filter.split(" eq '").next(), filter.split('\'').nth(1))) {
        None => None,
        Some((Some("iCalUId"), Some(value))) => Some(value.to_owned()),
        Some(_) => {
            return Err(Refused::new(
                400,
                "ErrorInvalidUrlQueryFilter",
                "The query filter contains one or more invalid nodes.",
            ));
        }
    };
    let mut all = Vec::new();
    for calendar in calendars {
        for (core, stored) in calendar.events.iter().filter(|(_, stored)| stored.of.is_none()) {
            let told = render(calendar, core, stored, kind(stored), &prefer);
            if wanted.as_ref().is_none_or(|wanted| told["iCalUId"] == wanted.as_str()) {
                all.push(shape(request, stored, told)?);
            }
        }
    }
    page(url, request, all)
}

/// `GET …/calendarView`: singles, occurrences and exceptions, by start.
pub(crate) fn view(url: &str, request: &Request, calendar: &Calendar) -> Result<Value, Refused> {
    let prefer = Prefer::of(request)?;
    let seen = series::view(calendar, window(request)?, false);
    let told = seen
        .iter()
        .map(|seen| shape(request, &seen.stored, render(calendar, &seen.core, &seen.stored, seen.kind, &prefer)));
    page(url, request, told.collect::<Result<_, _>>()?)
}

/// `GET …/events/{id}/instances`.
pub(crate) fn instances(state: &State, url: &str, request: &Request, email: &str, id: &str) -> Result<Value, Refused> {
    let prefer = Prefer::of(request)?;
    let (place, core, _, kind) = find(state, email, id)?;
    if kind != "seriesMaster" {
        return Err(Refused::new(400, "ErrorInvalidRequest", "The event is not a series master."));
    }
    let calendar = state.calendars.get(&place).ok_or_else(Refused::not_found)?;
    let all = series::view(calendar, window(request)?, false);
    let own = all.iter().filter(|seen| seen.stored.of.as_ref().is_some_and(|(master, _)| *master == core));
    page(url, request, own.map(|seen| render(calendar, &seen.core, &seen.stored, seen.kind, &prefer)).collect())
}

/// The time of a mailbox's `dateTimeTimeZone`, told in a zone.
pub(crate) fn told_in(at: Timestamp, name: &str) -> Value {
    json!({"dateTime": crate::provider::micros(local_of(at, &zone(name))), "timeZone": name})
}
