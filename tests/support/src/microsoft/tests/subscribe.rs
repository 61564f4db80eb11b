//! Subscriptions: handshake, renewal, notifications, lifecycle, slow endpoints.

use super::*;
use crate::provider::{Guard, PushFault, listen, rfc3339_ms};
use std::sync::{Arc, Mutex};

type Heard = Arc<Mutex<Vec<Value>>>;

/// An endpoint; how it answers the handshake, and how long notifications take.
fn hook(echo: fn(&str) -> Answer, slow_ms: u64) -> (Guard, String, Heard) {
    let heard: Heard = Arc::default();
    let keep = Arc::clone(&heard);
    let guard = listen(0, move |request| {
        if let Some(token) = request.param("validationToken") {
            return Some(echo(token));
        }
        std::thread::sleep(Duration::from_millis(slow_ms));
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        keep.lock().unwrap().extend(body["value"].as_array().unwrap().clone());
        Some(Answer::empty(202))
    });
    let guard = guard.unwrap();
    let url = format!("http://127.0.0.1:{}/hook", guard.address.port());
    (guard, url, heard)
}

fn good(token: &str) -> Answer {
    Answer::text(200, token)
}

fn wanted(url: &str, seconds: i64) -> Value {
    json!({
        "changeType": "created,updated,deleted", "notificationUrl": url, "lifecycleNotificationUrl": format!("{url}?life=1"),
        "resource": "me/events", "expirationDateTime": rfc3339_ms(NOW + seconds * 1000), "clientState": "secret",
    })
}

fn quiet(stage: &Stage) {
    assert!(stage.server.wait_pushes(Duration::from_secs(10)));
}

#[test]
fn the_handshake_wants_the_decoded_token_as_plain_text() {
    let stage = stage();
    let (_ok, url, _) = hook(good, 0);
    let made = stage.send("POST", "/subscriptions", Some(wanted(&url, 86_400)));
    assert_eq!((made.status, &made.value()["clientState"]), (201, &json!("secret")));
    let answers: [fn(&str) -> Answer; 4] = [
        |token| Answer::text(200, &crate::oidc::encode(token)),
        |token| Answer::text(202, token),
        |token| Answer { headers: Vec::new(), ..Answer::text(200, token) }.with("content-type", "application/json"),
        |token| Answer::text(200, &format!("{token}\n")),
    ];
    for answer in answers {
        let (_guard, url, _) = hook(answer, 0);
        assert_eq!(stage.refused("POST", "/subscriptions", Some(wanted(&url, 86_400))), is(400, "ValidationError"));
    }
    let (dead, url, _) = hook(good, 0);
    drop(dead);
    assert_eq!(stage.refused("POST", "/subscriptions", Some(wanted(&url, 86_400))).0, 400, "nobody answers");
    assert_eq!(stage.get("/subscriptions")["value"].as_array().unwrap().len(), 1);
}

#[test]
fn subscriptions_are_checked_renewed_and_end() {
    let stage = stage();
    let (_guard, url, heard) = hook(good, 0);
    let with = |name: &str, value: Value| {
        let mut body = wanted(&url, 86_400);
        body[name] = value;
        stage.refused("POST", "/subscriptions", Some(body))
    };
    assert_eq!(with("changeType", json!("painted")), is(400, "InvalidRequest"));
    assert_eq!(with("notificationUrl", json!("http://app.test/hook")), is(400, "InvalidRequest"));
    assert_eq!(with("resource", json!("me/messages")).0, 400);
    assert_eq!(with("resource", json!(format!("users/{BEN}/events"))).0, 403);
    assert_eq!(with("clientState", json!("x".repeat(129))).0, 400);
    assert_eq!(with("expirationDateTime", json!(rfc3339_ms(NOW - 1))).0, 400);
    assert_eq!(with("expirationDateTime", json!(rfc3339_ms(NOW + 10_081 * 60_000))).0, 400, "under seven days");
    let made = stage.send("POST", "/subscriptions", Some(wanted(&url, 60))).value();
    assert_eq!(made["expirationDateTime"], rfc3339_ms(NOW + 45 * 60_000), "45 minutes at least");
    assert_eq!(stage.refused("POST", "/subscriptions", Some(wanted(&url, 60))).0, 409, "the same again");
    let path = format!("/subscriptions/{}", id(&made));
    stage.server.clock().advance(31 * 60_000);
    stage.get("/me");
    quiet(&stage);
    assert_eq!(heard.lock().unwrap()[0]["lifecycleEvent"], "reauthorizationRequired");
    assert_eq!(stage.send("POST", &format!("{path}/reauthorize"), None).status, 204);
    let later = json!({"expirationDateTime": rfc3339_ms(NOW + 7_200_000)});
    assert_eq!(
        stage.send("PATCH", &path, Some(later.clone())).value()["expirationDateTime"],
        later["expirationDateTime"]
    );
    stage.server.clock().advance(60 * 60_000);
    let still = stage.of(ANN);
    assert_eq!(still.get(&path)["id"], made["id"]);
    stage.server.clock().advance(60 * 60_000);
    let late = stage.of(ANN);
    assert_eq!(late.refused("GET", &path, None), is(404, "ResourceNotFound"));
    assert_eq!(late.refused("PATCH", &path, Some(later)).0, 400, "the past");
}

