//! Faults, throttling, edits from the other side, and the same by another process.

use super::*;
use crate::provider::{Edit, Fault, Rule};

const RANGE: &str = "startDateTime=2026-10-01T00:00:00Z&endDateTime=2026-11-30T00:00:00Z";

#[test]
fn a_write_may_be_done_though_no_answer_comes() {
    let stage = stage();
    let calendar = stage.server.default_calendar(ANN).unwrap();
    let mut event = meeting(1);
    event["transactionId"] = "t".into();
    stage.server.fault(Rule::next(Fault::DropAfter).method("POST"));
    assert!(stage.try_send("POST", "/me/events", &[], Some(event.clone())).is_err());
    assert_eq!(stage.server.events(&calendar).len(), 1);
    stage.create(event);
    assert_eq!(stage.server.events(&calendar).len(), 1);
    stage.server.fault(Rule::next(Fault::FailBefore { status: 503, retry_after_s: Some(9) }));
    let failed = stage.send("POST", "/me/events", Some(meeting(2)));
    assert_eq!((code(&failed), failed.header("retry-after")), (is(503, "serviceNotAvailable"), Some("9")));
    assert_eq!(stage.server.events(&calendar).len(), 1);
    stage.server.fault(Rule::next(Fault::FailAfter { status: 504 }));
    assert_eq!(stage.send("POST", "/me/events", Some(meeting(2))).status, 504);
    assert_eq!(stage.server.events(&calendar).len(), 2);
    stage.server.fault(Rule::next(Fault::DropBefore));
    assert!(stage.try_send("POST", "/me/events", &[], Some(meeting(3))).is_err());
    assert_eq!(stage.server.events(&calendar).len(), 2);
}

#[test]
fn cursors_and_tokens_expire_in_mid_page() {
    let stage = stage();
    (1..=3).for_each(|day| drop(stage.create(meeting(day))));
    let first = || stage.get_with(&format!("/me/calendarView/delta?{RANGE}"), &[("prefer", "odata.maxpagesize=1")]);
    let next = first()["@odata.nextLink"].as_str().unwrap().to_owned();
    stage.server.fault(Rule::next(Fault::ExpireCursor).path("skiptoken"));
    first();
    let gone = stage.send("GET", &next, None);
    assert_eq!(code(&gone), is(410, "syncStateNotFound"));
    assert!(gone.header("location").unwrap().contains("startDateTime=2026-10-01"));
    stage.server.fault(Rule::next(Fault::ExpireAccess).path("skiptoken"));
    assert_eq!(stage.refused("GET", &next, None).0, 401);
    assert_eq!(stage.refused("GET", "/me", None).0, 401, "it stays dead");
}

#[test]
fn requests_are_throttled_with_a_delay() {
    let stage = stage();
    stage.server.fault(Rule::next(Fault::Throttle { status: 429, retry_after_s: Some(5), reason: None }));
    let refused = stage.send("GET", "/me", None);
    assert_eq!((code(&refused), refused.header("retry-after")), (is(429, "ApplicationThrottled"), Some("5")));
    stage.server.settings(|settings| settings.quota_per_minute = 1);
    assert_eq!(stage.send("GET", "/me", None).status, 200);
    assert_eq!(stage.send("GET", "/me", None).status, 429);
    stage.server.settings(|settings| (settings.quota_per_minute, settings.at_once) = (0, 0));
    assert_eq!(stage.send("GET", "/me", None).status, 429, "too many at once");
}

#[test]
fn the_other_side_edits_too() {
    let stage = stage();
    let calendar = stage.server.default_calendar(ANN).unwrap();
    let edit = |edit: &Edit| stage.server.edit(&calendar, edit);
    let master = edit(&Edit::Create { event: series() }).unwrap();
    let view = || stage.get(&format!("/me/calendarView?{RANGE}"))["value"].as_array().unwrap().clone();
    let second = id(&view()[1]);
    edit(&Edit::Change { id: second.clone(), event: json!({"subject": "once"}) }).unwrap();
    edit(&Edit::Delete { id: id(&view()[2]) }).unwrap();
    let kinds: Vec<Value> = view().iter().map(|item| item["type"].clone()).collect();
    assert_eq!(kinds, ["occurrence", "exception"]);
    edit(&Edit::Delete { id: second }).unwrap();
    assert_eq!(view().len(), 1);
    let mut invitation = meeting(3);
    invitation["organizer"] = json!({"emailAddress": {"address": "boss@elsewhere"}});
    invitation["attendees"] = json!([{"emailAddress": {"address": ANN}}]);
    let invited = edit(&Edit::Create { event: invitation }).unwrap();
    let path = format!("/me/events/{}", invited.replace('=', "%3D"));
    assert_eq!(stage.get(&path)["responseStatus"]["response"], "notResponded");
    assert_eq!(stage.send("POST", &format!("{path}/accept"), Some(json!({}))).status, 202);
    assert_eq!(stage.get(&path)["attendees"][0]["status"]["response"], "accepted");
    edit(&Edit::Delete { id: master.clone() }).unwrap();
    assert!(edit(&Edit::Delete { id: master }).is_err());
}

#[test]
fn another_process_does_the_same() {
    let stage = stage();
    let post = |path: &str, body: Value| call(&stage.server, &Request::new("POST", path).json(&body), path).unwrap();
    let body = json!({"account": ANN, "edit": "create", "event": meeting(1)});
    assert!(post("/_test/events", body).value()["id"].is_string());
    assert_eq!(post("/_test/faults", json!({"rules": [{"fault": "drop_before", "path": "/me"}]})).status, 204);
    assert!(stage.try_send("GET", "/me", &[], None).is_err());
    assert_eq!(stage.send("GET", "/me", None).status, 200);
    let get = |path: &str| call(&stage.server, &Request::new("GET", path), path).unwrap().value();
    assert_eq!(get("/_test/events?account=ann%40x.test")["events"].as_array().unwrap().len(), 1);
    assert_eq!(get("/_test/requests")["me"], 2);
    assert_eq!(post("/_test/faults", json!({"burn": true})).status, 400);
    assert!(post("/_test/accounts", json!({"email": "new@x.test", "zone": "UTC"})).value()["calendar"].is_string());
}

#[test]
fn a_server_without_a_port_answers_the_same() {
    let server = Microsoft::in_process();
    server.account(ANN, "UTC");
    let token = server.access_token(ANN, SCOPES);
    let request = Request::new("POST", "/v1.0/subscriptions").bearer(&token).json(&json!({
        "changeType": "created", "notificationUrl": "https://app.test/hook", "resource": "me/events",
        "expirationDateTime": crate::provider::rfc3339_ms(server.clock().now_ms() + 3_600_000),
    }));
    assert_eq!(server.answer(&request).unwrap().status, 201);
    let made = Request::new("POST", "/v1.0/me/events").bearer(&token).json(&meeting(1));
    assert_eq!(server.answer(&made).unwrap().status, 201);
    let pushes = server.take_pushes();
    assert_eq!((pushes.len(), pushes[0].url.as_str()), (1, "https://app.test/hook"));
}
