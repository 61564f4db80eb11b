//! Messages that were too large for their queue: the record holds a pointer, the envelope lies in bucket `raw` (decision 3).
//!
//! The edge puts the object before it sends the pointer, and never changes it. So an object that is missing or another one does
//! not get better by waiting: the record is given up, and what is parked is the pointer. Objects live 90 days, markers and so
//! the age up to which a redrive takes effect 45.

use crate::batch::{Window, each};
use crate::bucket::Object;
use crate::record::Head;
use crate::{CallError, GiveUp, Outcome, Record};
use attune_contracts::Envelope;
use attune_contracts::canonical::sha256_hex;
use attune_contracts::envelope::{Pointer, SPILL_BUCKET, spill_folder};
use std::future::Future;

/// A row of an outbox, and so an object, is no longer (Durable Objects: 2 MB per row).
const MAX_BYTES: usize = 2 << 20;
/// A pointer is no longer.
const MAX_POINTER: usize = 4 << 10;

/// Where objects are read from: a [`crate::bucket::Bucket`], or a table in tests.
pub trait Objects: Sync {
    /// The object under a key, if it is no longer than `at_most` bytes.
    fn get(&self, key: &str, at_most: usize) -> impl Future<Output = Result<Object, CallError>> + Send;
}

/// For each record what is to be read in its place: `None` where it holds its message itself.
pub(crate) async fn resolve<O: Objects>(
    objects: &O,
    records: &[Record],
    window: Window,
) -> Vec<Option<Result<Record, Outcome>>> {
    let mut resolved: Vec<Option<Result<Record, Outcome>>> = records.iter().map(|_| None).collect();
    let pointers: Vec<_> =
        records.iter().enumerate().filter_map(|(at, record)| Some((at, record, pointer(&record.body)?))).collect();
    if pointers.is_empty() {
        return resolved;
    }
    let places: Vec<usize> = pointers.iter().map(|(at, ..)| *at).collect();
    let fetched =
        each(pointers, window, |(_, record, pointer)| async move { fetch(objects, record, &pointer).await }).await;
    for (at, result) in places.into_iter().zip(fetched) {
        resolved[at] = Some(result.unwrap_or_else(|retry| Err(retry.into())));
    }
    resolved
}

fn pointer(body: &str) -> Option<Envelope<Pointer>> {
    // Nearly every record holds its message: it is not parsed once more for this.
    if body.len() > MAX_POINTER || !body.contains("\"spilled\"") {
        return None;
    }
    serde_json::from_str(body).ok()
}

