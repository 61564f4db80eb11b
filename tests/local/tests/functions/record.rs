use attune_local_tests::cloud::{Function, cloud, items, private_queues, take};
use attune_local_tests::messages::{change, tenant};
use attune_migrations::keys;
use attune_test_support::runtime_api::sqs_record;
use serde_json::{Value, json};

const QUEUE: &str = "attune-local-record-change";

fn record(at: usize, message: &Value) -> Value {
    sqs_record(&format!("sqs-{at}"), QUEUE, &message.to_string(), &[])
}

#[test]
fn changes_in_any_order_leave_the_newest_value_and_the_whole_history() {
    let stack = cloud();
    let function = Function::start(&stack, "record-change", &[]);
    let tenant = tenant();
    let gain = |old: Value, new: Value| json!({"pcm.input_gain_db": {"old": old, "new": new}});
    let one = change(&tenant, 1, &gain(Value::Null, json!("3.0")));
    let two = change(&tenant, 2, &gain(json!("3.0"), json!("6.0")));
    let three = change(&tenant, 3, &gain(json!("6.0"), Value::Null));
    let other = change(&tenant, 4, &json!({}));
    assert!(function.deliver(vec![record(1, &three), record(2, &one)]).is_empty());
    assert!(function.deliver(vec![record(3, &two), record(4, &one), record(5, &other), record(6, &three)]).is_empty());
    let all = items(&stack, "tuning", &keys::station_pk(&tenant, 4));
    let names: Vec<&str> = all.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "CHG#000000000001#pcm.input_gain_db",
            "CHG#000000000002#pcm.input_gain_db",
            "CHG#000000000003#pcm.input_gain_db",
            "CHG#000000000004#-",
            "PAR#tenant#pcm.input_gain_db",
        ]
    );
    let parameter = &all["PAR#tenant#pcm.input_gain_db"];
    assert_eq!((&parameter["version"], parameter.get("value")), (&json!(3), None), "taken out by version 3");
    assert_eq!(all["CHG#000000000002#pcm.input_gain_db"]["new"], "6.0");
}

#[test]
fn another_change_under_the_same_version_is_parked() {
    let stack = cloud();
    let queues = private_queues(&stack, "change", &["record-change-dlq"]);
    let function = Function::start(&stack, "record-change", &[("ATTUNE_QUEUE_URL_PREFIX", Some(&queues))]);
    let tenant = tenant();
    let values = json!({"pcm.input_gain_db": {"old": null, "new": "3.0"}});
    let first = change(&tenant, 1, &values);
    let mut second = change(&tenant, 1, &values);
    second["body"]["change_id"] = json!("chg_01hzzzzzzzzzzzzzzzzzzzzzzz");
    assert!(function.deliver(vec![record(1, &first)]).is_empty());
    assert!(function.deliver(vec![record(2, &second)]).is_empty());
    assert_eq!(take(&stack, &format!("{queues}record-change-dlq"), 1)[0].1["attune-reason"], "fingerprint_mismatch");
    let all = items(&stack, "tuning", &keys::station_pk(&tenant, 4));
    assert_eq!(all["CHG#000000000001#pcm.input_gain_db"]["change_id"], first["body"]["change_id"]);
}
