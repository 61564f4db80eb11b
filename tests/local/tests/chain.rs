//! The functions behind real event-source mappings: queue → function → tables, buckets, next queue.

#![expect(clippy::expect_used, reason = "helpers of tests: a failure is to be loud")]

use attune_dev::stack::{Functions, Options, Stack, Worker};
use attune_domain::{RunId, TenantId};
use attune_local_tests::cloud::{items, object, programs, until};
use attune_local_tests::messages::{Snapshot, call, change, now_ms, tenant, unique};
use attune_migrations::keys;
use serde_json::{Value, json};

fn send(stack: &Stack, queue: &str, body: &str) {
    let request = json!({"QueueUrl": stack.queue_url(queue), "MessageBody": body});
    stack.api.sqs("SendMessage", &request).expect("a send");
}

fn calls(stack: &Stack, snapshot: &Snapshot) -> usize {
    items(stack, "calls", &keys::call_pk(&snapshot.tenant, &snapshot.call)).len()
}

fn letter(stack: &Stack, tenant: &TenantId, subject: &str, id: &str) -> Value {
    let key = format!("{tenant}/{subject}/{id}.json");
    serde_json::from_str(&until("the letter", || object(stack, "dead-letters", &key))).expect("JSON")
}

/// One test, because each stack takes ten seconds to start.
#[test]
fn messages_flow_and_what_cannot_is_parked_and_redriven() {
    let functions = Functions::Programs(programs().clone());
    let id = format!("chain-{}", std::process::id());
    let stack = Stack::start(Options { functions, worker: Worker::None, ..Options::new(id) }).expect("a stack");

    // Snapshots of one call, doubled and out of order.
    let (tenant, call) = (tenant(), call());
    let snapshots: Vec<_> = [3, 1, 2, 0, 3, 1].iter().map(|&at| Snapshot::clean(&tenant, &call, at)).collect();
    for snapshot in &snapshots {
        send(&stack, "ingest-snapshot", &snapshot.envelope().to_string());
    }
    until("all items", || (calls(&stack, &snapshots[0]) == 2 + 4 + 4).then_some(()));

    // A change of configuration.
    send(
        &stack,
        "record-change",
        &change(&tenant, 1, &json!({"pcm.input_gain_db": {"old": null, "new": "3.0"}})).to_string(),
    );
    until("the change", || (items(&stack, "tuning", &keys::station_pk(&tenant, 4)).len() == 2).then_some(()));

    // Poison: parked at once, with its reason, and gone from both queues.
    let mut poison = Snapshot::clean(&tenant, &call, 9);
    poison.station = 5;
    send(&stack, "ingest-snapshot", &poison.envelope().to_string());
    let parked = letter(&stack, &tenant, call.as_str(), &poison.id());
    assert_eq!(parked["reason"], "unreadable");
    assert_eq!(parked["queue"], "ingest-snapshot");

    // An edge that does not answer: the run waits in its queue and is not given up.
    let run = RunId::new(now_ms(), unique());
    send(&stack, "optimize-run", &attune_local_tests::messages::run(&tenant, &call, &run).to_string());
    until("a try", || stack.function_log("optimize-run").contains("\"outcome\":\"retry\"").then_some(()));
    assert!(items(&stack, "tuning", &keys::run_pk(&tenant, &run)).is_empty());

    // Redrive: the parked body goes back as it is; here it is mended first, as a fixed function would read it.
    poison.station = 4;
    let mended = poison.envelope().to_string();
    send(&stack, parked["queue"].as_str().unwrap(), &mended);
    until("the mended one", || (calls(&stack, &poison) == 2 + 5 + 5).then_some(()));
}
