//! ControlRoom: what is bad goes back by itself, what is asked for happens also while AWS is away.

use crate::stream::Station;
use attune_dev::http::Answer;
use attune_domain::CallId;
use attune_e2e::wait::until;
use attune_e2e::world::{MARKER, Tenant, World, body, good};
use attune_local_tests::messages::{Snapshot, call};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

pub const TESTS: &[crate::Test] = &[
    ("freeze_and_rollback_work_while_aws_is_away", away),
    ("a_bad_change_goes_back_after_its_first_window_and_one_without_data_in_time", back),
    ("a_time_to_live_ends", lifetime),
    ("a_station_catches_up_after_a_reconnect", catch_up),
    ("what_belongs_to_another_tenant_is_not_found", foreign),
];

/// Different ones, because the gate lets each change only so often.
const GAIN: (&str, &str) = ("pcm.input_gain_db", "2.0");
const OUTPUT: (&str, &str) = ("pcm.output_gain_db", "1.0");
const LIMIT: (&str, &str) = ("limiter.threshold_dbfs", "-1.0");

fn update(
    world: &World,
    tenant: &Tenant,
    call: &CallId,
    base: u64,
    (knob, value): (&str, &str),
    ttl_s: Option<u32>,
) -> Answer {
    let mut body = json!({
        "schema_version": 1, "station": 4, "scope": "call", "call_id": call, "base_version": base,
        "values": {knob: value}, "reason": format!("{MARKER} by hand"),
    });
    if let Some(ttl_s) = ttl_s {
        body["ttl_s"] = ttl_s.into();
    }
    world.post(tenant, "/v1/config/update", &body, &[])
}

fn changed(answer: &Answer) -> u64 {
    good(answer, 200)["change"]["version"].as_u64().unwrap()
}

fn rollback(world: &World, tenant: &Tenant, call: &CallId, to: u64) -> Answer {
    let body = json!({
        "schema_version": 1, "station": 4, "scope": "call", "call_id": call, "to_version": to, "reason": format!("{MARKER} back"),
    });
    world.post(tenant, "/v1/config/rollback", &body, &[])
}

fn freeze(world: &World, tenant: &Tenant, frozen: bool) -> Answer {
    let body = json!({"schema_version": 1, "frozen": frozen, "reason": format!("{MARKER} {frozen}")});
    world.post(tenant, "/v1/config/freeze", &body, &[])
}

fn away(world: &mut World) {
    let tenant = world.tenant("away");
    let call = call();
    let mut station = Station::connect(world, &tenant, &call, 0);
    let empty = world.config(&tenant, &call);
    let first = changed(&update(world, &tenant, &call, 0, GAIN, None));
    assert_eq!(station.config()["version"], first);
    world.stack.pause_localstack().unwrap();
    let started = Instant::now();
    assert_eq!(good(&freeze(world, &tenant, true), 200)["frozen"], true);
    let refused = update(world, &tenant, &call, first, OUTPUT, None);
    assert_eq!((refused.status, refused.json()["code"].as_str()), (409, Some("frozen")), "{}", refused.text());
    let back = changed(&rollback(world, &tenant, &call, 0));
    let config = world.config(&tenant, &call);
    assert_eq!((&config["values"], &config["version"]), (&empty["values"], &json!(back)), "back to what it was");
    assert_eq!(station.config(), config, "the station hears of it at once");
    let took = started.elapsed();
    world.stack.resume_localstack().unwrap();
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(good(&freeze(world, &tenant, false), 200)["frozen"], false);
    // and it is recorded once AWS is back
    let change = world.change(&tenant, "the rollback", 60, |change| change["version"] == back);
    assert_eq!(change["origin"]["kind"], "rollback", "{change}");
    assert_eq!(world.changes(&tenant).len(), 2);
}

/// A call that is measured, with a change that waits for its first window.
fn waiting(world: &World, tenant: &Tenant) -> (CallId, u64, Value, Instant) {
    let call = call();
    world.snapshot(tenant, &Snapshot::clean(&tenant.id, &call, 0));
    let request = json!({"schema_version": 1, "call_id": call, "leg": "a", "station": 4});
    // a run that finds no snapshot yet has failed: the snapshot is on its way
    until("the call is measured", 30, || {
        let run = good(&world.post(tenant, "/v1/optimizer/run", &request, &[("prefer", "wait=10")]), 200);
        if run["status"] == "no_change" { Ok(()) } else { Err(run.to_string()) }
    });
    let before = world.config(tenant, &call);
    // before the request: the room's clock starts with the change, which comes later
    let since = Instant::now();
    let version = changed(&update(world, tenant, &call, 0, GAIN, None));
    (call, version, before, since)
}

