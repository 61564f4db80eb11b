//! Events on standard output: one JSON object a line, with the time since 1970 in ms.

use crate::config::Line;
use crate::error::AgentError;
use serde_json::{Value, json};
use std::io::Write;

/// Milliseconds since 1970.
pub fn now_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

/// Writes an event. A closed standard output does not stop the agent.
pub fn emit(event: &str, mut fields: Value) {
    if let Some(map) = fields.as_object_mut() {
        map.insert("event".into(), event.into());
        map.insert("at_ms".into(), now_ms().into());
    }
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{fields}");
    let _ = out.flush();
}

/// Writes an event of one station.
pub fn of_line(event: &str, line: &Line, mut fields: Value) {
    if let Some(map) = fields.as_object_mut() {
        map.insert("station".into(), line.station.number().into());
        map.insert("call_id".into(), line.call_id.as_str().into());
        map.insert("leg".into(), line.leg.as_str().into());
    }
    emit(event, fields);
}

/// The agent ends with an error.
pub fn failed(error: &AgentError) {
    emit("failed", json!({ "detail": error.to_string() }));
    eprintln!("attune-agent: {error}");
}
