//! Cutting messages into batches within SQS's limits.

use super::{BatchEntry, MAX_BATCH_BYTES, MAX_BATCH_ENTRIES};

/// Why a message can never be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Body and attributes are more than 1 MiB.
    #[error("body and attributes are larger than 1 MiB")]
    TooLarge,
    /// The body is empty.
    #[error("the body is empty")]
    Empty,
    /// Body or attribute holds a character outside XML 1.0, which SQS refuses for the whole batch.
    #[error("a character that SQS does not carry")]
    Character,
    /// The id is not 1 to 80 letters, digits, `-`, `_`.
    #[error("the entry's id is not usable")]
    Id,
    /// The group id is not 1 to 128 letters, digits, punctuation.
    #[error("the group id is not usable")]
    GroupId,
    /// More than 10 attributes, or a name or value that SQS refuses.
    #[error("the attributes are not usable")]
    Attributes,
}

/// Indexes into the given entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Batches in the given order, each within the limits.
    pub batches: Vec<Vec<usize>>,
    /// Entries that no batch may hold, because SQS would refuse the whole batch for them.
    pub refused: Vec<(usize, Refusal)>,
}

/// Cuts entries into batches in their order. A bad entry is set aside and never blocks another; a second entry of one id begins
/// a new batch, as ids are unique within one.
pub fn plan_batches(entries: &[BatchEntry<'_>]) -> Plan {
    let mut plan = Plan::default();
    let mut batch: Vec<usize> = Vec::new();
    let mut bytes = 0;
    for (index, entry) in entries.iter().enumerate() {
        let size = entry.size();
        if let Some(refusal) = refusal(entry, size) {
            plan.refused.push((index, refusal));
            continue;
        }
        let full = batch.len() == MAX_BATCH_ENTRIES || bytes + size > MAX_BATCH_BYTES;
        if full || batch.iter().any(|other| entries[*other].id == entry.id) {
            plan.batches.push(core::mem::take(&mut batch));
            bytes = 0;
        }
        batch.push(index);
        bytes += size;
    }
    if !batch.is_empty() {
        plan.batches.push(batch);
    }
    plan
}

fn refusal(entry: &BatchEntry<'_>, size: usize) -> Option<Refusal> {
    let id = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !(1..=80).contains(&entry.id.len()) || !entry.id.bytes().all(id) {
        return Some(Refusal::Id);
    }
    if entry.body.is_empty() {
        return Some(Refusal::Empty);
    }
    if size > MAX_BATCH_BYTES {
        return Some(Refusal::TooLarge);
    }
    let group = |group: &str| (1..=128).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_graphic());
    if !entry.group_id.is_none_or(group) {
        return Some(Refusal::GroupId);
    }
    if entry.attributes.len() > 10 || !entry.attributes.iter().all(|(name, value)| is_name(name) && !value.is_empty()) {
        return Some(Refusal::Attributes);
    }
    let mut texts = entry.attributes.iter().map(|(_, value)| *value).chain([entry.body]);
    (!texts.all(is_sendable)).then_some(Refusal::Character)
}

/// An attribute's name: 1 to 256 letters, digits, `-`, `_`, single inner full stops, and not one of Amazon's.
fn is_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    (1..=256).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && !lower.starts_with("aws.")
        && !lower.starts_with("amazon.")
}

/// Does SQS carry the text? JSON as we write it is printable ASCII nearly always, which is told by its bytes.
fn is_sendable(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x80).contains(&byte)) || text.chars().all(is_xml)
}

/// The characters of XML 1.0, section 2.2.
fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}
