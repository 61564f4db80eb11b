use super::answer;
use crate::failure::{Failure, Reason};
use crate::graph::{check, failure};
use serde_json::{Value, json};

fn error(code: &str) -> Value {
    json!({"error": {"code": code, "message": "words about Ana", "innerError": {"request-id": "1", "date": "2026-11-22T10:00:00"}}})
}

#[test]
fn every_status_of_the_documentation() {
    let retry = Failure::Retry { after_s: None };
    for (status, expected) in [
        (401, Failure::Reauthorize),
        (404, Failure::NotFound),
        (409, Failure::Conflict),
        (410, Failure::FullResync),
        (412, Failure::Conflict),
        (423, retry.clone()),
        (429, retry.clone()),
        (500, retry.clone()),
        (503, retry.clone()),
        (504, retry.clone()),
        (509, retry.clone()),
    ] {
        assert_eq!(failure(&answer(status, &error("SomethingNew"))), expected, "{status}");
    }
    for (status, expected) in [
        (400, Reason::Invalid),
        (402, Reason::Invalid),
        (403, Reason::Forbidden),
        (405, Reason::Unsupported),
        (406, Reason::Invalid),
        (411, Reason::Invalid),
        (413, Reason::TooLarge),
        (415, Reason::Invalid),
        (416, Reason::Invalid),
        (422, Reason::Invalid),
        (501, Reason::Unsupported),
        (507, Reason::TooLarge),
        (302, Reason::Unreadable),
    ] {
        assert!(
            matches!(failure(&answer(status, &json!({}))), Failure::GiveUp { reason, .. } if reason == expected),
            "{status}"
        );
    }
}

#[test]
fn codes_come_before_the_status() {
    let retry = Failure::Retry { after_s: None };
    for (status, code, expected) in [
        (400, "syncStateNotFound", Failure::FullResync),
        (400, "SyncStateNotFound", Failure::FullResync),
        (410, "resyncRequired", Failure::FullResync),
        (404, "ErrorItemNotFound", Failure::NotFound),
        (400, "ErrorItemNotFound", Failure::NotFound),
        (409, "ErrorIrresolvableConflict", Failure::Conflict),
        (500, "ErrorIrresolvableConflict", Failure::Conflict),
        (409, "ErrorDuplicateTransactionId", Failure::Conflict),
        (412, "ErrorStaleObject", Failure::Conflict),
        (401, "InvalidAuthenticationToken", Failure::Reauthorize),
        (403, "insufficient_claims", Failure::Reauthorize),
        (429, "ApplicationThrottled", retry.clone()),
        (403, "MailboxConcurrency", retry.clone()),
        (400, "ErrorServerBusy", retry.clone()),
        (403, "ErrorExceededConnectionCount", retry.clone()),
    ] {
        assert_eq!(failure(&answer(status, &error(code))), expected, "{status} {code}");
    }
    for (status, code, expected) in [
        (403, "ErrorAccessDenied", Reason::Forbidden),
        (500, "ErrorAccessDenied", Reason::Forbidden),
        (400, "ErrorOccurrenceCrossingBoundary", Reason::Invalid),
        (404, "MailboxNotEnabledForRESTAPI", Reason::Unsupported),
        (507, "ErrorQuotaExceeded", Reason::TooLarge),
    ] {
        let failure = failure(&answer(status, &error(code)));
        assert!(
            matches!(&failure, Failure::GiveUp { reason, detail } if *reason == expected && detail == code),
            "{failure:?}"
        );
    }
}

#[test]
fn the_innermost_code_that_is_known_decides_and_the_delay_is_told() {
    let body = json!({"error": {"code": "generalException", "innererror": {"code": "new", "innerError": {"code": "syncStateNotFound"}}}});
    assert_eq!(failure(&answer(400, &body)), Failure::FullResync);
    let mut response = answer(429, &error("TooManyRequests"));
    response.headers.push(("retry-after".to_owned(), "12".to_owned()));
    assert_eq!(failure(&response), Failure::Retry { after_s: Some(12) });
    let mut deep = json!({});
    for _ in 0..50 {
        deep = json!({"code": "x y", "innerError": deep});
    }
    assert!(
        matches!(failure(&answer(400, &json!({"error": deep}))), Failure::GiveUp { detail, .. } if detail.is_empty())
    );
    for status in 0..=999 {
        assert_eq!(check(&answer(status, &json!(null))).is_ok(), (200..300).contains(&status));
    }
}
