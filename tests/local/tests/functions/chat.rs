use attune_local_tests::cloud::{Function, cloud, items, private_queues, take};
use attune_local_tests::messages::{now_ms, said, tenant};
use attune_migrations::keys;
use attune_test_support::runtime_api::sqs_record;
use serde_json::{Value, json};

const QUEUE: &str = "attune-local-record-chat";
const ROOM: &str = "chr_01hzzzzzzzzzzzzzzzzzzzzzzz";

fn record(at: usize, message: &Value) -> Value {
    sqs_record(&format!("sqs-{at}"), QUEUE, &message.to_string(), &[])
}

fn event(seq: u64, rev: u64, text: Option<&str>) -> Value {
    let mut event = json!({"rev": rev, "t": "event", "seq": seq, "at": "2026-01-31T12:00:00.000Z", "from": "vis_0", "kind": "message"});
    if let Some(text) = text {
        event["text"] = text.into();
    }
    event
}

#[test]
fn events_are_kept_once_in_any_order_and_what_was_redacted_stays_so() {
    let stack = cloud();
    let function = Function::start(&stack, "record-chat", &[]);
    let (tenant, other) = (tenant(), tenant());
    let one = said(&tenant, ROOM, json!([event(1, 0, Some("one")), event(2, 0, Some("two"))]));
    let two = said(&tenant, ROOM, json!([event(3, 0, Some("three"))]));
    let redaction = said(&tenant, ROOM, json!([event(2, 4, None)]));
    // the redaction before what it redacts, and all of it again
    assert!(function.deliver(vec![record(1, &redaction), record(2, &two)]).is_empty());
    assert!(
        function
            .deliver(vec![record(3, &one), record(4, &said(&other, ROOM, json!([event(1, 0, Some("theirs"))])))])
            .is_empty()
    );
    let pk = keys::chat_pk(&tenant, ROOM);
    let all = items(&stack, "chat", &pk);
    assert_eq!(all.keys().collect::<Vec<_>>(), ["EVT#000000000001", "EVT#000000000002", "EVT#000000000003"]);
    let told =
        |seq: u64| serde_json::from_str::<Value>(all[&keys::chat_event_sk(seq)]["event"].as_str().unwrap()).unwrap();
    assert_eq!((&told(1)["text"], told(2).get("text"), &told(3)["text"]), (&json!("one"), None, &json!("three")));
    assert_eq!(told(2)["seq"], 2);
    let first = &all["EVT#000000000001"];
    assert_eq!(
        (&first["at"], &first["expires_at"]),
        (&json!(1_769_860_800_000_i64), &json!(1_769_860_800 + 30 * 86_400))
    );
    assert!(
        function.deliver(vec![record(5, &one), record(6, &redaction), record(7, &two), record(8, &one)]).is_empty()
    );
    assert_eq!(items(&stack, "chat", &pk), all, "again changes nothing");
    let theirs = items(&stack, "chat", &keys::chat_pk(&other, ROOM));
    assert!(theirs["EVT#000000000001"]["event"].as_str().unwrap().contains("theirs"), "{theirs:?}");
}

#[test]
fn a_retention_out_of_bounds_is_parked() {
    let stack = cloud();
    let queues = private_queues(&stack, "said", &["record-chat-dlq"]);
    let function = Function::start(&stack, "record-chat", &[("ATTUNE_QUEUE_URL_PREFIX", Some(&queues))]);
    let tenant = tenant();
    let mut wrong = said(&tenant, ROOM, json!([event(1, 0, Some("one"))]));
    wrong["body"]["retention_days"] = json!(4_000);
    wrong["accepted_at"] = json!(now_ms());
    assert!(function.deliver(vec![record(1, &wrong)]).is_empty());
    assert_eq!(take(&stack, &format!("{queues}record-chat-dlq"), 1)[0].0["id"], wrong["id"]);
    assert!(items(&stack, "chat", &keys::chat_pk(&tenant, ROOM)).is_empty());
}
