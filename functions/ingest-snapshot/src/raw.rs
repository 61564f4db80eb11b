//! Whole snapshots, as JSON lines in S3: one object per tenant, call and minute of arrival within the batch.
//!
//! The key is a function of the messages in it, so a repeated batch writes the same object again. A redelivery in another batch
//! writes another object; items point to the one that was written first, the other expires unread.

use attune_contracts::canonical::sha256_hex;
use attune_contracts::message::SnapshotAcceptedV1;
use attune_domain::Millis;
use attune_functions_kit::Message;
use std::collections::BTreeMap;

/// Messages of one object: their places in the batch.
pub type Groups = BTreeMap<(String, String, String), Vec<usize>>;

/// Groups a batch by tenant, call and minute.
pub fn groups(batch: &[Message<SnapshotAcceptedV1>]) -> Groups {
    let mut groups = Groups::new();
    for (at, message) in batch.iter().enumerate() {
        let key =
            (message.tenant.to_string(), message.body.snapshot.call_id.to_string(), minute(message.body.received_at));
        groups.entry(key).or_default().push(at);
    }
    groups
}

/// `yyyy-mm-ddThh-mm`, UTC.
fn minute(at_ms: i64) -> String {
    Millis(at_ms).to_string().chars().take(16).map(|c| if c == ':' { '-' } else { c }).collect()
}

/// `tenant/call/yyyy-mm-ddThh-mm/<sha256 of the sorted message ids>.jsonl`.
pub fn key((tenant, call, minute): &(String, String, String), members: &[&Message<SnapshotAcceptedV1>]) -> String {
    let mut ids: Vec<&str> = members.iter().map(|message| message.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    format!("{tenant}/{call}/{minute}/{}.jsonl", sha256_hex(ids.join("\n").as_bytes()))
}

/// One line per message, in the order of their ids.
pub fn lines(members: &[&Message<SnapshotAcceptedV1>]) -> Result<Vec<u8>, serde_json::Error> {
    let mut sorted = members.to_vec();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    let mut bytes = Vec::new();
    for message in sorted {
        serde_json::to_writer(&mut bytes, message)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_part_of_a_key() {
        assert_eq!(minute(1_769_860_800_007), "2026-01-31T12-00");
    }
}