fn back(world: &mut World) {
    let tenant = world.tenant("back");
    let (silent, silent_version, silent_before, since) = waiting(world, &tenant);
    let (call, version, before, _) = waiting(world, &tenant);
    let mut worse = Snapshot::quiet(&tenant.id, &call, 1);
    worse.version = version;
    world.snapshot(&tenant, &worse);
    let from = |version: u64| {
        move |c: &Value| c["origin"]["kind"] == "automatic_rollback" && c["origin"]["from_version"] == version
    };
    let change = world.change(&tenant, "the rollback of a bad change", 30, from(version));
    let config = world.config(&tenant, &call);
    assert_eq!((&config["values"], &config["version"]), (&before["values"], &change["version"]));
    assert_eq!(config["content_hash"], before["content_hash"], "byte for byte");
    // the other call has gone silent: nothing worse was seen, and nothing good either
    let change = world.change(&tenant, "the rollback of an unheard change", 60, from(silent_version));
    assert!(since.elapsed() >= Duration::from_secs(20), "not before a window could have come: {:?}", since.elapsed());
    let config = world.config(&tenant, &silent);
    assert_eq!((&config["values"], &config["version"]), (&silent_before["values"], &change["version"]));
    assert_eq!(config["content_hash"], silent_before["content_hash"], "byte for byte");
}

fn lifetime(world: &mut World) {
    let tenant = world.tenant("lifetime");
    let call = call();
    let mut station = Station::connect(world, &tenant, &call, 0);
    let before = world.config(&tenant, &call);
    let ttl = 2;
    let answer = update(world, &tenant, &call, 0, GAIN, Some(ttl));
    let version = changed(&answer);
    assert_eq!(station.config()["ttl_s"], ttl);
    let ended = station.config();
    assert_eq!(ended["values"], before["values"], "pushed when it ends");
    let origin = |c: &Value| c["origin"]["kind"] == "expired" && c["origin"]["from_version"] == version;
    let change = world.change(&tenant, "the end of the time to live", 30, origin);
    assert_eq!(world.config(&tenant, &call)["version"], change["version"]);
}

fn catch_up(world: &mut World) {
    let tenant = world.tenant("reconnect");
    let call = call();
    let mut station = Station::connect(world, &tenant, &call, 0);
    let first = changed(&update(world, &tenant, &call, 0, GAIN, None));
    assert_eq!(station.config()["version"], first);
    drop(station);
    let second = changed(&update(world, &tenant, &call, first, OUTPUT, None));
    let mut station = Station::connect(world, &tenant, &call, first);
    assert_eq!(station.config()["version"], second, "what was missed comes at once");
    // also past the end of the process that knew it
    world.stack.kill_workerd().unwrap();
    drop(station);
    world.stack.restart_worker().unwrap();
    let mut station = Station::connect(world, &tenant, &call, first);
    let config = station.config();
    assert_eq!((&config["version"], &config["values"][OUTPUT.0]["value"]), (&json!(second), &json!(OUTPUT.1)));
    let third = changed(&update(world, &tenant, &call, second, LIMIT, None));
    assert_eq!(station.config()["version"], third);
}

fn foreign(world: &mut World) {
    let (own, other) = (world.tenant("own"), world.tenant("other"));
    let snapshot = Snapshot::clean(&own.id, &call(), 0);
    let request = json!({"schema_version": 1, "call_id": snapshot.call, "leg": "a", "station": 4});
    let run = good(&world.post(&own, "/v1/optimizer/run", &request, &[]), 202)["run_id"].clone();
    let path = format!("/v1/optimizer/runs/{}", run.as_str().unwrap());
    assert_eq!(world.get(&own, &path).status, 200);
    let first = changed(&update(world, &own, &snapshot.call, 0, GAIN, None));
    let second = changed(&update(world, &own, &snapshot.call, first, OUTPUT, None));
    for answer in [world.get(&other, &path), rollback(world, &other, &snapshot.call, first)] {
        assert_eq!((answer.status, answer.json()["code"].as_str()), (404, Some("not_found")), "{}", answer.text());
    }
    assert_eq!(world.config(&other, &snapshot.call)["version"], 0, "the call's layer is the owner's");
    assert_eq!(world.config(&own, &snapshot.call)["version"], second);
    let sha256 = "ab".repeat(32);
    let mut stolen = body(&Snapshot::clean(&other.id, &snapshot.call, 0));
    stolen["audio"] = json!({
        "storage_key": format!("{}/{}/a-4-0/{sha256}", own.id, snapshot.call), "sha256": sha256, "encoding": "pcm_s16le", "sample_rate_hz": 8000,
    });
    assert_eq!(world.post(&other, "/v1/stations/snapshot", &stolen, &[]).status, 400);
}
