//! Errors (developers.google.com/calendar/api/guides/errors).

use crate::failure::{Failure, Reason};
use crate::http::Response;
use crate::wire;
use serde_json::{Map, Value};

/// Nothing for an answer of success.
///
/// # Errors
/// What [`failure`] makes of any other.
pub fn check(response: &Response) -> Result<(), Failure> {
    if (200..300).contains(&response.status) { Ok(()) } else { Err(failure(response)) }
}

/// What an error means. The status tells the kind, `error.errors[].reason` the rest:
///
/// | status | reason | |
/// | --- | --- | --- |
/// | 400 | at `pageToken` or `syncToken` | full resync |
/// | 400 | any other | give up |
/// | 401 | `authError` | re-authorize |
/// | 403 | `rateLimitExceeded`, `userRateLimitExceeded`, `quotaExceeded`, `dailyLimitExceeded` … | retry |
/// | 403 | `insufficientPermissions`: the token lacks a scope | re-authorize |
/// | 403 | `forbiddenForNonOrganizer`, any other | give up |
/// | 404 | | not found |
/// | 409 | `duplicate` | conflict |
/// | 410 | `deleted` | not found |
/// | 410 | `fullSyncRequired`, `updatedMinTooLongAgo` | full resync |
/// | 412 | `conditionNotMet` | conflict |
/// | 408, 429, 5xx | | retry |
pub fn failure(response: &Response) -> Failure {
    let body = wire::object(response).unwrap_or_default();
    let code = reason(&body).unwrap_or_default();
    let code = wire::word(code);
    let retry = || Failure::retry(response);
    match (response.status, code) {
        (400, _) if at_token(&body) => Failure::FullResync,
        (401, _) | (403, "insufficientPermissions" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT" | "authError") => {
            Failure::Reauthorize
        }
        (
            403,
            "rateLimitExceeded"
            | "userRateLimitExceeded"
            | "quotaExceeded"
            | "dailyLimitExceeded"
            | "concurrentLimitExceeded"
            | "variableTermLimitExceeded"
            | "RATE_LIMIT_EXCEEDED"
            | "RESOURCE_EXHAUSTED",
        ) => retry(),
        (403, _) => Failure::give_up(Reason::Forbidden, code),
        (404, _) | (410, "deleted") => Failure::NotFound,
        (409 | 412, _) => Failure::Conflict,
        (410, _) => Failure::FullResync,
        (413, _) => Failure::give_up(Reason::TooLarge, code),
        (405 | 501, _) => Failure::give_up(Reason::Unsupported, code),
        (408 | 425 | 429 | 500.., _) => retry(),
        (..=399, _) => wire::unreadable(),
        _ => Failure::give_up(Reason::Invalid, code),
    }
}

fn errors(body: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    body.get("error").and_then(|error| error.get("errors")).and_then(Value::as_array).into_iter().flatten()
}

/// The first reason; of the newer form without `errors` the reason of its details, or its status.
fn reason(body: &Map<String, Value>) -> Option<&str> {
    let old = errors(body).find_map(|error| error.get("reason")?.as_str());
    old.or_else(|| {
        let error = body.get("error")?;
        let details = error.get("details").and_then(Value::as_array).into_iter().flatten();
        details.into_iter().find_map(|detail| detail.get("reason")?.as_str()).or_else(|| error.get("status")?.as_str())
    })
}

/// Is the parameter that was refused one of the list's two tokens?
fn at_token(body: &Map<String, Value>) -> bool {
    errors(body).any(|error| matches!(error.get("location").and_then(Value::as_str), Some("pageToken" | "syncToken")))
}
