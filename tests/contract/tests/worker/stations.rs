//! Snapshots and uploads.

use crate::world::{World, body, good, id, refused, snapshot};
use attune_contract_tests::http::Request;
use attune_contracts::canonical::sha256_hex;
use serde_json::{Value, json};

pub const TESTS: &[crate::Test] = &[
    ("a_snapshot_is_accepted_once_per_natural_key", natural_key),
    ("tenants_have_their_own_natural_keys", tenants),
    ("every_wrong_field_of_a_snapshot_is_named", wrong_fields),
    ("an_unknown_name_is_refused_by_name", unknown_names),
    ("audio_of_another_tenant_or_call_is_refused", foreign_audio),
    ("an_upload_address_takes_that_upload_once", upload),
    ("every_wrong_field_of_an_upload_is_named", wrong_upload),
];

const SNAPSHOT: &str = "/v1/stations/snapshot";
const AUDIO: &str = "/v1/stations/audio";

fn natural_key(world: &World) {
    let body = snapshot();
    let key = &world.a.key;
    let first = good(&world.post(key, SNAPSHOT, &body), 202);
    assert_eq!(good(&world.post(key, SNAPSHOT, &body), 202), first);
    // the same body, written otherwise
    let text = serde_json::to_string_pretty(&body).unwrap().replace("-38.25", "-3825e-2");
    let spaced = Request::new("POST", SNAPSHOT).bearer(key).bytes("Application/JSON; charset=utf-8", text);
    assert_eq!(good(&world.send(&spaced), 202), first);
    let mut other = body.clone();
    other["captured_at"] = json!("2026-09-21T14:13:21.000Z");
    refused(&world.post(key, SNAPSHOT, &other), 422, "idempotency_mismatch", None);
    other["segment"]["index"] = json!(8);
    assert_ne!(good(&world.post(key, SNAPSHOT, &other), 202)["id"], first["id"]);
}

fn tenants(world: &World) {
    let body = snapshot();
    let a = good(&world.post(&world.a.key, SNAPSHOT, &body), 202);
    let b = good(&world.post(&world.b.key, SNAPSHOT, &body), 202);
    assert_ne!(a["id"], b["id"]);
}

fn set(body: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name.replace("~1", "/").replace("~0", "~")] = value;
}

fn wrong_fields(world: &World) {
    let speech = "/metrics/audioQuality.speechLevel";
    let cases = [
        ("/call_id", json!("call_1"), "/call_id"),
        ("/call_id", json!(id("run")), "/call_id"),
        ("/channel/leg", json!("c"), "/channel/leg"),
        ("/channel/side", json!("a"), "/channel/side"),
        ("/channel", json!(["a"]), "/channel"),
        ("/segment", json!([0, 0, 2000]), "/segment"),
        ("/constraints/pcm.input_gain_db", json!([null, "12.0"]), "/constraints/pcm.input_gain_db"),
        (speech, json!(["m", 1, "measured", "dBFS", -30.0, 2000]), speech),
        ("/station", json!(5), "/station"),
        ("/station", json!("4"), "/station"),
        ("/segment/index", json!(-1), "/segment/index"),
        ("/segment/index", json!(100_000_000), "/segment/index"),
        ("/segment/index", json!(4_294_967_296u64), "/segment/index"),
        ("/segment/end_ms", json!(14_000), "/segment/end_ms"),
        ("/segment/end_ms", json!(14_000 + 3_600_001), "/segment/end_ms"),
        ("/captured_at", json!("yesterday"), "/captured_at"),
        (&format!("{speech}/unit"), json!("dB"), "/metrics/audioQuality.speechLevel/unit"),
        (&format!("{speech}/value"), json!(7), "/metrics/audioQuality.speechLevel/value"),
        (&format!("{speech}/value"), json!(-121), "/metrics/audioQuality.speechLevel/value"),
        (&format!("{speech}/value"), json!("-38"), "/metrics/audioQuality.speechLevel/value"),
        (&format!("{speech}/value"), json!(null), "/metrics/audioQuality.speechLevel/value"),
        (&format!("{speech}/source"), json!("unavailable"), "/metrics/audioQuality.speechLevel/value"),
        (&format!("{speech}/source"), json!("guessed"), "/metrics/audioQuality.speechLevel/source"),
        (&format!("{speech}/method"), json!(""), "/metrics/audioQuality.speechLevel/method"),
        (&format!("{speech}/n"), json!(1.5), "/metrics/audioQuality.speechLevel/n"),
        ("/parameters/version", json!(-1), "/parameters/version"),
        ("/parameters/values/pcm.input_gain_db", json!(6), "/parameters/values/pcm.input_gain_db"),
        ("/parameters/values/pcm.input_gain_db", json!("6.05"), "/parameters/values/pcm.input_gain_db"),
        ("/parameters/values/pcm.input_gain_db", json!("1e1"), "/parameters/values/pcm.input_gain_db"),
        ("/constraints/pcm.input_gain_db", json!({"max": "much"}), "/constraints/pcm.input_gain_db/max"),
        ("/constraints/pcm.input_gain_db", json!({"most": "1.0"}), "/constraints/pcm.input_gain_db/most"),
        ("/targets/audioQuality.speechLevel", json!(99), "/targets/audioQuality.speechLevel"),
    ];
    for (place, value, pointer) in cases {
        let mut body = snapshot();
        set(&mut body, place, value);
        refused(&world.post(&world.a.key, SNAPSHOT, &body), 400, "invalid_body", Some(pointer));
    }
    // all at once, where the type can be read
    let mut body = snapshot();
    set(&mut body, "/segment/end_ms", json!(0));
    set(&mut body, &format!("{speech}/value"), json!(7));
    set(&mut body, "/targets/audioQuality.mos", json!(9));
    let pointers = world.post(&world.a.key, SNAPSHOT, &body).pointers();
    assert_eq!(pointers.len(), 3, "{pointers:?}");
}

