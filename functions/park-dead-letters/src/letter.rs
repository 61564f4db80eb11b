//! A parked letter: one JSON object in the bucket `dead-letters`.
//!
//! Key: `<tenant>/<subject>/<message id>.json`. The subject is the call id where the body names one, else `station-<n>`, else
//! `none`, so that what is kept of a person's call is found and erased by prefix. A letter without readable tenant or id lies
//! under `unknown/unreadable/<SQS id>.json`. A letter parked for `fingerprint_mismatch` has another content under an id that is
//! in use, so its name carries 16 digits of its hash: `<message id>.<hash>.json`.
//!
//! The same letter always gets the same key, so parking twice leaves one object. Redrive: send `body` to `queue` again, as it
//! is; the id in the envelope is unchanged, so a marker that exists is met.

use attune_contracts::canonical::sha256_hex;
use attune_domain::{CallId, Millis, Station, TenantId};
use attune_functions_kit::{GiveUp, Record, record};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Reason of letters that SQS moved after too many deliveries.
pub const RECEIVE_COUNT_EXCEEDED: &str = "receive_count_exceeded";

/// The object. Readers ignore unknown fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterV1 {
    /// Always 1.
    pub v: u32,
    /// Short name of the source queue, to which a redrive sends: `ingest-snapshot`.
    pub queue: String,
    /// A code of [`GiveUp::CODES`], or [`RECEIVE_COUNT_EXCEEDED`].
    pub reason: String,
    /// Pointers and positions, never values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Id of the envelope; null when it could not be read.
    pub message_id: Option<String>,
    /// Tenant; null when it could not be read.
    pub tenant: Option<String>,
    /// Kind; null when it could not be read.
    pub kind: Option<String>,
    /// SQS's id of the dead letter.
    pub sqs_id: String,
    /// Deliveries, counted by SQS.
    pub receive_count: u32,
    /// When it was first sent.
    pub first_sent_at: Option<Millis>,
    /// When it was parked.
    pub parked_at: Millis,
    /// The body as received from SQS.
    pub body: String,
}

/// Key and object of a record of a dead-letter queue. `prefix`: what the environment's queue names begin with.
pub fn letter(from: &Record, prefix: &str, now_ms: i64) -> (String, LetterV1) {
    let name = from.queue.strip_prefix(prefix).unwrap_or(&from.queue);
    let reason =
        from.reason.as_deref().filter(|reason| GiveUp::CODES.contains(reason)).unwrap_or(RECEIVE_COUNT_EXCEEDED);
    let first_sent = from.first_sent.unwrap_or(from.sent_at);
    let letter = LetterV1 {
        v: 1,
        queue: name.strip_suffix("-dlq").unwrap_or(name).to_owned(),
        reason: reason.to_owned(),
        detail: from.detail.clone(),
        message_id: from.head.id.clone().filter(|id| record::is_id(id)),
        tenant: from.head.tenant.clone().filter(|tenant| TenantId::parse(tenant).is_ok()),
        kind: from.head.kind.clone().filter(|kind| kind.len() <= 64),
        sqs_id: from.sqs_id.clone(),
        receive_count: from.received_before.unwrap_or(from.receive_count),
        first_sent_at: (first_sent > 0).then_some(Millis(first_sent)),
        parked_at: Millis(now_ms),
        body: from.body.clone(),
    };
    (key(&letter), letter)
}

fn key(letter: &LetterV1) -> String {
    let (Some(tenant), Some(id)) = (&letter.tenant, &letter.message_id) else {
        let id = if record::is_id(&letter.sqs_id) { letter.sqs_id.clone() } else { sha256_hex(letter.body.as_bytes()) };
        return format!("unknown/unreadable/{id}.json");
    };
    let subject = subject(&letter.body);
    if letter.reason == GiveUp::FingerprintMismatch.code() {
        let hash: String = sha256_hex(letter.body.as_bytes()).chars().take(16).collect();
        return format!("{tenant}/{subject}/{id}.{hash}.json");
    }
    format!("{tenant}/{subject}/{id}.json")
}

