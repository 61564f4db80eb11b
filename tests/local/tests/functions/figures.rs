//! Figures that have a budget. Printed as one JSON line; what does not depend on the build's profile is asserted.

use attune_local_tests::cloud::{Function, cloud, items, private_queues};
use attune_local_tests::messages::{Snapshot, call, tenant};
use attune_migrations::keys;
use attune_test_support::runtime_api::sqs_record;
use serde_json::json;

#[test]
fn start_memory_and_cpu_of_a_function() {
    let stack = cloud();
    let queues = private_queues(&stack, "figures", &["optimize-run"]);
    let start = || Function::start(&stack, "ingest-snapshot", &[("ATTUNE_QUEUE_URL_PREFIX", Some(&queues))]);
    let mut polls: Vec<f64> = (0..9).filter_map(|_| start().first_poll()).map(|d| d.as_secs_f64() * 1000.0).collect();
    polls.sort_by(f64::total_cmp);
    let mut function = start();
    function.first_poll().expect("a poll");
    let at_start = function.running().peak_kib();
    let (tenant, call) = (tenant(), call());
    let batch = |number: u32| {
        let record = |at: u32| {
            let snapshot = Snapshot::quiet(&tenant, &call, number * 10 + at);
            sqs_record(&format!("s{at}"), "attune-local-ingest-snapshot", &snapshot.envelope().to_string(), &[])
        };
        (0..10).map(record).collect::<Vec<_>>()
    };
    assert!(function.deliver(batch(0)).is_empty());
    let before = function.running().cpu();
    for number in 1..=20 {
        assert!(function.deliver(batch(number)).is_empty());
    }
    let cpu = function.running().cpu().saturating_sub(before);
    let loaded = function.running().peak_kib();
    let all = items(&stack, "calls", &keys::call_pk(&tenant, &call));
    let largest = all.values().map(|item| item.to_string().len()).max().unwrap_or(0);
    println!(
        "{}",
        json!({
            "first_poll_ms_median": polls[polls.len() / 2], "first_poll_ms_max": polls.last(),
            "peak_kib_at_start": at_start, "peak_kib_loaded": loaded,
            "cpu_us_per_message": cpu.as_micros() / 200, "largest_item_bytes": largest,
        })
    );
    assert!(loaded < 40 * 1024, "{loaded} KiB");
    assert!(largest <= 2048, "a snapshot item of {largest} bytes costs a third write unit");
}