fn unknown_names(world: &World) {
    let metric = json!({"value": 1, "unit": "1", "source": "measured", "method": "x", "window_ms": 1, "n": 1});
    for (place, value, pointer) in [
        ("/metrics/audioQuality.vibes", metric, "/metrics/audioQuality.vibes"),
        ("/parameters/values/pcm.magic", json!("1"), "/parameters/values/pcm.magic"),
        ("/parameters/values/jitterbuffer.size_ms", json!("60"), "/parameters/values/jitterbuffer.size_ms"),
        ("/constraints/a~1b", json!({"min": "1"}), "/constraints/a~1b/min"),
        ("/targets/x", json!(1), "/targets/x"),
    ] {
        let mut body = snapshot();
        set(&mut body, place, value);
        let answer = world.post(&world.a.key, SNAPSHOT, &body);
        refused(&answer, 400, "invalid_body", Some(pointer));
        assert_eq!(answer.json()["errors"][0]["code"], "unknown");
    }
}

fn with_audio(tenant: &str, call: &str, body: &mut Value) {
    let sha256 = "ab".repeat(32);
    body["audio"] = json!({
        "storage_key": format!("{tenant}/{call}/a-4-7/{sha256}"), "sha256": sha256, "encoding": "pcm_s16le", "sample_rate_hz": 8000
    });
}

fn foreign_audio(world: &World) {
    let mut body = snapshot();
    let call = body["call_id"].as_str().unwrap().to_owned();
    with_audio(&world.b.id, &call, &mut body);
    refused(&world.post(&world.a.key, SNAPSHOT, &body), 400, "invalid_body", Some("/audio/storage_key"));
    with_audio(&world.a.id, &id("call"), &mut body);
    refused(&world.post(&world.a.key, SNAPSHOT, &body), 400, "invalid_body", Some("/audio/storage_key"));
    with_audio(&world.a.id, &format!("{call}/../../{}", world.b.id), &mut body);
    refused(&world.post(&world.a.key, SNAPSHOT, &body), 400, "invalid_body", Some("/audio/storage_key"));
    with_audio(&world.a.id, &call, &mut body);
    good(&world.post(&world.a.key, SNAPSHOT, &body), 202);
}

/// Sends the PUT that an answer describes, with these bytes.
fn put(answer: &Value, bytes: &[u8]) -> u16 {
    let url = answer["url"].as_str().unwrap().strip_prefix("http://").unwrap();
    let (authority, path) = url.split_once('/').unwrap();
    let mut request = Request::new("PUT", &format!("/{path}"));
    request.body = Some(bytes.to_vec());
    for (name, value) in answer["headers"].as_object().unwrap() {
        // the client counts for itself
        if name != "content-length" && name != "host" {
            request = request.header(name, value.as_str().unwrap());
        }
    }
    request.send(authority).unwrap().status
}

fn upload(world: &World) {
    let bytes = vec![7u8; 3200];
    let mut want = body("audio-upload.v1");
    want["content_length"] = json!(bytes.len());
    want["sha256"] = json!(sha256_hex(&bytes));
    let answer = good(&world.post(&world.a.key, AUDIO, &want), 201);
    let key = answer["storage_key"].as_str().unwrap();
    assert!(key.starts_with(&format!("{}/{}/", world.a.id, want["call_id"].as_str().unwrap())), "{key}");
    assert_eq!(answer["headers"]["content-length"], "3200");
    let status = put(&answer, &bytes[..3100]);
    assert!((400..500).contains(&status), "a shorter upload: {status}");
    assert_eq!(put(&answer, &bytes), 200);
    assert_eq!(put(&answer, &bytes), 412, "an object is written once");
}

fn wrong_upload(world: &World) {
    for (name, value) in [
        ("content_length", json!(0)),
        ("content_length", json!(57_600_001)),
        ("content_length", json!(-1)),
        ("content_type", json!("audio/mpeg")),
        ("content_type", json!("audio/wav\r\nx: y")),
        ("sha256", json!("AB".repeat(32))),
        ("sha256", json!("ab")),
        ("segment_index", json!(100_000_000)),
        ("station", json!(8)),
        ("leg", json!("A")),
        ("call_id", json!("../x")),
    ] {
        let mut want = body("audio-upload.v1");
        want[name] = value;
        refused(&world.post(&world.a.key, AUDIO, &want), 400, "invalid_body", Some(&format!("/{name}")));
    }
}
