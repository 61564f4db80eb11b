//! `conferenceData`.

use crate::event::Conference;
use serde_json::{Map, Value, json};

/// What is made where nothing else is asked for.
const MEET: &str = "hangoutsMeet";

/// Reads one: the first entry by video, and otherwise the first. The object itself goes along.
pub(super) fn read(data: &Map<String, Value>) -> Conference {
    let text = |path: &[&str]| {
        let (first, others) = path.split_first()?;
        let value = others.iter().try_fold(data.get(*first)?, |value, name| value.get(name))?;
        value.as_str().map(str::to_owned)
    };
    let entries = || data.get("entryPoints").and_then(Value::as_array).into_iter().flatten();
    let video = entries().find(|entry| entry.get("entryPointType").and_then(Value::as_str) == Some("video"));
    Conference {
        uri: video.or_else(|| entries().next()).and_then(|entry| entry.get("uri")?.as_str()).map(str::to_owned),
        kind: text(&["conferenceSolution", "key", "type"])
            .or_else(|| text(&["createRequest", "conferenceSolutionKey", "type"])),
        request: text(&["createRequest", "requestId"]),
        rest: data.clone(),
    }
}

/// The object it was read from as long as that says the same; otherwise a new one: a request where one is made, or
/// the address.
pub(super) fn write(conference: &Conference) -> Map<String, Value> {
    if !conference.rest.is_empty() && read(&conference.rest) == *conference {
        return conference.rest.clone();
    }
    let kind = conference.kind.as_deref();
    let mut data = Map::new();
    if let Some(id) = &conference.request {
        let request = json!({"requestId": id, "conferenceSolutionKey": {"type": kind.unwrap_or(MEET)}});
        data.insert("createRequest".to_owned(), request);
    }
    if let Some(uri) = &conference.uri {
        data.insert("entryPoints".to_owned(), json!([{"entryPointType": "video", "uri": uri}]));
        data.insert("conferenceSolution".to_owned(), json!({"key": {"type": kind.unwrap_or("addOn")}}));
    }
    data
}
