//! Optimizer runs.

use crate::world::{World, body, good, id, refused};
use serde_json::{Value, json};
use std::time::Instant;

pub const TESTS: &[crate::Test] = &[
    ("a_run_is_accepted_once_per_key", once),
    ("a_wait_ends_with_the_run_or_the_time", wait),
    ("runs_of_others_are_not_found", foreign),
    ("every_wrong_field_of_a_request_is_named", wrong),
];

const RUN: &str = "/v1/optimizer/run";

fn once(world: &World) {
    let request = world.request(&world.a.key, RUN, &body("run-request.v1"));
    let first = good(&world.send(&request), 202);
    assert_eq!(first["status"], "accepted");
    assert_eq!(good(&world.send(&request), 202)["run_id"], first["run_id"], "the first answer comes back");
    let mut other = request.clone();
    other.body = Some(body("run-request.v1").to_string().into_bytes());
    refused(&world.send(&other), 422, "idempotency_mismatch", None);
    let second = good(&world.post(&world.a.key, RUN, &body("run-request.v1")), 202);
    assert_ne!(second["run_id"], first["run_id"]);
    let target = format!("/v1/optimizer/runs/{}", first["run_id"].as_str().unwrap());
    assert_eq!(good(&world.get(&world.a.key, &target), 200)["run_id"], first["run_id"]);
}

/// A run of a call that nobody measured ends too: it failed, and says why.
fn wait(world: &World) {
    let request = world.request(&world.a.key, RUN, &body("run-request.v1")).header("prefer", "wait=20");
    let answer = world.send(&request);
    let run = good(&answer, 200);
    assert_ne!(run["status"], "accepted");
    assert_eq!(answer.header("preference-applied"), Some("wait=20"));
    let target = format!("/v1/optimizer/runs/{}", run["run_id"].as_str().unwrap());
    assert_eq!(good(&world.get(&world.a.key, &target), 200), run, "it is remembered");
    // a wait that nobody could use is none
    for prefer in ["wait=0", "wait=x", "respond-async", "wait=-1"] {
        let started = Instant::now();
        let answer = world.send(&world.request(&world.a.key, RUN, &body("run-request.v1")).header("prefer", prefer));
        good(&answer, 202);
        assert!(started.elapsed().as_secs() < 10, "{prefer} waits");
    }
}

fn foreign(world: &World) {
    let run = good(&world.post(&world.a.key, RUN, &body("run-request.v1")), 202);
    let target = format!("/v1/optimizer/runs/{}", run["run_id"].as_str().unwrap());
    good(&world.get(&world.a.key, &target), 200);
    refused(&world.get(&world.b.key, &target), 404, "not_found", None);
    for id in [id("run"), id("call"), "run_1".to_owned(), "x".to_owned(), id("run").to_uppercase(), "%2e%2e".to_owned()]
    {
        let answer = world.get(&world.a.key, &format!("/v1/optimizer/runs/{id}"));
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{id}");
    }
}

fn wrong(world: &World) {
    for (name, value) in [
        ("call_id", json!("x")),
        ("call_id", Value::Null),
        ("leg", json!("c")),
        ("leg", json!(1)),
        ("station", json!(7)),
        ("station", json!(4.5)),
    ] {
        let mut request = body("run-request.v1");
        request[name] = value;
        refused(&world.post(&world.a.key, RUN, &request), 400, "invalid_body", Some(&format!("/{name}")));
    }
}
