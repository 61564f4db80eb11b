//! The answer of `freebusy.query`.

use super::check;
use crate::event::Busy;
use crate::failure::Failure;
use crate::http::Response;
use crate::page::{FreeBusy, Span};
use crate::wire;
use serde_json::{Map, Value};

/// When each of those asked for is busy, by id. Spans that are not readable are left out.
///
/// # Errors
/// [`super::failure`]; or the answer has no `calendars`.
pub fn free_busy(response: &Response) -> Result<Vec<FreeBusy>, Failure> {
    check(response)?;
    let mut body = wire::object(response)?;
    let Some(Value::Object(calendars)) = body.remove("calendars") else { return Err(wire::unreadable()) };
    Ok(calendars.into_iter().map(|(id, one)| one_of(id, &one)).collect())
}

fn one_of(id: String, one: &Value) -> FreeBusy {
    let list = |name: &str| one.get(name).and_then(Value::as_array).into_iter().flatten();
    let span = |span: &Value| {
        let span: &Map<_, _> = span.as_object()?;
        Some(Span { start: wire::millis(span.get("start"))?, end: wire::millis(span.get("end"))?, busy: Busy::Busy })
    };
    FreeBusy {
        id,
        busy: list("busy").filter_map(span).collect(),
        error: list("errors").find_map(|error| error.get("reason")?.as_str()).map(str::to_owned),
    }
}
