//! Messages that are too large for a queue go to S3, and the queue carries where they lie. Made while draining, not before the
//! 202 (decision 3).

use super::plan::Entry;
use attune_contracts::Envelope;
use attune_contracts::canonical::sha256_hex;
use serde_json::{Value, json};

/// An object that has to be in S3 before its message is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spill {
    /// Short name of the bucket.
    pub bucket: &'static str,
    /// Key; the same for every repeat, so a repeated PUT changes nothing.
    pub key: String,
    /// The whole envelope.
    pub content: String,
}

/// Short name of the bucket for spilled messages.
const BUCKET: &str = "raw";

/// Turns a large message into a pointer: the same envelope, whose body is
/// `{"spilled": {"bucket", "key", "sha256", "bytes"}}`. Gives the message back when its body is not an envelope.
pub(super) fn spill(mut entry: Entry, tenant: &str) -> Result<Entry, Entry> {
    let Ok(envelope) = serde_json::from_str::<Envelope<Value>>(&entry.body) else { return Err(entry) };
    let key = format!("outbox/{tenant}/{}.json", entry.id);
    let (sha256, bytes) = (sha256_hex(entry.body.as_bytes()), entry.body.len());
    let pointer =
        envelope.with_body(json!({"spilled": {"bucket": BUCKET, "key": &key, "sha256": sha256, "bytes": bytes}}));
    let Ok(body) = serde_json::to_string(&pointer) else { return Err(entry) };
    let content = core::mem::replace(&mut entry.body, body);
    entry.spill = Some(Spill { bucket: BUCKET, key, content });
    Ok(entry)
}
