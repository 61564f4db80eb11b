//! What is stored is pinned, and what ingest-snapshot stores is read.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a failure is to be loud")]

use attune_contracts::command::{ProposeAnswerV1, ProposeV1, StationStateV1};
use attune_contracts::message::OptimizerRunV1;
use attune_contracts::run::{RunAnswerV1, RunStatus};
use attune_functions_kit::{Item, Message};
use attune_optimizer::run::{RunInput, run};
use optimize_run::item::{self, OUTCOME};
use serde_json::Value;

fn golden(name: &str, value: &Value) {
    attune_test_support::golden::golden(env!("CARGO_MANIFEST_DIR"), name, value);
}

fn due() -> Message<OptimizerRunV1> {
    let text = include_str!("../../ingest-snapshot/golden/message-optimizer.run.v1.json");
    serde_json::from_str(text).unwrap()
}

/// The item that the other function's golden file pins.
fn stored_snapshot() -> Item {
    let text = include_str!("../../ingest-snapshot/golden/item-snapshot.json");
    let map: serde_json::Map<String, Value> = serde_json::from_str(text).unwrap();
    map.into_iter().fold(Item::default(), |item, (name, value)| match (value.as_str(), value.as_i64()) {
        (Some(text), _) => item.text(&name, text),
        (_, number) => item.number(&name, number.unwrap()),
    })
}

fn proposal() -> ProposeV1 {
    proposal_under(&StationStateV1 { version: 3, now: 1_769_860_801_000, ..StationStateV1::default() })
}

fn proposal_under(state: &StationStateV1) -> ProposeV1 {
    let due = due();
    let snapshot = item::snapshot(&due.body, &stored_snapshot()).unwrap();
    let outcome = run(&RunInput {
        run_id: &due.body.run_id,
        station: due.body.station,
        snapshot: Some(&snapshot),
        previous: &[],
        state,
        now_ms: 1_769_860_801_000,
    });
    outcome.propose(due.tenant.clone(), due.body.station, due.body.call_id.clone(), due.body.leg)
}

#[test]
fn a_stored_snapshot_is_read_with_all_that_the_optimizer_needs() {
    let snapshot = item::snapshot(&due().body, &stored_snapshot()).unwrap();
    assert_eq!((snapshot.segment.index, snapshot.parameters.version), (7, 3));
    assert_eq!(snapshot.targets["audioQuality.speechLevel"], -22.0);
    assert_eq!(snapshot.constraints["pcm.input_gain_db"].max.as_deref(), Some("12.0"));
    assert_eq!(snapshot.parameters.values["highpass.cutoff_hz"], "120");
    // The same score as at ingest: nothing that it looks at was left out.
    let score = attune_optimizer::score::score_snapshot(&snapshot);
    assert_eq!(stored_snapshot().get_text("score"), Some(format!("{:.2}", score.total).as_str()));
}

#[test]
fn an_item_of_another_shape_is_refused_by_name() {
    let broken = stored_snapshot().text("metrics", "[]");
    assert_eq!(item::snapshot(&due().body, &broken).unwrap_err().to_string(), "attribute metrics cannot be read");
}

#[test]
fn the_run_item_gives_the_same_proposal_back() {
    let proposal = proposal();
    assert!(!proposal.values.is_empty(), "a quiet station gets a proposal");
    let item = item::run(&due(), &proposal).unwrap();
    assert_eq!(item::proposal(&item).unwrap(), proposal);
    assert!(item.size() <= 8 * 1024, "{} bytes", item.size());
}

#[test]
fn what_control_room_took_back_is_not_proposed_again() {
    let wanted = proposal().values;
    let (name, value) = wanted.first_key_value().unwrap();
    // As it comes over the wire; an answer of an older ControlRoom has no such field.
    let mut answer = serde_json::json!({
        "version": 3, "global": {}, "tenant": {}, "call": {}, "last_changed": {}, "frozen": false, "pending": null,
        "now": 1_769_860_801_000_i64
    });
    let read = |answer: &Value| proposal_under(&serde_json::from_value(answer.clone()).unwrap()).values;
    assert_eq!(read(&answer), wanted);
    answer["rejected"] = serde_json::json!([{"name": name, "value": value}]);
    assert_ne!(read(&answer).get(name), Some(value));
}

#[test]
fn the_run_item_and_its_end() {
    // Of fixed words, so that new rules of the optimizer do not move it.
    let fixed = ProposeV1 {
        reason: "r".to_owned(),
        values: [("pcm.input_gain_db".to_owned(), "6.0".to_owned())].into(),
        ttl_s: Some(86_400),
        window: None,
        answer: RunAnswerV1 {
            status: RunStatus::Applied,
            analysis: "a".into(),
            ..RunAnswerV1::accepted(due().body.run_id)
        },
        ..proposal()
    };
    let item = item::run(&due(), &fixed).unwrap();
    golden("item-run", &item.clone().into());
    let refused =
        ProposeAnswerV1 { status: RunStatus::Refused, version: None, rolled_back: false, detail: "frozen".to_owned() };
    let settled = item::settled(item, &fixed, &refused).unwrap();
    assert!(settled.get_text(OUTCOME).is_some());
    golden("item-run-settled", &settled.into());
}
