//! Effective configuration, changes by hand, rollback, freeze.

use crate::world::{Tenant, World, good, id, refused};
use attune_contract_tests::http::Request;
use serde_json::{Value, json};

pub const TESTS: &[crate::Test] = &[
    ("every_station_has_its_parameters", stations),
    ("an_entity_tag_saves_the_body", etag),
    ("strange_stations_and_queries_are_refused", strange),
    ("a_change_is_compared_and_set", change),
    ("unsafe_changes_are_refused_with_their_reason", unsafe_changes),
    ("a_change_that_is_repeated_gets_the_first_answer", repeats),
    ("a_frozen_configuration_only_rolls_back", frozen),
    ("every_wrong_field_of_a_change_is_named", wrong_fields),
    ("the_global_layer_is_the_operators", global),
];

const UPDATE: &str = "/v1/config/update";
const ROLLBACK: &str = "/v1/config/rollback";
const FREEZE: &str = "/v1/config/freeze";

/// A change of input gain at station 4 in a tenant's layer.
pub fn gain(base_version: u64, value: &str) -> Value {
    json!({
        "schema_version": 1, "station": 4, "scope": "tenant", "base_version": base_version,
        "values": {"pcm.input_gain_db": value}, "reason": "test"
    })
}

fn rollback(to_version: u64) -> Value {
    json!({"schema_version": 1, "station": 4, "scope": "tenant", "to_version": to_version, "reason": "test"})
}

fn version(answer: &Value) -> u64 {
    answer["change"]["version"].as_u64().unwrap()
}

fn stations(world: &World) {
    for station in attune_domain::Station::ALL {
        let config = good(&world.get(&world.a.key, &format!("/v1/config/{station}")), 200);
        let names: Vec<&str> = config["values"].as_object().unwrap().keys().map(String::as_str).collect();
        let mut known: Vec<&str> =
            attune_domain::knob::KNOBS.iter().filter(|k| k.exists_at(station)).map(|k| k.name).collect();
        known.sort_unstable();
        assert_eq!(names, known, "station {station}");
    }
    let call = id("call");
    let config = good(&world.get(&world.a.key, &format!("/v1/config/4?call_id={call}")), 200);
    assert_eq!(config["call_id"], json!(call));
}

fn etag(world: &World) {
    let tenant = world.tenant("etag");
    let read =
        |tags: &str| world.send(&Request::new("GET", "/v1/config/4").bearer(&tenant.key).header("if-none-match", tags));
    let first = world.get(&tenant.key, "/v1/config/4");
    let tag = first.header("etag").unwrap().to_owned();
    // a weak one, because `ttl_s` runs down within it; it compares weakly
    let strong = tag.strip_prefix("W/").expect("a weak tag").to_owned();
    for tags in [tag.clone(), strong, format!("\"x\", {tag}"), "*".to_owned()] {
        let answer = read(&tags);
        assert_eq!((answer.status, answer.header("etag")), (304, Some(tag.as_str())), "{tags}");
    }
    assert_eq!(read("\"x\"").status, 200);
    freeze(world, &tenant, true);
    assert_eq!(good(&read(&tag), 200)["frozen"], true, "a freeze is news");
    freeze(world, &tenant, false);
    good(&world.post(&tenant.key, UPDATE, &gain(0, "3.0")), 200);
    let changed = read(&tag);
    assert_eq!(good(&changed, 200)["values"]["pcm.input_gain_db"]["value"], "3.0");
    assert_ne!(changed.header("etag"), Some(tag.as_str()));
}

fn strange(world: &World) {
    for station in ["5", "0", "-1", "04", "4.0", "x", "%34x", "99999999999999999999"] {
        let answer = world.get(&world.a.key, &format!("/v1/config/{station}"));
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{station}");
    }
    for (query, name) in [
        ("call_id=x", "?call_id"),
        ("call_id=", "?call_id"),
        ("call=1", "?call"),
        ("call_id=%ff", "?call_id"),
        (&format!("call_id={0}&call_id={0}", id("call")), "?call_id"),
    ] {
        let answer = world.get(&world.a.key, &format!("/v1/config/4?{query}"));
        refused(&answer, 400, "invalid_parameter", Some(name));
    }
}

