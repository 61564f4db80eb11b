//! What is stored is pinned.

use attune_functions_kit::Record;
use attune_functions_kit::record::Head;
use park_dead_letters::letter::letter;
use serde_json::{Value, json};

fn golden(name: &str, value: &Value) {
    attune_test_support::golden::golden(env!("CARGO_MANIFEST_DIR"), name, value);
}

#[test]
fn a_letter() {
    let body = json!({
        "v": 1, "id": "0e0b6f4c-0000-5000-8000-000000000007", "tenant": "tnt_eu1_01kgax4zr0000000000000000t", "cell": "eu1",
        "kind": "snapshot.accepted.v1", "accepted_at": 1_769_860_800_007_i64,
        "body": {"snapshot": {"call_id": "call_01kgax4zr0000000000000000a"}},
    });
    let record = Record {
        sqs_id: "7d1b7a3c-0000-4000-8000-000000000001".into(),
        body: body.to_string(),
        receive_count: 1,
        sent_at: 1_769_860_801_000,
        queue: "attune-local-ingest-snapshot-dlq".into(),
        reason: Some("invalid".into()),
        detail: Some("invalid: /segment/index out_of_range".into()),
        first_sent: Some(1_769_860_800_500),
        received_before: Some(2),
        head: serde_json::from_value::<Head>(body).unwrap(),
    };
    let (key, letter) = letter(&record, "attune-local-", 1_769_860_802_000);
    golden("letter", &json!({"key": key, "object": letter}));
}
