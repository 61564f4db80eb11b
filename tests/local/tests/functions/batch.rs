use attune_local_tests::cloud::{Function, cloud, items, private_queues, take};
use attune_local_tests::messages::{Snapshot, call, now_ms, tenant};
use attune_migrations::keys;
use attune_test_support::runtime_api::sqs_record;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const QUEUE: &str = "attune-local-ingest-snapshot";

#[test]
fn poison_goes_to_the_dead_letter_queue_with_its_reason_and_touches_nobody_else() {
    let stack = cloud();
    let queues = private_queues(&stack, "poison", &["optimize-run", "ingest-snapshot-dlq"]);
    let function = Function::start(&stack, "ingest-snapshot", &[("ATTUNE_QUEUE_URL_PREFIX", Some(&queues))]);
    let (tenant, call) = (tenant(), call());
    let good = Snapshot::clean(&tenant, &call, 1).envelope();
    let bad = |change: &dyn Fn(&mut Value)| {
        let mut envelope = good.clone();
        change(&mut envelope);
        envelope.to_string()
    };
    let bodies = [
        "not json".to_owned(),
        bad(&|e| e["v"] = json!(9)),
        bad(&|e| e["kind"] = json!("snapshot.accepted.v7")),
        bad(&|e| e["cell"] = json!("us1")),
        bad(&|e| e["accepted_at"] = json!(now_ms() - 41 * 24 * 3_600_000)),
        bad(&|e| {
            e["body"]["snapshot"]["metrics"]["audioQuality.vibes"] =
                json!({"value": 1.0, "unit": "1", "source": "measured", "method": "m", "window_ms": 1, "n": 1})
        }),
        good.to_string(),
    ];
    let records =
        bodies.iter().enumerate().map(|(at, body)| sqs_record(&format!("sqs-{at}"), QUEUE, body, &[])).collect();
    assert!(function.deliver(records).is_empty());
    assert!(items(&stack, "calls", &keys::call_pk(&tenant, &call)).contains_key("SNAP#a#04#00000001"));
    let letters = take(&stack, &format!("{queues}ingest-snapshot-dlq"), 6);
    let reasons: BTreeSet<&str> = letters.iter().map(|(_, attributes)| attributes["attune-reason"].as_str()).collect();
    let expected = ["unreadable", "unknown_version", "unknown_kind", "wrong_cell", "too_old", "invalid"];
    assert_eq!(reasons, expected.into_iter().collect());
}

#[test]
fn where_the_dead_letter_queue_is_away_poison_is_tried_again() {
    let stack = cloud();
    let missing = private_queues(&stack, "no-dlq", &[]);
    let function = Function::start(&stack, "ingest-snapshot", &[("ATTUNE_QUEUE_URL_PREFIX", Some(&missing))]);
    assert_eq!(function.deliver(vec![sqs_record("sqs-1", QUEUE, "not json", &[])]), ["sqs-1"]);
}

#[test]
fn only_the_records_whose_store_fails_are_reported() {
    let stack = cloud();
    let queues = private_queues(&stack, "away", &["optimize-run", "ingest-snapshot-dlq"]);
    let nobody = "http://127.0.0.1:9";
    let changes = [("ATTUNE_QUEUE_URL_PREFIX", Some(queues.as_str())), ("AWS_ENDPOINT_URL_DYNAMODB", Some(nobody))];
    let function = Function::start(&stack, "ingest-snapshot", &changes);
    let good = Snapshot::clean(&tenant(), &call(), 1).envelope().to_string();
    let failed = function
        .deliver(vec![sqs_record("sqs-good", QUEUE, &good, &[]), sqs_record("sqs-poison", QUEUE, "not json", &[])]);
    assert_eq!(failed, ["sqs-good"], "the poison is parked, the other waits for the store");
}

#[test]
fn a_missing_variable_ends_the_start() {
    let stack = cloud();
    for (function, variable) in [
        ("ingest-snapshot", "ATTUNE_CELL"),
        ("record-change", "ATTUNE_TABLE_PREFIX"),
        ("optimize-run", "ATTUNE_SIGNING_KEY_SECRET_ID"),
        ("park-dead-letters", "AWS_REGION"),
    ] {
        let mut started = Function::start(&stack, function, &[(variable, None)]);
        assert!(!started.running().wait().unwrap().success(), "{function} starts without {variable}");
    }
}
