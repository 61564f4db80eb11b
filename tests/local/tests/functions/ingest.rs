use attune_local_tests::cloud::{Function, cloud, items, object, private_queues, take, until};
use attune_local_tests::messages::{Snapshot, call, tenant};
use attune_migrations::keys;
use attune_test_support::runtime_api::sqs_record;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const QUEUE: &str = "attune-local-ingest-snapshot";

fn record(at: usize, snapshot: &Snapshot) -> Value {
    sqs_record(&format!("sqs-{at}"), QUEUE, &snapshot.envelope().to_string(), &[])
}

/// All items of a call without what depends on the batch a message came in, by design: which raw object holds it, and which
/// window of a version asked for the run.
fn settled(items: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let strip = |mut item: Value| {
        if let Some(map) = item.as_object_mut() {
            map.retain(|name, _| {
                !(["raw", "decision", "sends"].contains(&name.as_str()) || name.starts_with("first_"))
            });
        }
        item
    };
    items.into_iter().map(|(sk, item)| (sk, strip(item))).collect()
}

#[test]
fn a_snapshot_lands_once_and_a_redelivery_repeats_its_send() {
    let stack = cloud();
    let queues = private_queues(&stack, "lands", &["optimize-run"]);
    let function = Function::start(&stack, "ingest-snapshot", &[("ATTUNE_QUEUE_URL_PREFIX", Some(&queues))]);
    let (tenant, call) = (tenant(), call());
    let snapshot = Snapshot::quiet(&tenant, &call, 7);
    assert!(function.deliver(vec![record(1, &snapshot)]).is_empty());
    let before = items(&stack, "calls", &keys::call_pk(&tenant, &call));
    let names: Vec<&str> = before.keys().map(String::as_str).collect();
    assert_eq!(names, ["CALL", "CH#a", "SEG#a#04#00000007", "SNAP#a#04#00000007"]);
    let item = &before["SNAP#a#04#00000007"];
    assert_eq!(item["decision"], "below_target");
    assert_eq!(item["id"], json!(snapshot.id()));

    let raw = object(&stack, "raw", item["raw"].as_str().unwrap()).expect("the raw object");
    let line: Value = serde_json::from_str(raw.trim_end()).unwrap();
    assert_eq!(line["body"]["snapshot"], snapshot.envelope()["body"]["snapshot"]);

    assert!(function.deliver(vec![record(2, &snapshot)]).is_empty());
    assert_eq!(items(&stack, "calls", &keys::call_pk(&tenant, &call)), before, "the effect is there once");
    let sent = take(&stack, &format!("{queues}optimize-run"), 2);
    assert_eq!(sent[0], sent[1], "the same message, with the same id");
    assert_eq!(sent[0].0["kind"], "optimizer.run.v1");
    assert_eq!(sent[0].0["body"]["trigger"], "below_target");
    assert_eq!(sent[0].1["traceparent"], "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
}

#[test]
fn a_lost_send_is_made_up_by_the_redelivery() {
    let stack = cloud();
    let queues = private_queues(&stack, "lost", &["optimize-run"]);
    let (tenant, call) = (tenant(), call());
    let snapshot = Snapshot::quiet(&tenant, &call, 0);
    // The queue is not there: the item is written, the send fails, so the record is reported as failed.
    let missing = format!("{queues}nowhere-");
    let broken = Function::start(&stack, "ingest-snapshot", &[("ATTUNE_QUEUE_URL_PREFIX", Some(&missing))]);
    assert_eq!(broken.deliver(vec![record(1, &snapshot)]), ["sqs-1"]);
    assert!(items(&stack, "calls", &keys::call_pk(&tenant, &call)).contains_key("SNAP#a#04#00000000"));
    let mended = Function::start(&stack, "ingest-snapshot", &[("ATTUNE_QUEUE_URL_PREFIX", Some(&queues))]);
    assert!(mended.deliver(vec![record(2, &snapshot)]).is_empty());
    assert_eq!(take(&stack, &format!("{queues}optimize-run"), 1).len(), 1);
}

/// Shuffles; the same seed gives the same order.
fn shuffle<T>(list: &mut [T], seed: u64) {
    let mut state = 0x2545_f491_4f6c_dd1d ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for at in (1..list.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        list.swap(at, usize::try_from(state % (at as u64 + 1)).unwrap());
    }
}

/// Ten orders; `ATTUNE_ORDERS` sets another number.
#[test]
fn order_doubling_and_batches_do_not_matter() {
    let stack = cloud();
    let queues = private_queues(&stack, "order", &["optimize-run"]);
    let function = Function::start(&stack, "ingest-snapshot", &[("ATTUNE_QUEUE_URL_PREFIX", Some(&queues))]);
    let call = call();
    // One time for all tellings, an hour ago on a full minute.
    let base = (attune_local_tests::messages::now_ms() - 3_600_000) / 60_000 * 60_000;
    let story = |tenant| -> Vec<Snapshot> {
        (0..24)
            .map(|at| Snapshot {
                leg: if at % 5 == 0 { "b" } else { "a" },
                station: [1, 4, 11][at as usize % 3],
                version: u64::from(at / 6),
                level: [Some(-21.0), Some(-42.0), None][at as usize % 3],
                accepted_at: base + i64::from(at) * 1_000,
                ..Snapshot::clean(&tenant, &call, at)
            })
            .collect()
    };
    let deliver = |batch: &[Snapshot]| {
        assert!(function.deliver(batch.iter().enumerate().map(|(at, s)| record(at, s)).collect()).is_empty());
    };
    let first = tenant();
    story(first.clone()).chunks(10).for_each(deliver);
    let orders = std::env::var("ATTUNE_ORDERS").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let tenants: Vec<_> = (0..orders)
        .map(|seed: u64| {
            let tenant = tenant();
            let mut doubled = [story(tenant.clone()), story(tenant.clone())].concat();
            shuffle(&mut doubled, seed);
            doubled.chunks(usize::try_from(seed % 10).unwrap() + 1).for_each(deliver);
            tenant
        })
        .collect();
    let of = |tenant: &attune_domain::TenantId| {
        let text = serde_json::to_string(&settled(items(&stack, "calls", &keys::call_pk(tenant, &call)))).unwrap();
        let ids: Vec<String> = story(tenant.clone()).iter().map(Snapshot::id).collect();
        let prints: Vec<String> = story(tenant.clone())
            .iter()
            .map(|s| s.envelope()["body"]["fingerprint"].as_str().unwrap().to_owned())
            .collect();
        let mut text = text.replace(tenant.as_str(), "TENANT");
        for (at, (id, print)) in ids.iter().zip(prints).enumerate() {
            text = text.replace(id.as_str(), &format!("ID{at}")).replace(&print, &format!("PRINT{at}"));
        }
        text
    };
    for (seed, tenant) in tenants.iter().enumerate() {
        assert_eq!(of(&first), of(tenant), "seed {seed}");
    }
    // Each version of each leg and station has exactly one window that claimed it, in either order.
    for tenant in tenants.iter().chain([&first]) {
        let all = items(&stack, "calls", &keys::call_pk(tenant, &call));
        let after_change = all.values().filter(|item| item["decision"] == "after_change").count();
        let claims: usize = ["CH#a", "CH#b"]
            .iter()
            .map(|sk| all[*sk].as_object().unwrap().keys().filter(|name| name.starts_with("first_")).count())
            .sum();
        assert!(after_change > 0 && after_change <= claims, "{after_change} of {claims} claims");
        let asked: usize = all.values().filter(|item| item["sends"].is_string()).count();
        let due = all.values().filter(|i| i["decision"] == "after_change" || i["decision"] == "below_target").count();
        assert_eq!(asked, due);
    }
}

#[test]
fn a_crash_between_effect_and_send_is_made_up_by_the_redelivery() {
    let stack = cloud();
    let queues = private_queues(&stack, "crash", &["optimize-run"]);
    // Accepts connections and never answers: the send hangs, with the items written.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hole = format!("http://{}/0/", listener.local_addr().unwrap());
    let (tenant, call) = (tenant(), call());
    let batch: Vec<Value> = (0..5).map(|at| record(at as usize, &Snapshot::quiet(&tenant, &call, at))).collect();
    let pk = keys::call_pk(&tenant, &call);
    let mut doomed = Function::start(&stack, "ingest-snapshot", &[("ATTUNE_QUEUE_URL_PREFIX", Some(&hole))]);
    doomed.hand_over(batch.clone());
    until("the items", || (items(&stack, "calls", &pk).len() == 12).then_some(()));
    doomed.running().kill();
    let before = items(&stack, "calls", &pk);
    let next = Function::start(&stack, "ingest-snapshot", &[("ATTUNE_QUEUE_URL_PREFIX", Some(&queues))]);
    assert!(next.deliver(batch).is_empty());
    assert_eq!(items(&stack, "calls", &pk), before);
    assert_eq!(take(&stack, &format!("{queues}optimize-run"), 5).len(), 5);
}

#[test]
fn another_body_under_the_same_key_is_parked_and_changes_nothing() {
    let stack = cloud();
    let queues = private_queues(&stack, "mismatch", &["optimize-run", "ingest-snapshot-dlq"]);
    let function = Function::start(&stack, "ingest-snapshot", &[("ATTUNE_QUEUE_URL_PREFIX", Some(&queues))]);
    let (tenant, call) = (tenant(), call());
    let first = Snapshot::clean(&tenant, &call, 3);
    assert!(function.deliver(vec![record(1, &first)]).is_empty());
    let before = items(&stack, "calls", &keys::call_pk(&tenant, &call));
    let other = Snapshot { level: Some(-30.0), ..first.clone() };
    assert!(function.deliver(vec![record(2, &other)]).is_empty(), "parked, so done as far as the queue is concerned");
    let after = items(&stack, "calls", &keys::call_pk(&tenant, &call));
    assert_eq!(after["SNAP#a#04#00000003"], before["SNAP#a#04#00000003"]);
    let letters = take(&stack, &format!("{queues}ingest-snapshot-dlq"), 1);
    assert_eq!(letters[0].1["attune-reason"], "fingerprint_mismatch");
    assert_eq!(letters[0].0, other.envelope());
}
