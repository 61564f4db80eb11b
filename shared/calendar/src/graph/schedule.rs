//! The answer of `getSchedule`.

use super::{check, time, zone};
use crate::event::Busy;
use crate::failure::Failure;
use crate::http::Response;
use crate::page::{FreeBusy, Span};
use crate::wire::{self, Zones};
use crate::zone::Zone;
use attune_domain::Millis;
use serde_json::Value;

/// When each of those asked for is busy. Items that are not readable are left out; `home` stands in where a time
/// names no zone.
///
/// # Errors
/// [`super::failure`]; or the answer is no list.
pub fn schedule(response: &Response, home: &Zone) -> Result<Vec<FreeBusy>, Failure> {
    check(response)?;
    let zones = &Zones::new(home, zone::resolve);
    let mut body = wire::object(response)?;
    let Some(Value::Array(values)) = body.remove("value") else { return Err(wire::unreadable()) };
    let one = |value: &Value| {
        let items = value.get("scheduleItems").and_then(Value::as_array).into_iter().flatten();
        let error = value.get("error").and_then(|error| error.get("responseCode")?.as_str());
        Some(FreeBusy {
            id: value.get("scheduleId")?.as_str()?.to_owned(),
            busy: items.filter_map(|item| span(item, zones)).collect(),
            error: error.map(str::to_owned),
        })
    };
    Ok(values.iter().filter_map(one).collect())
}

fn span(item: &Value, zones: &Zones<'_>) -> Option<Span> {
    let at = |name: &str| {
        let when = time::read(item.get(name)?, None, false, zones, false)?;
        zones.timestamp(&when).map(|at| Millis(at.as_millisecond()))
    };
    let busy = match item.get("status").and_then(Value::as_str) {
        Some("free") => Busy::Free,
        Some("tentative") => Busy::Tentative,
        Some("oof") => Busy::OutOfOffice,
        Some("workingElsewhere") => Busy::WorkingElsewhere,
        _ => Busy::Busy,
    };
    Some(Span { start: at("start")?, end: at("end")?, busy })
}
