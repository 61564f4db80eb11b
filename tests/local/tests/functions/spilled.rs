use attune_dev::stack::Stack;
use attune_local_tests::cloud::{Function, cloud, items, private_queues, take};
use attune_local_tests::messages::{Snapshot, Spilled, call, change, spilled, tenant};
use attune_migrations::keys;
use attune_test_support::runtime_api::sqs_record;
use serde_json::{Value, json};

const QUEUE: &str = "attune-local-ingest-snapshot";

fn put(stack: &Stack, key: &str, content: &str) {
    let path = format!("/{}/{key}", stack.name("raw"));
    assert_eq!(stack.api.s3("PUT", &path, content.as_bytes()).expect("an answer").status, 200);
}

fn record(at: usize, message: &Spilled) -> Value {
    sqs_record(&format!("sqs-{at}"), QUEUE, &message.pointer, &[])
}

#[test]
fn a_message_too_large_for_its_queue_lands_once() {
    let stack = cloud();
    let queues = private_queues(&stack, "spilled", &["optimize-run"]);
    let function = Function::start(&stack, "ingest-snapshot", &[("ATTUNE_QUEUE_URL_PREFIX", Some(&queues))]);
    let (tenant, call) = (tenant(), call());
    let small = Snapshot::clean(&tenant, &call, 2);
    let large = spilled(&Snapshot::quiet(&tenant, &call, 1).envelope());
    put(&stack, &large.key, &large.content);
    let beside = sqs_record("sqs-0", QUEUE, &small.envelope().to_string(), &[]);
    assert!(function.deliver(vec![record(1, &large), beside]).is_empty());
    let before = items(&stack, "calls", &keys::call_pk(&tenant, &call));
    assert!(before.contains_key("SNAP#a#04#00000001") && before.contains_key("SNAP#a#04#00000002"), "{before:?}");
    assert!(function.deliver(vec![record(2, &large)]).is_empty());
    assert_eq!(items(&stack, "calls", &keys::call_pk(&tenant, &call)), before, "the effect is there once");
    let sent = take(&stack, &format!("{queues}optimize-run"), 2);
    assert!(sent.iter().all(|(message, _)| message["id"] == sent[0].0["id"]), "{sent:?}");

    let projection = spilled(&change(&tenant, 1, &json!({"pcm.input_gain_db": {"old": null, "new": "3.0"}})));
    put(&stack, &projection.key, &projection.content);
    let recording = Function::start(&stack, "record-change", &[]);
    assert!(recording.deliver(vec![record(3, &projection), record(4, &projection)]).is_empty());
    let history = items(&stack, "tuning", &keys::station_pk(&tenant, 4));
    assert!(history.contains_key(&keys::change_sk(1, "pcm.input_gain_db")), "{history:?}");
}

#[test]
fn a_missing_or_wrong_object_is_parked_as_its_pointer_and_goes_back_from_there() {
    let stack = cloud();
    let queues = private_queues(&stack, "unspilled", &["optimize-run", "ingest-snapshot-dlq"]);
    let function = Function::start(&stack, "ingest-snapshot", &[("ATTUNE_QUEUE_URL_PREFIX", Some(&queues))]);
    let (tenant, call) = (tenant(), call());
    let message = |index: u32| spilled(&Snapshot::clean(&tenant, &call, index).envelope());
    let (missing, wrong) = (message(1), message(2));
    put(&stack, &wrong.key, &wrong.content.replace("xxx", "xyx"));
    assert!(function.deliver(vec![record(1, &missing), record(2, &wrong)]).is_empty(), "nothing is waited for");
    assert!(items(&stack, "calls", &keys::call_pk(&tenant, &call)).is_empty());
    let letters = take(&stack, &format!("{queues}ingest-snapshot-dlq"), 2);
    for (reason, message) in [("spill_missing", &missing), ("spill_wrong", &wrong)] {
        let (body, _) = letters.iter().find(|(_, attributes)| attributes["attune-reason"] == reason).expect(reason);
        assert_eq!(body, &serde_json::from_str::<Value>(&message.pointer).unwrap(), "what a redrive sends");
    }
    put(&stack, &missing.key, &missing.content);
    assert!(function.deliver(vec![record(3, &missing)]).is_empty());
    assert!(items(&stack, "calls", &keys::call_pk(&tenant, &call)).contains_key("SNAP#a#04#00000001"));
}

#[test]
fn while_the_bucket_is_away_a_spilled_message_waits() {
    let stack = cloud();
    let queues = private_queues(&stack, "spillaway", &["ingest-snapshot-dlq"]);
    let changes =
        [("ATTUNE_QUEUE_URL_PREFIX", Some(queues.as_str())), ("ATTUNE_BUCKET_PREFIX", Some("attune-nowhere-"))];
    let function = Function::start(&stack, "ingest-snapshot", &changes);
    let message = spilled(&Snapshot::clean(&tenant(), &call(), 1).envelope());
    assert_eq!(function.deliver(vec![record(1, &message)]), ["sqs-1"]);
}
