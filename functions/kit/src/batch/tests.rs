use super::*;
use crate::bucket::Object;
use crate::config::AwsCredentials;
use crate::{Aws, CallError, Config};
use attune_domain::{Cell, Secret};
use aws_lambda_events::sqs::SqsMessage;

/// Does what the body says.
struct Told;

impl Function for Told {
    const NAME: &'static str = "told";
    const QUEUE: Option<&'static str> = Some("told");
    type Input = String;

    fn read(&self, record: &Record, _now_ms: i64) -> Result<String, GiveUp> {
        match record.body.as_str() {
            "poison" => Err(GiveUp::TooOld),
            "panic while reading" => panic!("told to"),
            body if body.contains("\"spilled\"") => panic!("a pointer is not a message"),
            body => Ok(body.to_owned()),
        }
    }

    async fn handle(&self, inputs: Vec<String>, window: Window) -> Vec<Outcome> {
        assert!(!inputs.iter().any(|input| input == "panic between records"), "told to");
        let inputs = inputs.into_iter().filter(|input| input != "forgotten").collect();
        outcomes(inputs, window, |input: String| async move {
            match input.as_str() {
                "panic" => panic!("told to"),
                "hang" => std::future::pending().await,
                "fail" => CallError::Bucket("told to".to_owned()).into(),
                _ => Outcome::Done,
            }
        })
        .await
    }
}

/// Queues where nobody listens.
fn nowhere() -> Queues {
    let config = Config {
        environment: "test".into(),
        cell: Cell::parse("eu1").unwrap(),
        region: "eu-west-1".into(),
        table_prefix: String::new(),
        bucket_prefix: String::new(),
        queue_url_prefix: "http://127.0.0.1:9/".into(),
        credentials: AwsCredentials {
            access_key_id: "k".into(),
            secret_access_key: Secret::new("s".into()),
            session_token: None,
        },
        endpoint: Some("http://127.0.0.1:9".into()),
        dynamodb_endpoint: None,
    };
    Queues::new(Aws::new(&config).sqs, &config.queue_url_prefix)
}

/// One spilled message.
struct Spilled;

const SPILLED: &str = r#"{"v":1,"id":"m-1","tenant":"tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz","cell":"eu1","kind":"k.v1","accepted_at":5,"body":{}}"#;

impl Objects for Spilled {
    async fn get(&self, key: &str, _at_most: usize) -> Result<Object, CallError> {
        assert_eq!(key, "outbox/tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz/m-1.json");
        Ok(Object::Bytes(SPILLED.into()))
    }
}

/// The bodies that an answer reports as failed.
fn failed(bodies: &[&str], time_ms: i64) -> Vec<String> {
    let records = bodies.iter().map(|body| {
        let mut message = SqsMessage::default();
        message.message_id = Some((*body).to_owned());
        message.body = Some((*body).to_owned());
        message
    });
    let mut event = SqsEvent::default();
    event.records = records.collect();
    let started_ms = clock::now_ms();
    let invocation = telemetry::Invocation {
        request_id: "r".into(),
        started_ms,
        deadline_ms: started_ms + MARGIN_MS + time_ms,
        xray: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(run(&Told, &nowhere(), &Spilled, event, &invocation));
    answer.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
}

const LONG: i64 = 20_000;

#[test]
fn only_what_failed_is_reported() {
    assert!(failed(&["a", "b"], LONG).is_empty());
    assert_eq!(failed(&["a", "fail", "b"], LONG), ["fail"]);
    assert!(failed(&[], LONG).is_empty());
}

#[test]
fn a_panic_touches_one_record() {
    assert_eq!(failed(&["a", "panic", "b"], LONG), ["panic"]);
    assert_eq!(failed(&["a", "panic while reading", "b"], LONG), ["panic while reading"]);
}

#[test]
fn a_panic_between_records_fails_all_that_were_handed_over_and_none_is_lost() {
    assert_eq!(failed(&["a", "panic between records"], LONG), ["a", "panic between records"]);
}

#[test]
fn a_record_without_an_answer_is_tried_again_with_those_beside_it() {
    assert_eq!(failed(&["forgotten", "a"], LONG), ["forgotten", "a"], "whose answer is missing cannot be told");
}

#[test]
fn what_is_not_done_in_time_is_tried_again_and_the_rest_is_done() {
    assert_eq!(failed(&["a", "hang", "b"], 200), ["hang"]);
    assert_eq!(failed(&["a"], 0), ["a"], "no time at all");
}

#[test]
fn poison_whose_letter_cannot_be_sent_is_tried_again() {
    assert_eq!(failed(&["poison", "a"], LONG), ["poison"]);
}

#[test]
fn a_spilled_message_is_read_from_its_object_and_parked_as_its_pointer() {
    let hash = attune_contracts::canonical::sha256_hex(SPILLED.as_bytes());
    let pointer = |sha256: &str| {
        let key = "outbox/tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz/m-1.json";
        let spilled = serde_json::json!({"bucket": "raw", "key": key, "sha256": sha256, "bytes": SPILLED.len()});
        SPILLED.replace("\"body\":{}", &format!("\"body\":{}", serde_json::json!({ "spilled": spilled })))
    };
    let (good, bad) = (pointer(&hash), pointer("0"));
    assert_eq!(failed(&[&good, &bad, "a"], LONG), [bad], "nobody takes its letter");
}
