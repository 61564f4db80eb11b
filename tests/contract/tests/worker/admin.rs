//! Tenants and keys.

use crate::world::{World, body, good, id, refused};
use attune_contract_tests::http::Request;
use serde_json::{Value, json};

pub const TESTS: &[crate::Test] = &[
    ("a_tenant_is_made_once_per_key", tenants),
    ("a_key_is_made_listed_and_revoked", keys),
    ("a_repeat_gets_the_first_key_without_its_secret", repeats),
    ("tenants_that_are_not_there_are_not_found", not_found),
    ("bad_names_scopes_and_expiries_are_named", wrong),
    ("two_live_keys_of_one_name_are_enough", rotation),
];

fn tenants(world: &World) {
    let request = world.request(world.operator(), "/v1/admin/tenants", &body("create-tenant.v1"));
    let first = good(&world.send(&request), 201);
    assert!(first["tenant_id"].as_str().unwrap().starts_with("tnt_eu1_"), "{first}");
    assert_eq!(good(&world.send(&request), 201), first, "the first answer comes back");
    let mut other = request.clone();
    other.body = Some(json!({"schema_version": 1, "name": "Another"}).to_string().into_bytes());
    refused(&world.send(&other), 422, "idempotency_mismatch", None);
    let second = good(&world.post(world.operator(), "/v1/admin/tenants", &body("create-tenant.v1")), 201);
    assert_ne!(second["tenant_id"], first["tenant_id"], "another key makes another tenant");
}

fn keys(world: &World) {
    let tenant = world.tenant("keys");
    let target = format!("/v1/admin/tenants/{}/keys", tenant.id);
    let list = || good(&world.send(&Request::new("GET", &target).bearer(world.operator())), 200)["keys"].clone();
    let before = list().as_array().unwrap().len();
    let mut new = body("create-key.v1");
    new["expires_at"] = json!("2999-01-31T13:00:00+01:00");
    let made = good(&world.post(world.operator(), &target, &new), 201);
    assert_eq!((&made["expires_at"], &made["scopes"]), (&json!("2999-01-31T12:00:00.000Z"), &new["scopes"]));
    assert!(made["key"].as_str().unwrap().contains(made["key_id"].as_str().unwrap()));
    let listed = list();
    assert_eq!(listed.as_array().unwrap().len(), before + 1);
    assert!(!listed.to_string().contains(made["key"].as_str().unwrap()), "secrets are shown once");
    let revoke =
        Request::new("DELETE", &format!("{target}/{}", made["key_id"].as_str().unwrap())).bearer(world.operator());
    let first = good(&world.send(&revoke), 200);
    assert!(first["revoked_at"].is_string() && first.get("key").is_none());
    assert_eq!(good(&world.send(&revoke), 200), first, "again is harmless");
    let seen = list().as_array().unwrap().iter().find(|k| k["key_id"] == made["key_id"]).cloned();
    assert_eq!(seen.unwrap()["revoked_at"], first["revoked_at"]);
}

fn repeats(world: &World) {
    let target = format!("/v1/admin/tenants/{}/keys", world.a.id);
    let mut new = body("create-key.v1");
    new["name"] = json!("repeats");
    new["expires_at"] = json!("2999-01-31T12:00:00Z");
    let request = world.request(world.operator(), &target, &new);
    let mut first = good(&world.send(&request), 201);
    let again = good(&world.send(&request), 201);
    first.as_object_mut().unwrap().remove("key");
    assert_eq!(again, first);
    let mut other = request.clone();
    new["name"] = json!("other");
    other.body = Some(new.to_string().into_bytes());
    refused(&world.send(&other), 422, "idempotency_mismatch", None);
}

fn not_found(world: &World) {
    let strangers = [id("tnt_eu1"), id("tnt_us1"), "tnt_eu1_x".to_owned(), "x".to_owned(), world.a.id.to_uppercase()];
    for tenant in strangers {
        let target = format!("/v1/admin/tenants/{tenant}/keys");
        let mut new = body("create-key.v1");
        new["expires_at"] = Value::Null;
        refused(&world.post(world.operator(), &target, &new), 404, "not_found", None);
        let revoke = Request::new("DELETE", &format!("{target}/x")).bearer(world.operator());
        refused(&world.send(&revoke), 404, "not_found", None);
        refused(&world.get(world.operator(), &target), 404, "not_found", None);
    }
    let target = format!("/v1/admin/tenants/{}/keys/nothing", world.a.id);
    refused(&world.send(&Request::new("DELETE", &target).bearer(world.operator())), 404, "not_found", None);
}

fn wrong(world: &World) {
    for name in ["".to_owned(), "x".repeat(101), "a\nb".to_owned()] {
        let body = json!({"schema_version": 1, "name": name});
        refused(&world.post(world.operator(), "/v1/admin/tenants", &body), 400, "invalid_body", Some("/name"));
    }
    let target = format!("/v1/admin/tenants/{}/keys", world.a.id);
    for (place, value, pointer) in [
        ("name", json!(""), "/name"),
        ("scopes", json!([]), "/scopes"),
        ("scopes", json!(["runs:read", "runs:delete"]), "/scopes/1"),
        ("scopes", json!(["runs:read", 1]), "/scopes/1"),
        ("expires_at", json!("2020-01-01T00:00:00Z"), "/expires_at"),
        ("expires_at", json!("0001-01-01T00:00:00Z"), "/expires_at"),
        ("expires_at", json!("tomorrow"), "/expires_at"),
    ] {
        let mut new = body("create-key.v1");
        new["expires_at"] = Value::Null;
        new[place] = value;
        let answer = world.post(world.operator(), &target, &new);
        refused(&answer, 400, "invalid_body", Some(pointer));
    }
}

fn rotation(world: &World) {
    let target = format!("/v1/admin/tenants/{}/keys", world.a.id);
    let new = json!({"schema_version": 1, "name": "rotation", "scopes": ["runs:read"]});
    good(&world.post(world.operator(), &target, &new), 201);
    let second = good(&world.post(world.operator(), &target, &new), 201);
    refused(&world.post(world.operator(), &target, &new), 409, "version_conflict", None);
    let revoke = format!("{target}/{}", second["key_id"].as_str().unwrap());
    good(&world.send(&Request::new("DELETE", &revoke).bearer(world.operator())), 200);
    good(&world.post(world.operator(), &target, &new), 201);
}