fn subject(body: &str) -> String {
    let envelope: Value = serde_json::from_str(body).unwrap_or_default();
    let body = &envelope["body"];
    let call = [&body["call_id"], &body["snapshot"]["call_id"]];
    let call = call.into_iter().filter_map(Value::as_str).find(|call| CallId::parse(call).is_ok());
    let station = body["station"].as_u64().filter(|number| Station::from_number(*number).is_ok());
    match (call, station) {
        (Some(call), _) => call.to_owned(),
        (None, Some(station)) => format!("station-{station}"),
        (None, None) => "none".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use attune_functions_kit::record::Head;
    use serde_json::json;

    const TENANT: &str = "tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz";
    const CALL: &str = "call_01hzzzzzzzzzzzzzzzzzzzzzzz";

    fn record(body: &Value, reason: Option<&str>) -> Record {
        Record {
            sqs_id: "7d1b7a3c-0000-4000-8000-000000000001".into(),
            body: body.to_string(),
            receive_count: 1,
            sent_at: 1_769_860_800_007,
            queue: "attune-local-ingest-snapshot-dlq".into(),
            reason: reason.map(str::to_owned),
            head: serde_json::from_value::<Head>(body.clone()).unwrap_or_default(),
            ..Record::default()
        }
    }

    fn parked(body: &Value, reason: Option<&str>) -> (String, LetterV1) {
        letter(&record(body, reason), "attune-local-", 1_769_860_900_000)
    }

    #[test]
    fn keyed_by_tenant_subject_and_id() {
        let (key, letter) =
            parked(&json!({"id": "m-1", "tenant": TENANT, "body": {"snapshot": {"call_id": CALL}}}), None);
        assert_eq!(key, format!("{TENANT}/{CALL}/m-1.json"));
        assert_eq!((letter.queue.as_str(), letter.reason.as_str()), ("ingest-snapshot", RECEIVE_COUNT_EXCEEDED));
        let (key, _) = parked(&json!({"id": "m-1", "tenant": TENANT, "body": {"station": 4}}), Some("invalid"));
        assert_eq!(key, format!("{TENANT}/station-4/m-1.json"));
        let (key, _) = parked(&json!({"id": "m-1", "tenant": TENANT}), Some("invalid"));
        assert_eq!(key, format!("{TENANT}/none/m-1.json"));
    }

    #[test]
    fn what_cannot_be_read_and_what_would_break_out_is_parked_under_the_sqs_id() {
        for body in [
            json!("x"),
            json!({"id": "../../x", "tenant": TENANT}),
            json!({"id": "m", "tenant": "tnt_eu1_../x"}),
            json!({"id": 5, "tenant": TENANT}),
        ] {
            let (key, letter) = parked(&body, Some("unreadable"));
            assert_eq!(key, "unknown/unreadable/7d1b7a3c-0000-4000-8000-000000000001.json", "{body}");
            assert_eq!(letter.body, body.to_string());
        }
        let (key, _) = parked(&json!({"id": "m", "tenant": TENANT, "body": {"call_id": "call_/../x"}}), None);
        assert_eq!(key, format!("{TENANT}/none/m.json"));
    }

    #[test]
    fn two_contents_under_one_id_are_two_letters() {
        let body = |n: u32| json!({"id": "m", "tenant": TENANT, "body": {"n": n}});
        let reason = Some("fingerprint_mismatch");
        assert_ne!(parked(&body(1), reason).0, parked(&body(2), reason).0);
        assert_eq!(parked(&body(1), reason).0, parked(&body(1), reason).0);
    }

    #[test]
    fn a_made_up_reason_is_not_believed() {
        assert_eq!(parked(&json!({}), Some("<script>")).1.reason, RECEIVE_COUNT_EXCEEDED);
    }
}
