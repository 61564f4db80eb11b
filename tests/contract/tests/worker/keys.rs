//! Who may do what.

use crate::world::{World, body, good, id, refused};
use attune_contract_tests::http::Request;
use attune_identity::api_key::{ApiKey, ENTROPY, Environment, Scope};
use serde_json::json;

pub const TESTS: &[crate::Test] = &[
    ("a_wrong_key_is_refused_everywhere", wrong),
    ("an_expired_key_says_so", expired),
    ("a_revoked_key_says_so", revoked),
    ("a_scope_is_needed_for_each_route", scopes),
    ("the_operator_is_no_tenant_and_the_other_way_round", operator),
];

/// Every route that needs a key of a tenant, with its scope.
fn keyed(world: &World) -> Vec<(Request, Option<Scope>)> {
    let post = |target: &str, golden: &str| world.request("", target, &body(golden));
    let get = |target: &str| Request::new("GET", target);
    let mut all = vec![
        (post("/v1/stations/snapshot", "snapshot.v1"), Some(Scope::SnapshotsWrite)),
        (post("/v1/stations/audio", "audio-upload.v1"), Some(Scope::AudioWrite)),
        (post("/v1/optimizer/run", "run-request.v1"), Some(Scope::RunsWrite)),
        (get(&format!("/v1/optimizer/runs/{}", id("run"))), Some(Scope::RunsRead)),
        (post("/v1/config/update", "config-update.v1"), Some(Scope::ConfigWrite)),
        (post("/v1/config/rollback", "config-rollback.v1"), Some(Scope::ConfigWrite)),
        (post("/v1/config/freeze", "config-freeze.v1"), Some(Scope::ConfigWrite)),
        (get("/v1/config/4"), Some(Scope::ConfigRead)),
        (get("/v1/config/changes"), Some(Scope::ConfigRead)),
        (get("/v1/stations/stream"), Some(Scope::StreamConnect)),
        (get("/v1/outbox/depth"), None),
    ];
    for (request, _) in &mut all {
        request.headers.retain(|(name, _)| name != "authorization");
    }
    all
}

fn with(request: &Request, key: &str) -> Request {
    request.clone().bearer(key)
}

fn ulid_of(tenant: &str) -> &str {
    tenant.rsplit('_').next().unwrap()
}

fn wrong(world: &World) {
    let key = &world.a.key;
    let last = if key.ends_with('0') { "1" } else { "0" };
    let make = |environment, cell: &str, tenant: &str| {
        let entropy = attune_dev::keys::random::<ENTROPY>().unwrap();
        ApiKey::generate(environment, cell, tenant, &entropy).unwrap().expose().to_owned()
    };
    let bad = [
        "x".to_owned(),
        format!("{}{last}", &key[..key.len() - 1]),
        make(Environment::Test, "eu1", ulid_of(&world.a.id)),
        make(Environment::Test, "eu1", "01hzzzzzzzzzzzzzzzzzzzzzzz"),
        make(Environment::Live, "eu1", ulid_of(&world.a.id)),
        make(Environment::Test, "us1", ulid_of(&world.a.id)),
        format!("atn_operator_{}", "0".repeat(43)),
    ];
    for (request, _) in keyed(world) {
        refused(&world.send(&request), 401, "unauthenticated", None);
        for key in &bad {
            refused(&world.send(&with(&request, key)), 401, "unauthenticated", None);
        }
        // the operator may change the global layer; what these requests are about is a tenant's
        if !request.target.starts_with("/v1/config/") || request.method == "GET" {
            refused(&world.send(&with(&request, world.operator())), 401, "unauthenticated", None);
        }
        let basic = request.clone().header("authorization", "Basic YTpi");
        refused(&world.send(&basic), 401, "unauthenticated", None);
    }
}

pub fn make_key(world: &World, name: &str, scopes: &[&str], expires_at: Option<String>) -> (String, String) {
    let target = format!("/v1/admin/tenants/{}/keys", world.a.id);
    let mut body = json!({"schema_version": 1, "name": name, "scopes": scopes});
    if let Some(at) = expires_at {
        body["expires_at"] = json!(at);
    }
    let made = good(&world.post(world.operator(), &target, &body), 201);
    (made["key_id"].as_str().unwrap().to_owned(), made["key"].as_str().unwrap().to_owned())
}

pub fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

fn expired(world: &World) {
    let at = attune_domain::Millis(now_ms() + 2_000).to_string();
    let (_, key) = make_key(world, "short", attune_dev::stack::SCOPES, Some(at));
    world.until("the end of the key", || (world.get(&key, "/v1/outbox/depth").status == 401).then_some(()));
    for (request, _) in keyed(world) {
        refused(&world.send(&with(&request, &key)), 401, "key_expired", None);
    }
}

fn revoked(world: &World) {
    let (id, key) = make_key(world, "doomed", attune_dev::stack::SCOPES, None);
    good(&world.get(&key, "/v1/outbox/depth"), 200);
    let target = format!("/v1/admin/tenants/{}/keys/{id}", world.a.id);
    let answer = good(&world.send(&Request::new("DELETE", &target).bearer(world.operator())), 200);
    assert!(answer["revoked_at"].is_string() && answer.get("key").is_none(), "{answer}");
    world.until("the end of the key", || (world.get(&key, "/v1/outbox/depth").status == 401).then_some(()));
    for (request, _) in keyed(world) {
        refused(&world.send(&with(&request, &key)), 401, "key_revoked", None);
    }
}

/// A key with all scopes but one is refused where that one is needed, and nowhere else.
fn scopes(world: &World) {
    for missing in Scope::ALL {
        let names: Vec<&str> = Scope::ALL.iter().filter(|s| **s != missing).map(|s| s.as_str()).collect();
        let (_, key) = make_key(world, &format!("all but {missing}"), &names, None);
        for (request, needed) in keyed(world) {
            if needed == Some(missing) {
                let answer = world.send(&with(&request, &key));
                refused(&answer, 403, "forbidden", None);
                assert!(answer.json()["detail"].as_str().unwrap().contains(missing.as_str()), "it names the scope");
            }
        }
        good(&world.get(&key, "/v1/outbox/depth"), 200);
    }
}

fn operator(world: &World) {
    let keys = format!("/v1/admin/tenants/{}/keys", world.a.id);
    let requests = [
        world.request(&world.a.key, "/v1/admin/tenants", &body("create-tenant.v1")),
        world.request(&world.a.key, &keys, &body("create-key.v1")),
        Request::new("GET", &keys).bearer(&world.a.key),
        Request::new("DELETE", &format!("{keys}/x")).bearer(&world.a.key),
        Request::new("GET", &keys),
        Request::new("GET", &keys).bearer(&format!("atn_operator_{}", "0".repeat(43))),
    ];
    for request in requests {
        refused(&world.send(&request), 401, "unauthenticated", None);
    }
}
