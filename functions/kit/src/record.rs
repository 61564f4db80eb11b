//! One record of a batch, and the reading of its envelope.

use crate::GiveUp;
use attune_contracts::Envelope;
use attune_contracts::envelope::{ENVELOPE_VERSION, MAX_AGE_MS};
use attune_domain::Cell;
use aws_lambda_events::sqs::SqsMessage;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A record as it came from SQS.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// SQS's message id, which also names the record in the answer.
    pub sqs_id: String,
    /// The body as received. Never hashed: a mapping may have written its JSON anew.
    pub body: String,
    /// How often SQS has delivered it.
    pub receive_count: u32,
    /// When it was first sent to the queue, ms since 1970; 0 when unknown.
    pub sent_at: i64,
    /// Full name of the queue it came from.
    pub queue: String,
    /// Message attribute `attune-reason`, which parks carry.
    pub reason: Option<String>,
    /// Message attribute `attune-detail`.
    pub detail: Option<String>,
    /// Message attribute `attune-first-sent`: when the message was first sent to its source queue, ms since 1970.
    pub first_sent: Option<i64>,
    /// Message attribute `attune-receive-count`: deliveries before it was parked.
    pub received_before: Option<u32>,
    /// What the body says about itself, as far as it can be read.
    pub head: Head,
}

/// What logs, metrics and dead letters need of an envelope, read leniently.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Head {
    /// Message id.
    pub id: Option<String>,
    /// Tenant; a message group, never a metric's dimension.
    pub tenant: Option<String>,
    /// Kind.
    pub kind: Option<String>,
    /// When the edge accepted it, ms since 1970.
    pub accepted_at: Option<i64>,
    /// Trace context of the accepting request.
    pub traceparent: Option<String>,
}

impl From<SqsMessage> for Record {
    fn from(message: SqsMessage) -> Self {
        let number = |name: &str| message.attributes.get(name).and_then(|text| text.parse::<i64>().ok());
        let text = |name: &str| message.message_attributes.get(name).and_then(|value| value.string_value.clone());
        let arn = message.event_source_arn.as_deref().unwrap_or_default();
        let body = message.body.unwrap_or_default();
        Self {
            sqs_id: message.message_id.unwrap_or_default(),
            receive_count: number("ApproximateReceiveCount").and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
            sent_at: number("SentTimestamp").unwrap_or(0),
            queue: arn.rsplit(':').next().unwrap_or_default().to_owned(),
            reason: text("attune-reason"),
            detail: text("attune-detail"),
            first_sent: text("attune-first-sent").and_then(|text| text.parse().ok()),
            received_before: text("attune-receive-count").and_then(|text| text.parse().ok()),
            head: serde_json::from_str(&body).unwrap_or_default(),
            body,
        }
    }
}

/// A message: the envelope with its body read.
pub type Message<B> = Envelope<B>;

#[derive(Deserialize)]
struct Peek {
    v: u64,
    kind: String,
}

/// Reads a record of one kind and checks what holds for all: version, kind, cell, age.
///
/// # Errors
/// Why the record can never succeed here.
pub fn read<B: DeserializeOwned>(record: &Record, kind: &str, cell: &Cell, now_ms: i64) -> Result<Message<B>, GiveUp> {
    let unreadable = |error: serde_json::Error| GiveUp::Unreadable(position(&error));
    let peek: Peek = serde_json::from_str(&record.body).map_err(unreadable)?;
    if peek.v != u64::from(ENVELOPE_VERSION) {
        return Err(GiveUp::UnknownVersion(peek.v));
    }
    if peek.kind != kind {
        return Err(GiveUp::UnknownKind(peek.kind.chars().filter(char::is_ascii_graphic).take(64).collect()));
    }
    let message: Message<B> = serde_json::from_str(&record.body).map_err(unreadable)?;
    if message.cell != *cell || message.tenant.cell() != *cell {
        return Err(GiveUp::WrongCell);
    }
    if message.accepted_at < now_ms.saturating_sub(MAX_AGE_MS) {
        return Err(GiveUp::TooOld);
    }
    if !is_id(&message.id) {
        return Err(GiveUp::Unreadable("the message id is not a plain id".to_owned()));
    }
    Ok(message)
}

/// Where and what kind, without the text around it, which may hold personal data.
fn position(error: &serde_json::Error) -> String {
    format!("{:?} at line {} column {}", error.classify(), error.line(), error.column())
}

/// Ids that may become part of a key: 1 to 64 letters, digits, `-`, `_`.
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOW: i64 = 1_770_000_000_000;

    fn envelope() -> Value {
        json!({
            "v": 1, "id": "m-1", "tenant": "tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz", "cell": "eu1", "kind": "k.v1",
            "accepted_at": NOW, "body": {"a": 1}, "later": "ignored"
        })
    }

    fn reading(value: &Value) -> Result<Message<Value>, GiveUp> {
        let record = Record { body: value.to_string(), ..Record::default() };
        read(&record, "k.v1", &Cell::parse("eu1").unwrap(), NOW)
    }

    fn with(name: &str, value: Value) -> Result<Message<Value>, GiveUp> {
        let mut envelope = envelope();
        envelope[name] = value;
        reading(&envelope)
    }

    #[test]
    fn a_good_envelope_is_read_and_unknown_fields_are_ignored() {
        assert_eq!(reading(&envelope()).unwrap().body, json!({"a": 1}));
    }

    #[test]
    fn each_fault_has_its_reason() {
        assert_eq!(with("v", json!(2)).unwrap_err(), GiveUp::UnknownVersion(2));
        assert_eq!(with("kind", json!("k.v2")).unwrap_err().code(), "unknown_kind");
        assert_eq!(with("cell", json!("us1")).unwrap_err(), GiveUp::WrongCell);
        assert_eq!(
            with("tenant", json!("tnt_us1_01hzzzzzzzzzzzzzzzzzzzzzzz")).unwrap_err(),
            GiveUp::WrongCell,
            "the tenant counts, not only what the envelope says"
        );
        assert_eq!(with("accepted_at", json!(NOW - MAX_AGE_MS - 1)).unwrap_err(), GiveUp::TooOld);
        assert!(with("accepted_at", json!(NOW - MAX_AGE_MS)).is_ok());
        assert_eq!(with("id", json!("../x")).unwrap_err().code(), "unreadable");
        assert_eq!(with("tenant", json!("x")).unwrap_err().code(), "unreadable");
        let record = Record { body: "{\"v\":".into(), ..Record::default() };
        let error = read::<Value>(&record, "k.v1", &Cell::parse("eu1").unwrap(), NOW).unwrap_err();
        assert_eq!(error.code(), "unreadable");
    }

    #[test]
    fn the_reason_never_quotes_the_content() {
        let error = with("tenant", json!("+4712345678")).unwrap_err();
        assert!(!error.to_string().contains("4712345678"), "{error}");
    }
}
