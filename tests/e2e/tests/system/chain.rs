//! A snapshot goes all the way.

use crate::stream::Station;
use attune_aws::s3::{Bucket, Upload};
use attune_aws::sigv4::{Credentials, Signer};
use attune_contracts::canonical::sha256_hex;
use attune_dev::http;
use attune_domain::RunId;
use attune_domain::id::ulid_text;
use attune_e2e::ledger::{Ledger, settle_runs};
use attune_e2e::wait::until;
use attune_e2e::world::{World, body, good};
use attune_local_tests::cloud::items;
use attune_local_tests::messages::{self, Snapshot, call, now_ms, unique};
use attune_migrations::keys;
use serde_json::{Value, json};

pub const TESTS: &[crate::Test] = &[
    ("a_snapshot_becomes_a_configuration", all_the_way),
    ("a_run_that_is_asked_for_is_waited_for", requested),
    ("a_message_too_large_for_its_queue_goes_by_way_of_a_bucket", spilled),
    ("audio_is_uploaded_to_its_presigned_address", upload),
];

fn all_the_way(world: &mut World) {
    let tenant = world.tenant("chain");
    let call = call();
    let mut station = Station::connect(world, &tenant, &call, 0);
    let snapshot = Snapshot::quiet(&tenant.id, &call, 0);
    let trace = format!("{:032x}", unique());
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let answer = world.post(&tenant, "/v1/stations/snapshot", &body(&snapshot), &[("traceparent", &parent)]);
    assert_eq!((answer.status, &answer.json()["id"]), (202, &json!(snapshot.id())), "{}", answer.text());
    let ledger = Ledger::default();
    ledger.accepted(snapshot.clone());
    let settled = ledger.settle(world, 30);
    assert_eq!((settled.effects, settled.runs.len()), (1, 1), "far too quiet makes one run");
    let run = settled.runs.first().unwrap().clone();

    // run, proposal, ControlRoom's version, the push
    settle_runs(world, &tenant, &settled.runs, 30);
    let pushed = station.config();
    let config = world.config(&tenant, &call);
    assert_eq!(pushed, config, "the same as over HTTP");
    let version = config["version"].as_u64().unwrap();
    assert!(version >= 1, "{config}");
    station.alive();
    let answer = good(&world.get(&tenant, &format!("/v1/optimizer/runs/{run}")), 200);
    assert_eq!((&answer["status"], &answer["version"]), (&json!("applied"), &json!(version)), "{answer}");
    let first = &answer["new_parameters"][0];
    assert_eq!(config["values"][first["name"].as_str().unwrap()]["value"], first["new"], "{answer}");

    // the history and its projection
    let change = world.change(&tenant, "the run's change", 30, |change| change["origin"]["run_id"] == json!(run));
    assert_eq!((&change["version"], &change["scope"]), (&json!(version), &json!("call")));
    let projected = items(&world.stack, "tuning", &keys::station_pk(&tenant.id, 4));
    for knob in change["values"].as_object().unwrap().keys() {
        assert!(projected.contains_key(&keys::change_sk(version, knob)), "{projected:?}");
        assert!(projected.keys().any(|sk| sk.starts_with("PAR#") && sk.ends_with(knob.as_str())), "{projected:?}");
    }

    // who follows the trace of the accepting request finds every function
    for function in ["ingest-snapshot", "optimize-run", "record-change"] {
        until(&format!("the trace in the log of {function}"), 10, || {
            let log = world.stack.function_log(function);
            let links = |line: &str| {
                serde_json::from_str::<Value>(line).unwrap_or_default()["span"]["links"][0]["trace_id"] == json!(trace)
            };
            if log.lines().any(links) { Ok(()) } else { Err(format!("no line links to {trace}")) }
        });
    }
}

fn requested(world: &mut World) {
    let tenant = world.tenant("requested");
    let snapshot = Snapshot::clean(&tenant.id, &call(), 0);
    world.snapshot(&tenant, &snapshot);
    let ledger = Ledger::default();
    ledger.accepted(snapshot.clone());
    assert!(ledger.settle(world, 30).runs.is_empty(), "a clean window makes no run by itself");
    let request = json!({"schema_version": 1, "call_id": snapshot.call, "leg": "a", "station": 4});
    let answer = world.post(&tenant, "/v1/optimizer/run", &request, &[("prefer", "wait=10")]);
    let run = good(&answer, 200);
    assert_eq!(run["status"], "no_change", "{run}");
    assert!(run["scorecard"]["before"].as_f64().is_some_and(|score| score > 80.0), "{run}");
    let id = run["run_id"].as_str().unwrap();
    assert_eq!(good(&world.get(&tenant, &format!("/v1/optimizer/runs/{id}")), 200), run);
    let stored = items(&world.stack, "tuning", &keys::run_pk(&tenant.id, id));
    assert_eq!(stored[keys::RUN_SK]["trigger"], "requested");
    // one that the room does not remember is looked for in the table
    assert_eq!(world.get(&tenant, &format!("/v1/optimizer/runs/run_{}", &snapshot.call.as_str()[5..])).status, 404);
}

