//! What is stored is pinned.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a failure is to be loud")]

use attune_contracts::config::ChangeV1;
use attune_domain::TenantId;
use attune_functions_kit::Item;
use record_change::items;
use serde_json::{Value, json};

fn golden(name: &str, value: &Value) {
    attune_test_support::golden::golden(env!("CARGO_MANIFEST_DIR"), name, value);
}

fn change(scope: &str, call: Option<&str>, values: &Value) -> ChangeV1 {
    serde_json::from_value(json!({
        "change_id": "chg_01kgax4zr0000000000000000c", "version": 42, "parent": 41, "station": 4, "scope": scope, "call_id": call,
        "values": values, "content_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "reason": "too quiet", "origin": {"kind": "run", "run_id": "run_01kgax4zr0000000000000000r"},
        "at": "2026-01-31T12:00:00.007Z", "expires_at": "2026-02-01T12:00:00.007Z",
    }))
    .unwrap()
}

fn all(items: Vec<Item>) -> Value {
    items.into_iter().map(Value::from).collect()
}

#[test]
fn history_and_present_values() {
    let tenant = TenantId::parse("tnt_eu1_01kgax4zr0000000000000000t").unwrap();
    let values =
        json!({"pcm.input_gain_db": {"old": null, "new": "6.0"}, "highpass.cutoff_hz": {"old": "120", "new": null}});
    let of_tenant = change("tenant", None, &values);
    golden("items-change", &all(items::changes(&tenant, &of_tenant).unwrap()));
    golden("items-parameter", &all(items::parameters(&tenant, &of_tenant)));
    let of_call = change("call", Some("call_01kgax4zr0000000000000000a"), &values);
    golden("items-parameter-of-call", &all(items::parameters(&tenant, &of_call)));
    let empty = change("tenant", None, &json!({}));
    assert_eq!(items::changes(&tenant, &empty).unwrap().len(), 1, "a change without values is in the history too");
    assert!(items::parameters(&tenant, &empty).is_empty());
}
