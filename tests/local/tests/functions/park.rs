use attune_local_tests::cloud::{Function, cloud, object};
use attune_local_tests::messages::{Snapshot, call, tenant};
use attune_test_support::runtime_api::sqs_record;
use serde_json::Value;

#[test]
fn letters_lie_in_s3_with_their_reason_and_body() {
    let stack = cloud();
    let function = Function::start(&stack, "park-dead-letters", &[]);
    let (tenant, call) = (tenant(), call());
    let snapshot = Snapshot::clean(&tenant, &call, 1);
    let text = snapshot.envelope().to_string();
    let queue = "attune-local-ingest-snapshot-dlq";
    let unreadable = format!("sqs-{}", attune_local_tests::messages::unique());
    let records = vec![
        sqs_record("sqs-1", queue, &text, &[("attune-reason", "invalid"), ("attune-detail", "/metrics unknown")]),
        sqs_record(&unreadable, queue, "\u{0}not json", &[]),
    ];
    assert!(function.deliver(records).is_empty());
    let key = format!("{tenant}/{call}/{}.json", snapshot.id());
    let letter: Value = serde_json::from_str(&object(&stack, "dead-letters", &key).expect("the letter")).unwrap();
    assert_eq!(letter["queue"], "ingest-snapshot");
    assert_eq!((letter["reason"].as_str(), letter["detail"].as_str()), (Some("invalid"), Some("/metrics unknown")));
    assert_eq!(letter["body"].as_str(), Some(text.as_str()), "what is redriven is what came");
    let key = format!("unknown/unreadable/{unreadable}.json");
    let letter: Value = serde_json::from_str(&object(&stack, "dead-letters", &key).expect("the letter")).unwrap();
    assert_eq!(letter["reason"], "receive_count_exceeded");
}

#[test]
fn a_letter_that_cannot_be_parked_stays_in_its_queue() {
    let stack = cloud();
    let nowhere = [("ATTUNE_BUCKET_PREFIX", Some("attune-nowhere-"))];
    let function = Function::start(&stack, "park-dead-letters", &nowhere);
    let record = sqs_record("sqs-1", "attune-local-ingest-snapshot-dlq", "x", &[]);
    assert_eq!(function.deliver(vec![record]), ["sqs-1"]);
}