fn change(world: &World) {
    let tenant = world.tenant("change");
    let read = || good(&world.get(&tenant.key, "/v1/config/4"), 200);
    let first = good(&world.post(&tenant.key, UPDATE, &gain(0, "3.0")), 200);
    assert_eq!(first["change"]["values"]["pcm.input_gain_db"]["new"], "3.0");
    assert_eq!(first["change"]["origin"]["kind"], "manual");
    let config = read();
    assert_eq!(config["version"], first["change"]["version"]);
    assert_eq!(config["values"]["pcm.input_gain_db"], json!({"value": "3.0", "unit": "dB", "scope": "tenant"}));
    refused(&world.post(&tenant.key, UPDATE, &gain(0, "4.0")), 409, "version_conflict", None);
    refused(&world.post(&tenant.key, UPDATE, &gain(99, "4.0")), 409, "version_conflict", None);
    assert_eq!(read(), config, "what was refused changed nothing");
    // another station and another tenant are where they were
    assert_eq!(good(&world.get(&tenant.key, "/v1/config/1"), 200)["version"], 0);
    assert_ne!(good(&world.get(&world.b.key, "/v1/config/4"), 200)["content_hash"], config["content_hash"]);
    let back = good(&world.post(&tenant.key, ROLLBACK, &rollback(0)), 200);
    assert!(version(&back) > version(&first));
    assert_eq!(read()["values"]["pcm.input_gain_db"]["scope"], Value::Null);
    refused(&world.post(&tenant.key, ROLLBACK, &rollback(77)), 404, "not_found", None);
}

fn unsafe_changes(world: &World) {
    let tenant = world.tenant("unsafe");
    let update = |values: Value| {
        let mut body = gain(0, "0");
        body["values"] = values;
        world.post(&tenant.key, UPDATE, &body)
    };
    for (values, pointer) in [
        (json!({"pcm.input_gain_db": "25.0"}), "/values/pcm.input_gain_db"),
        (json!({"pcm.input_gain_db": "6.1"}), "/values/pcm.input_gain_db"),
        (json!({"pcm.input_gain_db": "-24.1"}), "/values/pcm.input_gain_db"),
        (json!({"pcm.input_gain_db": "1.0", "compressor.ratio": "20.1"}), "/values/compressor.ratio"),
        (json!({"jitterbuffer.size_ms": "60"}), "/values/jitterbuffer.size_ms"),
        (json!({"pcm.input_gain_db": null}), "/values"),
        (json!({}), "/values"),
    ] {
        refused(&update(values), 422, "unsafe_parameters", Some(pointer));
    }
    for ttl in [0, 604_801] {
        let mut body = gain(0, "1.0");
        body["ttl_s"] = json!(ttl);
        refused(&world.post(&tenant.key, UPDATE, &body), 422, "unsafe_parameters", Some("/ttl_s"));
    }
    assert_eq!(good(&world.get(&tenant.key, "/v1/config/4"), 200)["version"], 0);
    good(&update(json!({"pcm.input_gain_db": "6.0"})), 200);
    // too soon after the one before
    refused(
        &world.post(&tenant.key, UPDATE, &gain(1, "7.0")),
        422,
        "unsafe_parameters",
        Some("/values/pcm.input_gain_db"),
    );
}

fn repeats(world: &World) {
    let tenant = world.tenant("repeats");
    let same = |target: &str, body: &Value, other: &Value| {
        let request = world.request(&tenant.key, target, body);
        let first = good(&world.send(&request), 200);
        assert_eq!(good(&world.send(&request), 200), first, "{target}");
        let mut mismatch = request.clone();
        mismatch.body = Some(other.to_string().into_bytes());
        refused(&world.send(&mismatch), 422, "idempotency_mismatch", None);
        first
    };
    let first = same(UPDATE, &gain(0, "3.0"), &gain(0, "4.0"));
    assert_eq!(good(&world.get(&tenant.key, "/v1/config/4"), 200)["version"], first["change"]["version"]);
    same(ROLLBACK, &rollback(0), &rollback(1));
    let freeze = |frozen: bool, reason: &str| json!({"schema_version": 1, "frozen": frozen, "reason": reason});
    same(FREEZE, &freeze(true, "a"), &freeze(true, "b"));
}