#[test]
fn changes_are_told_with_client_state_and_spoiled_when_asked() {
    let stage = stage();
    let (_guard, url, heard) = hook(good, 0);
    let body = wanted(&url, 86_400);
    let sent = stage.try_send("POST", "/subscriptions", &[("prefer", "IdType=\"ImmutableId\"")], Some(body)).unwrap();
    assert_eq!(sent.status, 201);
    let event = stage.create(meeting(5));
    stage.send("PATCH", &event_path(&event), Some(json!({"subject": "x"})));
    stage.send("DELETE", &event_path(&event), None);
    quiet(&stage);
    let told = heard.lock().unwrap().clone();
    let kinds: Vec<&str> = told.iter().map(|one| one["changeType"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["created", "updated", "deleted"]);
    assert!(told.iter().all(|one| one["clientState"] == "secret" && one["subscriptionId"].is_string()));
    assert!(told[0]["resourceData"]["id"].as_str().unwrap().starts_with("AAkALg"), "immutable, as it was asked for");
    stage.server.push_faults([PushFault::Lose, PushFault::Repeat, PushFault::HoldBack]);
    (1..=4).for_each(|day| drop(stage.create(meeting(day))));
    quiet(&stage);
    let of = |at: usize| heard.lock().unwrap()[at]["resourceData"]["id"].as_str().unwrap().to_owned();
    let count = heard.lock().unwrap().len();
    assert_eq!((count, of(3)), (7, of(4)), "one lost, one twice");
    assert!(of(5) > of(6), "one late");
    stage.server.lifecycle("subscriptionRemoved");
    quiet(&stage);
    assert_eq!(heard.lock().unwrap()[7]["lifecycleEvent"], "subscriptionRemoved");
    stage.create(meeting(8));
    quiet(&stage);
    assert_eq!(heard.lock().unwrap().len(), 8);
}

#[test]
fn slow_endpoints_lose_notifications_and_hear_that_they_missed_some() {
    let stage = stage();
    stage.server.settings(|settings| (settings.slow_ms, settings.slow_least) = (20, 2));
    let (_slow, url, heard) = hook(good, 40);
    let (_life, life, missed) = hook(good, 0);
    let mut body = wanted(&url, 86_400);
    body["lifecycleNotificationUrl"] = life.into();
    assert_eq!(stage.send("POST", "/subscriptions", Some(body)).status, 201);
    for day in 1..=4 {
        stage.create(meeting(day));
        quiet(&stage);
    }
    assert_eq!(heard.lock().unwrap().len(), 2);
    assert_eq!(missed.lock().unwrap().len(), 2);
    assert_eq!(missed.lock().unwrap()[0]["lifecycleEvent"], "missed");
    stage.server.clock().advance(600_001);
    stage.create(meeting(5));
    quiet(&stage);
    assert_eq!(heard.lock().unwrap().len(), 3, "after ten minutes it is heard again");
}
