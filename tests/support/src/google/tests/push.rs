//! Channels and their messages.

use super::*;
use crate::provider::{PushFault, listen};
use std::sync::{Arc, Mutex};

const WATCH: &str = "/calendars/primary/events/watch";

/// Headers of the messages that come to a webhook.
type Heard = Arc<Mutex<Vec<(String, u64, Option<String>)>>>;

fn hook(statuses: Vec<u16>) -> (crate::provider::Guard, String, Heard) {
    let heard: Heard = Arc::default();
    let (keep, statuses) = (Arc::clone(&heard), Arc::new(Mutex::new(statuses)));
    let guard = listen(0, move |request| {
        let header = |name: &str| request.header(name).unwrap_or_default().to_owned();
        let number = header("x-goog-message-number").parse().unwrap();
        assert!(request.body.is_empty() && request.header("x-goog-channel-id") == Some("c1"));
        keep.lock().unwrap().push((
            header("x-goog-resource-state"),
            number,
            request.header("x-goog-channel-token").map(str::to_owned),
        ));
        let mut statuses = statuses.lock().unwrap();
        Some(Answer::empty(if statuses.is_empty() { 200 } else { statuses.remove(0) }))
    });
    let guard = guard.unwrap();
    let url = format!("http://127.0.0.1:{}/hook", guard.address.port());
    (guard, url, heard)
}

fn quiet(stage: &Stage) {
    assert!(stage.google.wait_pushes(Duration::from_secs(10)));
}

#[test]
fn a_channel_begins_with_sync_and_numbers_grow() {
    let stage = stage();
    let (_guard, url, heard) = hook(Vec::new());
    let channel = stage.post(WATCH, json!({"id": "c1", "type": "web_hook", "address": url, "token": "t"}));
    assert_eq!(channel["kind"], "api#channel");
    assert_eq!(channel["expiration"], (1_790_000_000_000_i64 + 604_800_000).to_string());
    (1..=3).for_each(|day| drop(stage.event(day)));
    quiet(&stage);
    let heard = heard.lock().unwrap().clone();
    let states: Vec<&str> = heard.iter().map(|(state, ..)| state.as_str()).collect();
    assert_eq!(states, ["sync", "exists", "exists", "exists"]);
    assert_eq!(heard[0].1, 1);
    assert!(heard.windows(2).all(|pair| pair[0].1 < pair[1].1));
    assert!(heard.windows(2).any(|pair| pair[0].1 + 1 < pair[1].1), "they are not sequential");
    assert!(heard.iter().all(|(_, _, token)| token.as_deref() == Some("t")));
}

#[test]
fn channels_are_checked_stopped_and_expire() {
    let stage = stage();
    stage.google.pushes_by_hand(true);
    let channel = |id: &str, address: &str| json!({"id": id, "type": "web_hook", "address": address});
    let ok = "https://app.test/hook";
    assert_eq!(
        stage.refused("POST", WATCH, Some(channel("c1", "http://app.test/hook"))),
        is(400, "push.webhookUrlNotHttps")
    );
    assert_eq!(stage.refused("POST", WATCH, Some(channel("c 1", ok))), is(400, "channelIdInvalid"));
    assert_eq!(stage.refused("POST", WATCH, Some(json!({"id": "c1", "type": "mail", "address": ok}))).0, 400);
    let mut short = channel("c1", ok);
    short["expiration"] = 1_790_000_060_000_i64.into();
    let made = stage.post(WATCH, short);
    assert_eq!(made["expiration"], "1790000060000");
    assert_eq!(stage.refused("POST", WATCH, Some(channel("c1", ok))), is(400, "channelIdNotUnique"));
    let mut long = channel("c2", ok);
    long["expiration"] = 1_990_000_000_000_i64.into();
    assert_eq!(
        stage.post(WATCH, long)["expiration"],
        (1_790_000_000_000_i64 + 604_800_000).to_string(),
        "the limit holds"
    );
    stage.event(1);
    assert_eq!(stage.google.take_pushes().len(), 4, "two syncs, two changes");
    stage.google.clock().advance(61_000);
    stage.event(2);
    assert_eq!(stage.google.take_pushes().len(), 1, "one has expired");
    let stop = |resource: &Value| {
        stage.send("POST", "/channels/stop", Some(json!({"id": "c2", "resourceId": resource}))).status
    };
    assert_eq!(stop(&json!("other")), 404);
    assert_eq!(stop(&made["resourceId"]), 204);
    stage.event(3);
    assert_eq!(stage.google.take_pushes().len(), 0);
    let list = stage.post("/users/me/calendarList/watch", channel("c3", ok));
    assert!(list["resourceUri"].as_str().unwrap().contains("calendarList"));
    stage.google.calendar(ANN, "new", "UTC");
    assert_eq!(stage.google.take_pushes().len(), 2);
}

#[test]
fn messages_are_lost_repeated_held_back_and_tried_again() {
    let stage = stage();
    let (_guard, url, heard) = hook(vec![200, 503, 500]);
    stage.post(WATCH, json!({"id": "c1", "type": "web_hook", "address": url}));
    quiet(&stage);
    stage.google.push_faults([PushFault::Pass, PushFault::Lose, PushFault::Repeat, PushFault::HoldBack]);
    stage.event(1);
    // tried three times: 503, 500, 200
    while heard.lock().unwrap().len() < 4 {
        std::thread::yield_now();
    }
    (2..=5).for_each(|day| drop(stage.event(day)));
    quiet(&stage);
    let heard: Vec<u64> = heard.lock().unwrap().iter().map(|(_, number, _)| *number).collect();
    assert_eq!(heard.len(), 8, "{heard:?}");
    assert!(heard[1] == heard[2] && heard[2] == heard[3], "one message, three tries");
    assert_eq!(heard[4], heard[5], "one message, sent twice");
    assert!(heard[6] > heard[7], "the held back one comes late");
    assert_eq!(stage.google.deliveries().len(), 8);
}