fn upload(world: &mut World) {
    let tenant = world.tenant("upload");
    let bytes = vec![3u8; 1600];
    let snapshot = Snapshot::clean(&tenant.id, &call(), 0);
    let want = json!({
        "schema_version": 1, "call_id": snapshot.call, "leg": "a", "station": 4, "segment_index": 0,
        "content_type": "audio/L16;rate=8000", "content_length": bytes.len(), "sha256": sha256_hex(&bytes),
    });
    let answer = good(&world.post(&tenant, "/v1/stations/audio", &want, &[]), 201);
    let given = answer["headers"].as_object().unwrap();
    let headers: Vec<(&str, &str)> = given
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "content-length" | "host"))
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect();
    let put = http::send("PUT", answer["url"].as_str().unwrap(), &headers, &bytes, 20).unwrap();
    assert_eq!(put.status, 200, "{}", put.text());
    let key = answer["storage_key"].as_str().unwrap();
    let there = world.stack.api.s3("GET", &format!("/{}/{key}", world.stack.name("audio")), &[]).unwrap();
    assert_eq!((there.status, there.body), (200, bytes));
}

/// No message of today's kinds is that large, so what the outbox's plan decides is done here in its stead.
fn spilled(world: &mut World) {
    let tenant = world.tenant("spilled");
    let snapshot = Snapshot::clean(&tenant.id, &call(), 0);
    let send = |queue: &str, envelope: &Value| {
        let message = messages::spilled(envelope);
        put_like_the_edge(world, &message.key, &message.content);
        world.send(queue, &message.pointer);
    };
    send("ingest-snapshot", &snapshot.envelope());
    let ledger = Ledger::default();
    ledger.accepted(snapshot.clone());
    assert_eq!(ledger.settle(world, 30).effects, 1);
    let run = RunId::new(now_ms(), unique());
    send("optimize-run", &messages::run(&tenant.id, &snapshot.call, &run));
    settle_runs(world, &tenant, &[run.to_string()].into(), 30);
    send("record-change", &messages::change(&tenant.id, 1, &json!({"pcm.input_gain_db": {"old": null, "new": "3.0"}})));
    until("the change in its projection", 30, || {
        let items = items(&world.stack, "tuning", &keys::station_pk(&tenant.id, 4));
        let there = items.contains_key(&keys::change_sk(1, "pcm.input_gain_db"));
        if there { Ok(()) } else { Err(format!("there are {items:?}")) }
    });
    let room = format!("chr_{}", ulid_text(now_ms(), unique()));
    let event = json!({"seq": 1, "at": "2026-01-31T12:00:00.000Z", "from": "vis_0", "kind": "message", "text": "x"});
    send("record-chat", &messages::said(&tenant.id, &room, json!([event])));
    until("the event in its table", 30, || {
        let items = items(&world.stack, "chat", &keys::chat_pk(&tenant.id, &room));
        if items.len() == 1 { Ok(()) } else { Err(format!("there are {items:?}")) }
    });
    let email = format!("large-{:x}@example.org", unique());
    send("send-mail", &messages::mail(&tenant.id, &email, "31415926"));
    until("the mail", 30, || world.mails(&email).pop().map(drop).ok_or_else(|| "no mail".to_owned()));
}

/// The drain's request, with the Worker's keys.
fn put_like_the_edge(world: &World, key: &str, content: &str) {
    let now = u64::try_from(now_ms()).unwrap();
    let signer = Signer::new(Credentials::new("test", "test"), "eu-west-1");
    let bucket = Bucket::new(&world.worker_aws.url(), &world.stack.name("raw"), true).unwrap();
    let sha256 = hex_bytes(&sha256_hex(content.as_bytes()));
    let upload =
        Upload { key, content_length: content.len() as u64, content_type: "application/json", sha256: &sha256 };
    let key = signer.key("s3", now).unwrap();
    let put = bucket.presign_put(&upload, signer.credentials(), &key, now, 300).unwrap();
    let headers = put.headers.iter().filter(|(name, _)| *name != "content-length");
    let headers: Vec<(&str, &str)> = headers.map(|(name, value)| (*name, value.as_str())).collect();
    for status in [200, 412] {
        let answer = http::send("PUT", &put.url, &headers, content.as_bytes(), 20).unwrap();
        assert_eq!(answer.status, status, "a repeat finds it there: {}", answer.text());
    }
}

fn hex_bytes(text: &str) -> [u8; 32] {
    core::array::from_fn(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
}
