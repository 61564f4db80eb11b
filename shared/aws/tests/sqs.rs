//! Batches, requests and answers of SQS.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_aws::sigv4::{Credentials, Signer};
use attune_aws::sqs::*;
use attune_aws::{Error, FailureClass, HttpResponse};
use proptest::prelude::*;
use serde_json::{Value, json};

const QUEUE: &str = "http://127.0.0.1:4566/000000000000/attune-local-ingest-snapshot";

fn entry<'a>(id: &'a str, body: &'a str) -> BatchEntry<'a> {
    BatchEntry { id, body, group_id: None, attributes: &[] }
}

fn answer(status: u16, body: Value) -> HttpResponse {
    HttpResponse { status, headers: vec![], body: body.to_string().into_bytes() }
}

#[test]
fn golden_request() {
    let attributes = [("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")];
    let full = BatchEntry { group_id: Some("tnt_eu1_x"), attributes: &attributes, ..entry("a-1", "{\"v\":1}") };
    let request = send_message_batch(QUEUE, &[full, entry("b", "é\u{1F600}\n")]).unwrap();
    assert_eq!((request.method, request.url.as_str()), ("POST", "http://127.0.0.1:4566/"));
    let golden: Value = serde_json::from_str(include_str!("golden/send-message-batch.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&request.body).unwrap(), golden);
    let header = |name: &str| request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(header("x-amz-target"), Some("AmazonSQS.SendMessageBatch"));
    assert_eq!(header("content-type"), Some("application/x-amz-json-1.0"));
    for bad in ["", "queue", "https://host"] {
        assert_eq!(send_message_batch(bad, &[]), Err(Error::Url));
    }
}

#[test]
fn signing_adds_what_sqs_needs_and_keeps_the_key() {
    let signer = Signer::new(Credentials::new("AKID", "very-secret"), "eu-west-1");
    let (day, next_day) = (1_800_000_000_000, 1_800_086_400_000);
    let mut request = send_message_batch(QUEUE, &[entry("a", "b")]).unwrap();
    signer.sign("sqs", &mut request, day).unwrap();
    let names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_ref()).collect();
    assert_eq!(names, ["content-type", "x-amz-target", "x-amz-date", "authorization"]);
    let authorization = &request.headers[3].1;
    assert!(authorization.contains("Credential=AKID/20270115/eu-west-1/sqs/aws4_request"), "{authorization}");
    assert!(authorization.contains("SignedHeaders=content-type;host;x-amz-date;x-amz-target"), "{authorization}");
    // A key of yesterday would be refused by AWS, so the signer makes a new one.
    assert!(!signer.key("sqs", day).unwrap().covers(next_day));
    assert!(signer.key("sqs", next_day).unwrap().covers(next_day));
    let shown = format!("{signer:?}");
    assert!(!shown.contains("very-secret"), "{shown}");
}

#[test]
fn limits_of_ten_and_of_one_mebibyte() {
    let ids: Vec<String> = (0..25).map(|index| format!("m{index}")).collect();
    let entries: Vec<_> = ids.iter().map(|id| entry(id, "x")).collect();
    let lengths = |plan: &Plan| plan.batches.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(lengths(&plan_batches(&entries)), [10, 10, 5]);
    assert_eq!(plan_batches(&[]), Plan::default());

    let attributes = [("name", "value")];
    let overhead = "name".len() + "String".len() + "value".len();
    let body = "x".repeat(MAX_BATCH_BYTES - overhead);
    let exact = BatchEntry { attributes: &attributes, ..entry("a", &body) };
    assert_eq!(exact.size(), MAX_BATCH_BYTES);
    assert_eq!(lengths(&plan_batches(&[exact])), [1]);
    assert_eq!(lengths(&plan_batches(&[exact, entry("b", "y")])), [1, 1]);
    let longer = format!("{body}x");
    let over = BatchEntry { attributes: &attributes, ..entry("a", &longer) };
    let plan = plan_batches(&[entry("b", "y"), over, entry("c", "z")]);
    assert_eq!(plan, Plan { batches: vec![vec![0, 2]], refused: vec![(1, Refusal::TooLarge)] });
    // Three of 400 KB: two fit.
    let body = "x".repeat(400_000);
    assert_eq!(lengths(&plan_batches(&[entry("a", &body), entry("b", &body), entry("c", &body)])), [2, 1]);
}

#[test]
fn what_would_spoil_a_batch_is_set_aside() {
    let long_id = "i".repeat(81);
    let long_group = "g".repeat(129);
    let eleven = [("a", "b"); 11];
    let with = |attributes| BatchEntry { attributes, ..entry("a", "b") };
    for (entry, refusal) in [
        (entry("", "b"), Refusal::Id),
        (entry("a.b", "b"), Refusal::Id),
        (entry(&long_id, "b"), Refusal::Id),
        (entry("a", ""), Refusal::Empty),
        (entry("a", "nul \0"), Refusal::Character),
        (entry("a", "\u{FFFE}"), Refusal::Character),
        (BatchEntry { group_id: Some(""), ..entry("a", "b") }, Refusal::GroupId),
        (BatchEntry { group_id: Some("a b"), ..entry("a", "b") }, Refusal::GroupId),
        (BatchEntry { group_id: Some(&long_group), ..entry("a", "b") }, Refusal::GroupId),
        (with(&eleven), Refusal::Attributes),
        (with(&[("", "b")]), Refusal::Attributes),
        (with(&[("a", "")]), Refusal::Attributes),
        (with(&[("AWS.x", "b")]), Refusal::Attributes),
        (with(&[("a..b", "b")]), Refusal::Attributes),
        (with(&[("a", "\u{1}")]), Refusal::Character),
    ] {
        assert_eq!(plan_batches(&[entry]), Plan { batches: vec![], refused: vec![(0, refusal)] }, "{entry:?}");
    }
    // SQS refuses a batch with one id twice.
    assert_eq!(plan_batches(&[entry("a", "1"), entry("a", "2")]).batches, [[0], [1]]);
}

#[test]
fn each_entry_has_its_outcome() {
    let response = answer(
        200,
        json!({
            "Successful": [{"Id": "ok", "MessageId": "m-1", "MD5OfMessageBody": "x", "SequenceNumber": "1"}],
            "Failed": [
                {"Id": "bad", "Code": "InvalidMessageContents", "SenderFault": true, "Message": "why"},
                {"Id": "later", "Code": "InternalError", "SenderFault": false},
                {"Id": "slow", "Code": "KmsThrottled", "SenderFault": true, "Message": "slow down"},
            ],
        }),
    );
    let outcomes = parse_send_message_batch(&response, &["later", "ok", "lost", "bad", "slow"]).unwrap();
    assert_eq!(
        outcomes,
        [
            EntryOutcome::Retry { code: "InternalError".into(), message: String::new() },
            EntryOutcome::Sent { message_id: "m-1".into() },
            EntryOutcome::Unknown,
            EntryOutcome::Rejected { code: "InvalidMessageContents".into(), message: "why".into() },
            EntryOutcome::Throttled { code: "KmsThrottled".into() },
        ]
    );
    let empty = parse_send_message_batch(&answer(200, json!({})), &["a"]).unwrap();
    assert_eq!(empty, [EntryOutcome::Unknown]);
}

#[test]
fn whole_failures() {
    for (status, body, class) in [
        (400, json!({"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "m"}), FailureClass::Misconfigured),
        (400, json!({"__type": "com.amazonaws.sqs#BatchRequestTooLong"}), FailureClass::Rejected),
        (403, json!({"__type": "com.amazonaws.sqs#RequestThrottled"}), FailureClass::Throttled),
        (500, json!({}), FailureClass::RetryLater),
        (200, json!("cut"), FailureClass::Unknown),
        (200, json!({"Successful": [{"Id": "a"}]}), FailureClass::Unknown),
    ] {
        let failure = parse_send_message_batch(&answer(status, body.clone()), &["a"]).unwrap_err();
        assert_eq!(failure.class, class, "{status} {body}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn plans_hold_every_entry_once_within_the_limits(sizes in prop::collection::vec((0..600_000_usize, 0..6_u8), 0..16)) {
        let bodies: Vec<(String, String)> = sizes.iter().map(|(size, id)| (format!("id{id}"), "x".repeat(size * 2))).collect();
        let entries: Vec<_> = bodies.iter().map(|(id, body)| entry(id, body)).collect();
        let plan = plan_batches(&entries);
        let mut seen: Vec<usize> = plan.batches.concat();
        prop_assert!(seen.is_sorted());
        seen.extend(plan.refused.iter().map(|(index, _)| *index));
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..entries.len()).collect::<Vec<_>>());
        for batch in &plan.batches {
            prop_assert!((1..=MAX_BATCH_ENTRIES).contains(&batch.len()));
            prop_assert!(batch.iter().map(|index| entries[*index].size()).sum::<usize>() <= MAX_BATCH_BYTES);
            let mut ids: Vec<_> = batch.iter().map(|index| entries[*index].id).collect();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), batch.len());
        }
        for (index, refusal) in &plan.refused {
            let body = entries[*index].body;
            prop_assert_eq!(*refusal, if body.is_empty() { Refusal::Empty } else { Refusal::TooLarge });
        }
    }

    #[test]
    fn reading_never_panics(status in 0..600_u16, body in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = parse_send_message_batch(&HttpResponse { status, headers: vec![], body }, &["a"]);
    }
}
