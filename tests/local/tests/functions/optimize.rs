use attune_dev::stack::Stack;
use attune_domain::{CallId, RunId, TenantId};
use attune_local_tests::cloud::{Function, cloud, items, private_queues, take};
use attune_local_tests::edge::Edge;
use attune_local_tests::messages::{Snapshot, call, now_ms, run, tenant, unique};
use attune_migrations::keys;
use attune_test_support::runtime_api::sqs_record;
use serde_json::{Value, json};

const QUEUE: &str = "attune-local-optimize-run";

fn record(at: usize, message: &Value) -> Value {
    sqs_record(&format!("sqs-{at}"), QUEUE, &message.to_string(), &[])
}

/// A quiet window in the table.
fn heard(stack: &Stack, name: &str) -> (TenantId, CallId) {
    let queues = private_queues(stack, name, &["optimize-run"]);
    let ingest = Function::start(stack, "ingest-snapshot", &[("ATTUNE_QUEUE_URL_PREFIX", Some(&queues))]);
    let (tenant, call) = (tenant(), call());
    let quiet = Snapshot::quiet(&tenant, &call, 0).envelope().to_string();
    assert!(ingest.deliver(vec![sqs_record("s", "attune-local-ingest-snapshot", &quiet, &[])]).is_empty());
    (tenant, call)
}

fn answer(stack: &Stack, tenant: &TenantId, run: &RunId) -> Value {
    let item = items(stack, "tuning", &keys::run_pk(tenant, run)).remove("RUN").expect("the run");
    serde_json::from_str(item["answer"].as_str().unwrap()).unwrap()
}

#[test]
fn a_quiet_station_gets_a_signed_proposal_once() {
    let stack = cloud();
    let edge = Edge::start(&stack);
    let (tenant, call) = heard(&stack, "quiet");
    let function = Function::start(&stack, "optimize-run", &[("ATTUNE_EDGE_URL", Some(&edge.url))]);
    let id = RunId::new(now_ms(), unique());
    let message = run(&tenant, &call, &id);
    assert!(function.deliver(vec![record(1, &message)]).is_empty());
    let stored = answer(&stack, &tenant, &id);
    assert_eq!((stored["status"].as_str(), stored["version"].as_u64()), (Some("applied"), Some(1)));
    assert!(!stored["new_parameters"].as_array().unwrap().is_empty(), "{stored}");
    {
        let seen = edge.seen();
        assert_eq!((seen.posts, seen.unsigned), (1, 0));
        assert_eq!(seen.proposals[id.as_str()]["window"]["segment_index"], 0);
        assert_eq!(seen.proposals[id.as_str()]["scope"], "call");
    }
    assert!(function.deliver(vec![record(2, &message)]).is_empty());
    assert_eq!(edge.seen().posts, 1, "ControlRoom's answer is known, so nothing is repeated");
    assert_eq!(answer(&stack, &tenant, &id), stored);
}

#[test]
fn while_the_edge_is_away_the_run_waits_and_then_the_stored_proposal_goes_out() {
    let stack = cloud();
    let edge = Edge::start(&stack);
    let (tenant, call) = heard(&stack, "later");
    let function = Function::start(&stack, "optimize-run", &[("ATTUNE_EDGE_URL", Some(&edge.url))]);
    let id = RunId::new(now_ms(), unique());
    let message = run(&tenant, &call, &id);
    edge.seen().failing = Some(503);
    assert_eq!(function.deliver(vec![record(1, &message)]), ["sqs-1"]);
    edge.seen().failing = None;
    edge.seen().verdict = "refused".to_owned();
    assert!(function.deliver(vec![record(2, &message)]).is_empty());
    let stored = answer(&stack, &tenant, &id);
    assert_eq!(stored["status"], "refused");
    assert!(stored["analysis"].as_str().unwrap().contains("changes are frozen"), "{stored}");
}

#[test]
fn what_was_decided_is_proposed_again_and_never_decided_anew() {
    let stack = cloud();
    let edge = Edge::start(&stack);
    let (tenant, call) = heard(&stack, "again");
    let function = Function::start(&stack, "optimize-run", &[("ATTUNE_EDGE_URL", Some(&edge.url))]);
    let id = RunId::new(now_ms(), unique());
    let message = run(&tenant, &call, &id);
    edge.seen().failing_proposals = Some(503);
    assert_eq!(function.deliver(vec![record(1, &message)]), ["sqs-1"]);
    let decided = answer(&stack, &tenant, &id);
    edge.seen().failing_proposals = None;
    // By now changes are frozen, under which a run decides nothing.
    edge.seen().state["frozen"] = json!(true);
    assert!(function.deliver(vec![record(2, &message)]).is_empty());
    assert_eq!(edge.seen().proposals[id.as_str()]["answer"], decided);
    assert_eq!(answer(&stack, &tenant, &id)["new_parameters"], decided["new_parameters"]);
}

#[test]
fn a_run_without_a_snapshot_is_reported_as_failed() {
    let stack = cloud();
    let edge = Edge::start(&stack);
    let function = Function::start(&stack, "optimize-run", &[("ATTUNE_EDGE_URL", Some(&edge.url))]);
    let (tenant, id) = (tenant(), RunId::new(now_ms(), unique()));
    assert!(function.deliver(vec![record(1, &run(&tenant, &call(), &id))]).is_empty());
    let seen = edge.seen();
    assert_eq!(seen.proposals[id.as_str()]["answer"]["status"], "failed");
    assert_eq!(seen.proposals[id.as_str()]["values"], json!({}));
}

#[test]
fn a_command_that_the_edge_refuses_for_good_is_parked() {
    let stack = cloud();
    let edge = Edge::start(&stack);
    let queues = private_queues(&stack, "refused", &["optimize-run-dlq"]);
    let changes = [("ATTUNE_EDGE_URL", Some(edge.url.as_str())), ("ATTUNE_QUEUE_URL_PREFIX", Some(queues.as_str()))];
    let function = Function::start(&stack, "optimize-run", &changes);
    edge.seen().failing = Some(422);
    let message = run(&tenant(), &call(), &RunId::new(now_ms(), unique()));
    assert!(function.deliver(vec![record(1, &message)]).is_empty());
    assert_eq!(take(&stack, &format!("{queues}optimize-run-dlq"), 1)[0].1["attune-reason"], "refused");
}
