//! Faults, quotas, edits from the other side, and the same by another process.

use super::*;
use crate::provider::{Edit, Fault, Rule};

const EVENTS: &str = "/calendars/primary/events";

#[test]
fn a_write_may_be_done_though_no_answer_comes() {
    let stage = stage();
    let mut event = meeting(1);
    event["id"] = "0mine".into();
    stage.google.fault(Rule::next(Fault::DropAfter).method("POST").path("/events"));
    assert!(stage.try_send("POST", EVENTS, &[], Some(event.clone())).is_err());
    assert_eq!(stage.google.events(ANN).len(), 1);
    assert_eq!(stage.refused("POST", EVENTS, Some(event)), is(409, "duplicate"));
    stage.google.fault(Rule::next(Fault::DropBefore));
    assert!(stage.try_send("POST", EVENTS, &[], Some(meeting(2))).is_err());
    stage.google.fault(Rule::next(Fault::FailBefore { status: 503, retry_after_s: Some(7) }));
    let failed = stage.send("POST", EVENTS, Some(meeting(2)));
    assert_eq!((reason(&failed), failed.header("retry-after")), (is(503, "backendError"), Some("7")));
    assert_eq!(stage.google.events(ANN).len(), 1);
    stage.google.fault(Rule::next(Fault::FailAfter { status: 500 }));
    assert_eq!(stage.refused("POST", EVENTS, Some(meeting(2))), is(500, "backendError"));
    assert_eq!(stage.google.events(ANN).len(), 2);
}

#[test]
fn tokens_expire_in_mid_page() {
    let stage = stage();
    (1..=3).for_each(|day| drop(stage.event(day)));
    let page = |more: &str| stage.send("GET", &format!("{EVENTS}?maxResults=1{more}"), None);
    let next = page("").value()["nextPageToken"].as_str().unwrap().to_owned();
    stage.google.fault(Rule::next(Fault::ExpireCursor).path("pageToken"));
    assert_eq!(page("").status, 200);
    assert_eq!(reason(&page(&format!("&pageToken={next}"))), is(410, "fullSyncRequired"));
    stage.google.fault(Rule::next(Fault::ExpireAccess).path("/events").skip(1));
    assert_eq!(page("").status, 200);
    assert_eq!(reason(&page(&format!("&pageToken={next}"))), is(401, "authError"));
    assert_eq!(page("").status, 401, "it stays dead");
}

#[test]
fn requests_are_throttled_in_the_documented_words() {
    let stage = stage();
    let throttle =
        |status, reason: &str| Fault::Throttle { status, retry_after_s: None, reason: Some(reason.to_owned()) };
    for (status, why) in
        [(403, "rateLimitExceeded"), (403, "userRateLimitExceeded"), (403, "quotaExceeded"), (429, "rateLimitExceeded")]
    {
        stage.google.fault(Rule::next(throttle(status, why)));
        assert_eq!(stage.refused("GET", EVENTS, None), is(status, why));
    }
    stage.google.settings(|settings| settings.quota_per_minute = 2);
    let statuses: Vec<u16> = (0..3).map(|_| stage.send("GET", EVENTS, None).status).collect();
    assert_eq!(statuses, [200, 200, 403]);
    stage.google.clock().advance(60_001);
    assert_eq!(stage.send("GET", EVENTS, None).status, 200);
}

#[test]
fn the_other_side_edits_too() {
    let stage = stage();
    let edit = |edit: &Edit| stage.google.edit(ANN, edit);
    let id = edit(&Edit::Create { event: series() }).unwrap();
    let sync = stage.get(EVENTS)["nextSyncToken"].as_str().unwrap().to_owned();
    edit(&Edit::Change { id: format!("{id}_20261026T090000Z"), event: json!({"summary": "once"}) }).unwrap();
    edit(&Edit::Delete { id: format!("{id}_20261102T090000Z") }).unwrap();
    assert_eq!(ids(&stage.get(&format!("{EVENTS}?syncToken={sync}"))).len(), 2);
    let mut invitation = meeting(3);
    invitation["organizer"] = json!({"email": "boss@elsewhere"});
    invitation["attendees"] = json!([{"email": ANN}, {"email": "boss@elsewhere", "responseStatus": "accepted"}]);
    let invited = edit(&Edit::Create { event: invitation }).unwrap();
    let path = format!("{EVENTS}/{invited}");
    assert_eq!(stage.get(&path)["attendees"][0]["responseStatus"], "needsAction");
    assert_eq!(stage.refused("PATCH", &path, Some(json!({"summary": "mine"}))), is(403, "forbiddenForNonOrganizer"));
    edit(&Edit::Delete { id: id.clone() }).unwrap();
    assert!(edit(&Edit::Delete { id }).is_err());
    assert_eq!(stage.google.events(ANN).len(), 1);
}

#[test]
fn another_process_does_the_same() {
    let stage = stage();
    let post = |path: &str, body: Value| call(&stage.google, &Request::new("POST", path).json(&body), path).unwrap();
    let body = json!({"calendar": ANN, "edit": "create", "event": meeting(1)});
    assert!(post("/_test/events", body).value()["id"].is_string());
    assert_eq!(post("/_test/events", json!({"edit": "paint"})).status, 400);
    let rules = json!({"rules": [{"fault": "throttle", "status": 429, "retry_after_s": 3, "path": "/events"}], "pushes": ["lose"]});
    assert_eq!(post("/_test/faults", rules).status, 204);
    assert_eq!(stage.refused("GET", EVENTS, None), is(429, "rateLimitExceeded"));
    assert_eq!(post("/_test/faults", json!({"rules": [{"fault": "burn"}]})).status, 400);
    let get = |path: &str| call(&stage.google, &Request::new("GET", path), path).unwrap().value();
    assert_eq!(get("/_test/events?calendar=ann%40x.test")["events"].as_array().unwrap().len(), 1);
    assert_eq!(get("/_test/requests")["events.list"], 1);
    assert_eq!(stage.google.tally()["events.list"], 1);
    let sync = stage.get(EVENTS)["nextSyncToken"].as_str().unwrap().to_owned();
    post("/_test/faults", json!({"expire_cursors": true, "expire_access": true, "advance_s": 5, "clear": true}));
    assert_eq!(stage.refused("GET", EVENTS, None).0, 401);
    let token = stage.google.access_token(ANN, &[SCOPE]);
    let target = format!("/calendar/v3{EVENTS}?syncToken={sync}");
    let expired = call(&stage.google, &Request::new("GET", &target).bearer(&token), &target).unwrap();
    assert_eq!(expired.status, 410);
}

#[test]
fn a_server_without_a_port_answers_the_same() {
    let google = Google::in_process();
    google.account(ANN, "UTC");
    let token = google.access_token(ANN, &[SCOPE]);
    let request = Request::new("POST", "/calendar/v3/calendars/primary/events").bearer(&token).json(&meeting(1));
    google.fault(Rule::next(Fault::DropAfter));
    assert!(google.answer(&request).is_none());
    assert_eq!(google.answer(&request).unwrap().status, 200);
    assert_eq!(google.events(ANN).len(), 2);
}
