//! `isOnlineMeeting`, `onlineMeetingProvider`, `onlineMeeting`.

use crate::event::Conference;
use crate::verbatim;
use serde_json::{Map, Value};

/// What is made where nothing else is asked for.
pub(super) const TEAMS: &str = "teamsForBusiness";
const UNKNOWN: &str = "unknown";

pub(super) fn read(known: &Map<String, Value>) -> Option<Conference> {
    let mut rest = known.get("onlineMeeting").and_then(Value::as_object).cloned();
    if known.get("isOnlineMeeting") != Some(&Value::Bool(true)) && rest.is_none() {
        return None;
    }
    let uri = match rest.as_mut().and_then(|rest| rest.remove("joinUrl")) {
        Some(Value::String(uri)) => Some(uri),
        _ => None,
    };
    let kind = known.get("onlineMeetingProvider").and_then(Value::as_str).filter(|kind| *kind != UNKNOWN);
    Some(Conference { uri, kind: kind.map(str::to_owned), request: None, rest: rest.unwrap_or_default() })
}

pub(super) fn write(conference: Option<&Conference>, object: &mut Map<String, Value>) {
    object.insert("isOnlineMeeting".to_owned(), conference.is_some().into());
    let kind = conference.and_then(|conference| conference.kind.as_deref());
    object.insert("onlineMeetingProvider".to_owned(), kind.unwrap_or(UNKNOWN).into());
    let meeting = conference.filter(|one| one.uri.is_some() || !one.rest.is_empty()).map(|one| {
        let mut meeting = one.rest.clone();
        verbatim::put(&mut meeting, "joinUrl", one.uri.as_deref());
        Value::from(meeting)
    });
    object.insert("onlineMeeting".to_owned(), meeting.unwrap_or_default());
}