async fn fetch(objects: &impl Objects, record: &Record, pointer: &Envelope<Pointer>) -> Result<Record, Outcome> {
    let spilled = &pointer.body.spilled;
    let folder = spill_folder(&pointer.tenant);
    // The bucket holds other tenants' messages and recordings: a pointer leads to its own tenant's messages only.
    let name = spilled.key.strip_prefix(&folder).unwrap_or_default();
    if spilled.bucket != SPILL_BUCKET || name.is_empty() || name.contains('/') {
        return Err(GiveUp::SpillWrong("it leads to another place").into());
    }
    if spilled.bytes > MAX_BYTES {
        return Err(GiveUp::SpillWrong("it names a length that no message has").into());
    }
    let bytes = match objects.get(&spilled.key, spilled.bytes).await? {
        Object::Bytes(bytes) if bytes.len() == spilled.bytes => bytes,
        Object::Bytes(_) | Object::TooLong => return Err(GiveUp::SpillWrong("the object has another length").into()),
        Object::Missing => return Err(GiveUp::SpillMissing.into()),
    };
    if sha256_hex(&bytes) != spilled.sha256 {
        return Err(GiveUp::SpillWrong("the object has another SHA-256").into());
    }
    let body = String::from_utf8(bytes).map_err(|_| GiveUp::SpillWrong("the object is not text"))?;
    let head: Head = serde_json::from_str(&body).unwrap_or_default();
    let same = head.id.as_ref() == Some(&pointer.id)
        && head.tenant.as_deref() == Some(pointer.tenant.as_str())
        && head.kind.as_ref() == Some(&pointer.kind);
    if !same {
        return Err(GiveUp::SpillWrong("the object is another message").into());
    }
    Ok(Record { body, head, ..record.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Retry, clock};
    use serde_json::{Value, json};
    use std::collections::BTreeMap;

    const TENANT: &str = "tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz";
    const OTHER: &str = "tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzy";

    #[derive(Default)]
    struct Fake(BTreeMap<String, Vec<u8>>);

    impl Objects for Fake {
        async fn get(&self, key: &str, at_most: usize) -> Result<Object, CallError> {
            match self.0.get(key) {
                _ if key.ends_with("away.json") => Err(CallError::Bucket("unreachable".into())),
                _ if key.ends_with("panic.json") => panic!("told to"),
                Some(bytes) if bytes.len() > at_most => Ok(Object::TooLong),
                Some(bytes) => Ok(Object::Bytes(bytes.clone())),
                None => Ok(Object::Missing),
            }
        }
    }

    fn key() -> String {
        format!("outbox/{TENANT}/m-1.json")
    }

    fn envelope(body: &Value) -> Value {
        json!({"v": 1, "id": "m-1", "tenant": TENANT, "cell": "eu1", "kind": "k.v1", "accepted_at": 5, "body": body})
    }

    fn content() -> String {
        envelope(&json!({"long": "x".repeat(2_000)})).to_string()
    }

    fn pointer_to(key: &str, content: &[u8]) -> Value {
        let spilled = json!({"bucket": "raw", "key": key, "sha256": sha256_hex(content), "bytes": content.len()});
        envelope(&json!({ "spilled": spilled }))
    }

    fn record(body: &Value) -> Record {
        Record { sqs_id: "s-1".into(), receive_count: 3, body: body.to_string(), ..Record::default() }
    }

    fn all(objects: &Fake, records: &[Record]) -> Vec<Option<Result<Record, Outcome>>> {
        let now_ms = clock::now_ms();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(resolve(objects, records, Window { now_ms, deadline_ms: now_ms + 5_000 }))
    }

    fn one(objects: &Fake, body: &Value) -> Result<Record, Outcome> {
        all(objects, &[record(body)]).remove(0).expect("it is a pointer")
    }

    fn stored(content: &str) -> Fake {
        Fake(BTreeMap::from([(key(), content.as_bytes().to_vec())]))
    }

    fn reason(objects: &Fake, body: &Value) -> String {
        match one(objects, body).unwrap_err() {
            Outcome::GiveUp(reason) => reason.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_object_is_read_in_place_of_the_pointer() {
        let content = content();
        let read = one(&stored(&content), &pointer_to(&key(), content.as_bytes())).unwrap();
        assert_eq!((&read.body, read.sqs_id.as_str(), read.receive_count), (&content, "s-1", 3));
        assert_eq!(read.head.accepted_at, Some(5));
    }

    #[test]
    fn other_records_are_left_alone_and_no_record_touches_another() {
        let text = content();
        let plain =
            [envelope(&json!({"a": 1})), envelope(&json!({"spilled": 1})), json!("x")].map(|body| record(&body));
        let broken = [pointer_to(&format!("outbox/{TENANT}/away.json"), b""), pointer_to(&key(), text.as_bytes())];
        let panics = record(&pointer_to(&format!("outbox/{TENANT}/panic.json"), b""));
        let records = [plain.to_vec(), broken.iter().map(record).collect(), vec![panics]].concat();
        let resolved = all(&stored(&text), &records);
        assert!(resolved[..3].iter().all(Option::is_none));
        assert_eq!(
            resolved[3].as_ref().unwrap().as_ref().unwrap_err(),
            &Outcome::Retry(Retry::Call(CallError::Bucket("unreachable".into())))
        );
        assert_eq!(resolved[4].as_ref().unwrap().as_ref().unwrap().body, text);
        assert_eq!(resolved[5].as_ref().unwrap().as_ref().unwrap_err(), &Outcome::Retry(Retry::Panicked));
    }

    #[test]
    fn a_missing_object_has_its_own_reason() {
        let body = pointer_to(&key(), b"x");
        assert_eq!(one(&Fake::default(), &body).unwrap_err(), GiveUp::SpillMissing.into());
    }

    #[test]
    fn a_wrong_object_is_not_read() {
        let content = content();
        let pointer = pointer_to(&key(), content.as_bytes());
        for (object, says) in [
            (format!("{content} "), "length"),
            (content.replace("xx", "x"), "length"),
            (content.replace("xxx", "xyx"), "SHA-256"),
        ] {
            assert!(reason(&stored(&object), &pointer).contains(says), "{says}");
        }
        for (from, to) in [("m-1", "m-2"), (TENANT, OTHER), ("k.v1", "k.v2"), ("{", "[")] {
            let other = content.replacen(from, to, 1);
            assert!(reason(&stored(&other), &pointer_to(&key(), other.as_bytes())).contains("another message"), "{to}");
        }
    }

    #[test]
    fn a_pointer_leads_to_its_tenant_s_messages_only() {
        let content = content();
        for key in [
            format!("outbox/{OTHER}/m-1.json"),
            format!("{TENANT}/m-1.json"),
            format!("outbox/{TENANT}/"),
            format!("outbox/{TENANT}/../{OTHER}/m-1.json"),
            format!("outbox/{TENANT}"),
        ] {
            let objects = Fake(BTreeMap::from([(key.clone(), content.clone().into_bytes())]));
            assert!(reason(&objects, &pointer_to(&key, content.as_bytes())).contains("another place"), "{key}");
        }
        let mut body = pointer_to(&key(), content.as_bytes());
        body["body"]["spilled"]["bucket"] = "audio".into();
        assert!(reason(&stored(&content), &body).contains("another place"));
        body["body"]["spilled"]["bucket"] = "raw".into();
        body["body"]["spilled"]["bytes"] = (MAX_BYTES + 1).into();
        assert!(reason(&stored(&content), &body).contains("no message has"));
    }
}
