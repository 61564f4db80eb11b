//! Messages that are too large for a queue go to S3, and the queue carries where they lie. Made while draining, not before the
//! 202 (decision 3).

use super::plan::Entry;
use attune_contracts::Envelope;
use attune_contracts::canonical::sha256_hex;
use attune_contracts::envelope::{Pointer, SPILL_BUCKET, SpilledV1, spill_folder};
use attune_domain::json;
use serde::de::IgnoredAny;

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

/// Turns a large message into a pointer: the same envelope, whose body is
/// `{"spilled": {"bucket", "key", "sha256", "bytes"}}`. Gives the message back when its body is not an envelope.
pub(super) fn spill(mut entry: Entry) -> Result<Entry, Entry> {
    let Ok(envelope) = json::from_str::<Envelope<IgnoredAny>>(&entry.body) else { return Err(entry) };
    let spilled = SpilledV1 {
        bucket: SPILL_BUCKET.to_owned(),
        key: format!("{}{}.json", spill_folder(&envelope.tenant), entry.id),
        sha256: sha256_hex(entry.body.as_bytes()),
        bytes: entry.body.len(),
    };
    let key = spilled.key.clone();
    let Ok(body) = serde_json::to_string(&envelope.with_body(Pointer { spilled })) else { return Err(entry) };
    let content = core::mem::replace(&mut entry.body, body);
    entry.spill = Some(Spill { bucket: SPILL_BUCKET, key, content });
    Ok(entry)
}