fn freeze(world: &World, tenant: &Tenant, frozen: bool) {
    let body = json!({"schema_version": 1, "frozen": frozen, "reason": "test"});
    let answer = good(&world.post(&tenant.key, FREEZE, &body), 200);
    assert_eq!(answer["frozen"], frozen);
}

fn frozen(world: &World) {
    let tenant = world.tenant("frozen");
    good(&world.post(&tenant.key, UPDATE, &gain(0, "3.0")), 200);
    freeze(world, &tenant, true);
    assert_eq!(good(&world.get(&tenant.key, "/v1/config/4"), 200)["frozen"], true);
    refused(&world.post(&tenant.key, UPDATE, &gain(1, "4.0")), 409, "frozen", None);
    let back = good(&world.post(&tenant.key, ROLLBACK, &rollback(0)), 200);
    assert_eq!((&back["frozen"], &back["change"]["origin"]["kind"]), (&json!(true), &json!("rollback")));
    freeze(world, &tenant, false);
    assert_eq!(good(&world.get(&tenant.key, "/v1/config/4"), 200)["frozen"], false);
}

fn wrong_fields(world: &World) {
    let cases = [
        (UPDATE, gain(0, "1.0"), "station", json!(5), "/station"),
        (UPDATE, gain(0, "1.0"), "scope", json!("world"), "/scope"),
        (UPDATE, gain(0, "1.0"), "scope", json!("call"), "/call_id"),
        (UPDATE, gain(0, "1.0"), "call_id", json!(id("call")), "/call_id"),
        (UPDATE, gain(0, "1.0"), "base_version", json!(-1), "/base_version"),
        (UPDATE, gain(0, "1.0"), "reason", json!("a\u{0}b"), "/reason"),
        (UPDATE, gain(0, "1.0"), "reason", json!("x".repeat(501)), "/reason"),
        (UPDATE, gain(0, "1.0"), "values", json!({"pcm.magic": "1"}), "/values/pcm.magic"),
        (UPDATE, gain(0, "1.0"), "values", json!({"pcm.input_gain_db": "1.05"}), "/values/pcm.input_gain_db"),
        (UPDATE, gain(0, "1.0"), "values", json!({"pcm.input_gain_db": 1}), "/values/pcm.input_gain_db"),
        (ROLLBACK, rollback(0), "station", json!("4"), "/station"),
        (ROLLBACK, rollback(0), "to_version", json!(1.5), "/to_version"),
        (ROLLBACK, rollback(0), "scope", json!("call"), "/call_id"),
        (ROLLBACK, rollback(0), "reason", json!("x".repeat(501)), "/reason"),
    ];
    for (target, mut body, name, value, pointer) in cases {
        body[name] = value.clone();
        let answer = world.post(&world.b.key, target, &body);
        assert_eq!(answer.status, 400, "{target} {name} = {value}: {}", String::from_utf8_lossy(&answer.body));
        refused(&answer, 400, "invalid_body", Some(pointer));
    }
}

/// At a station that no other test changes: the global layer reaches every tenant.
fn global(world: &World) {
    let mut change = gain(0, "1.5");
    change["station"] = json!(10);
    let mut back = rollback(0);
    back["station"] = json!(10);
    for (target, body) in [(UPDATE, &mut change), (ROLLBACK, &mut back)] {
        refused(&world.post(world.operator(), target, body), 403, "forbidden", Some("/scope"));
        body["scope"] = json!("global");
        refused(&world.post(&world.a.key, target, body), 403, "forbidden", Some("/scope"));
    }
    let made = good(&world.post(world.operator(), UPDATE, &change), 200);
    assert_eq!(made["change"]["scope"], "global");
    let gain_of =
        |tenant: &Tenant| good(&world.get(&tenant.key, "/v1/config/10"), 200)["values"]["pcm.input_gain_db"].clone();
    for tenant in [&world.a, &world.b, &world.tenant("new")] {
        let wanted = json!({"value": "1.5", "unit": "dB", "scope": "global"});
        world.until("the global layer", || (gain_of(tenant) == wanted).then_some(()));
    }
    good(&world.post(world.operator(), ROLLBACK, &back), 200);
    world.until("the return of the global layer", || (gain_of(&world.a)["scope"] == Value::Null).then_some(()));
}
