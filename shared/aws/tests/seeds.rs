//! Answers of AWS on texts made from real ones: the network lies between, and a proxy may answer in its place.

use attune_aws::{HttpResponse, dynamodb, sqs};
use attune_test_support::fuzz::{self, Target};

/// The first byte says whether the call succeeded.
fn response(bytes: &[u8]) -> HttpResponse {
    let status = if bytes.first() == Some(&b'!') { 400 } else { 200 };
    HttpResponse { status, headers: Vec::new(), body: bytes.strip_prefix(b"!").unwrap_or(bytes).to_vec() }
}

const TARGETS: &[Target] = &[
    ("sqs", |bytes| {
        sqs::parse_send_message_batch(&response(bytes), &["a", "b"]).is_ok_and(|outcomes| outcomes.len() == 2)
    }),
    ("get_item", |bytes| dynamodb::parse_get_item(&response(bytes)).is_ok()),
    ("query", |bytes| dynamodb::parse_query(&response(bytes)).is_ok()),
];

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let good = match name {
        "sqs" => {
            r#"{"Successful":[{"Id":"a","MessageId":"m","MD5OfMessageBody":"x"}],"Failed":[{"Id":"b","Code":"InternalError","SenderFault":false,"Message":"?"}]}"#
        }
        "get_item" => {
            r#"{"Item":{"pk":{"S":"x"},"n":{"N":"1.5"},"l":{"L":[{"BOOL":true},{"NULL":true}]},"m":{"M":{"a":{"S":"b"}}}}}"#
        }
        _ => r#"{"Items":[{"pk":{"S":"x"}}],"Count":1,"ScannedCount":1,"LastEvaluatedKey":{"pk":{"S":"x"}}}"#,
    };
    let failed =
        r#"!{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"?"}"#;
    [good, failed].map(|text| text.as_bytes().to_vec()).into()
}

#[test]
fn good_answers_are_read_and_no_other() {
    for (name, target) in TARGETS {
        assert_eq!(seeds(name).iter().filter(|seed| target(seed)).count(), 1, "{name}");
        for bad in [&b""[..], b"\xff", b"[", b"<html>"] {
            assert!(!target(bad), "{name} {bad:?}");
        }
    }
}

#[test]
fn what_is_made_from_them_does_not_panic() {
    fuzz::run(TARGETS, seeds);
}
