use super::answer;
use crate::failure::{Failure, Reason};
use crate::google::{check, failure};
use crate::http::Response;
use serde_json::{Value, json};

fn error(code: u16, domain: &str, reason: &str) -> Response {
    let one = json!({"domain": domain, "reason": reason, "message": "words of the provider about Ana"});
    answer(code, &json!({"error": {"errors": [one], "code": code, "message": "words"}}))
}

fn gives_up(failure: &Failure) -> Option<Reason> {
    if let Failure::GiveUp { reason, .. } = failure { Some(*reason) } else { None }
}

#[test]
fn every_row_of_the_guide() {
    let retry = Failure::Retry { after_s: None };
    for (status, domain, reason, expected) in [
        (401, "global", "authError", Failure::Reauthorize),
        (403, "usageLimits", "rateLimitExceeded", retry.clone()),
        (403, "usageLimits", "userRateLimitExceeded", retry.clone()),
        (403, "usageLimits", "quotaExceeded", retry.clone()),
        (403, "usageLimits", "dailyLimitExceeded", retry.clone()),
        (403, "global", "insufficientPermissions", Failure::Reauthorize),
        (404, "global", "notFound", Failure::NotFound),
        (409, "global", "duplicate", Failure::Conflict),
        (410, "calendar", "fullSyncRequired", Failure::FullResync),
        (410, "calendar", "updatedMinTooLongAgo", Failure::FullResync),
        (410, "global", "deleted", Failure::NotFound),
        (412, "global", "conditionNotMet", Failure::Conflict),
        (429, "usageLimits", "rateLimitExceeded", retry.clone()),
        (500, "global", "backendError", retry.clone()),
        (502, "", "", retry.clone()),
        (503, "global", "backendError", retry.clone()),
        (504, "", "", retry.clone()),
    ] {
        assert_eq!(failure(&error(status, domain, reason)), expected, "{status} {reason}");
    }
    assert_eq!(gives_up(&failure(&error(400, "calendar", "timeRangeEmpty"))), Some(Reason::Invalid));
    let not_organizer = failure(&error(403, "calendar", "forbiddenForNonOrganizer"));
    assert_eq!(gives_up(&not_organizer), Some(Reason::Forbidden));
    assert!(matches!(not_organizer, Failure::GiveUp { detail, .. } if detail == "forbiddenForNonOrganizer"));
    assert_eq!(gives_up(&failure(&error(403, "calendar", "requiredAccessLevel"))), Some(Reason::Forbidden));
}

#[test]
fn a_token_that_is_refused_starts_anew() {
    for token in ["pageToken", "syncToken"] {
        let one = json!({"domain": "global", "reason": "invalid", "locationType": "parameter", "location": token});
        assert_eq!(failure(&answer(400, &json!({"error": {"errors": [one]}}))), Failure::FullResync);
    }
}

#[test]
fn the_providers_delay_is_told() {
    let mut response = error(403, "usageLimits", "userRateLimitExceeded");
    response.headers.push(("Retry-After".to_owned(), "30".to_owned()));
    assert_eq!(failure(&response), Failure::Retry { after_s: Some(30) });
}

#[test]
fn the_newer_form_of_errors() {
    let detail =
        json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"});
    let body = json!({"error": {"code": 403, "status": "PERMISSION_DENIED", "details": [detail]}});
    assert_eq!(failure(&answer(403, &body)), Failure::Reauthorize);
    let body = json!({"error": {"code": 403, "status": "RESOURCE_EXHAUSTED"}});
    assert_eq!(failure(&answer(403, &body)), Failure::Retry { after_s: None });
}

#[test]
fn any_body_has_a_meaning() {
    for body in [
        json!(null),
        json!([]),
        json!({"error": 1}),
        json!({"error": {"errors": {}}}),
        json!({"error": {"errors": [1]}}),
    ] {
        assert_eq!(failure(&answer(404, &body)), Failure::NotFound);
        assert_eq!(gives_up(&failure(&answer(403, &body))), Some(Reason::Forbidden));
    }
    let long = Value::from("x y".repeat(1000));
    let texts = json!({"error": {"errors": [{"reason": long}]}});
    assert!(matches!(failure(&answer(403, &texts)), Failure::GiveUp { detail, .. } if detail.is_empty()));
    for status in 0..=999 {
        assert_eq!(check(&answer(status, &json!({}))).is_ok(), (200..300).contains(&status));
    }
    assert_eq!(gives_up(&failure(&answer(304, &json!({})))), Some(Reason::Unreadable));
}
