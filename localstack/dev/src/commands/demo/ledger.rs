//! The account of the demonstration, kept outside Attune's own counters: what the agents saw accepted against what is stored.

use std::collections::{BTreeMap, BTreeSet};

use attune_dev::error::Result;
use attune_dev::stack::Stack;
use serde_json::{Value, json};

use super::agents::Heard;

/// Figures of the account.
#[derive(Debug, Default, Clone)]
pub struct Ledger {
    /// Snapshots answered 202.
    pub accepted: usize,
    /// Of these, in effect.
    pub applied: usize,
    /// Of these, neither in effect nor a dead letter.
    pub lost: usize,
    /// Effects that happened more than once.
    pub doubled: usize,
    /// Time from the accept of the deciding snapshot to the station's having applied the change, ms, ascending.
    pub accept_to_applied_ms: Vec<i64>,
}

/// Items of a partition of a table.
pub fn query(stack: &Stack, table: &str, pk: &str) -> Result<Vec<Value>> {
    let mut items = Vec::new();
    let mut start = Value::Null;
    loop {
        let mut body = json!({
            "TableName": stack.name(table), "KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": pk}},
            "ConsistentRead": true,
        });
        if !start.is_null() {
            body["ExclusiveStartKey"] = start;
        }
        let page = stack.api.dynamodb("Query", &body)?;
        items.extend(page["Items"].as_array().cloned().unwrap_or_default());
        start = page["LastEvaluatedKey"].clone();
        if start.is_null() {
            return Ok(items);
        }
    }
}

/// Snapshots in effect, by call: (leg, station, segment) with how often.
fn snapshots(stack: &Stack, tenant: &str, call: &str) -> Result<BTreeMap<String, usize>> {
    let mut found = BTreeMap::new();
    for item in query(stack, "calls", &format!("T#{tenant}#C#{call}"))? {
        let sk = item["sk"]["S"].as_str().unwrap_or_default();
        if let Some(key) = sk.strip_prefix("SNAP#") {
            *found.entry(key.to_owned()).or_default() += 1;
        }
    }
    Ok(found)
}

/// One agent's part of the account.
pub struct Entry<'a> {
    /// Station number.
    pub station: u8,
    /// Call.
    pub call_id: &'a str,
    /// What it said.
    pub heard: &'a Heard,
}

/// How many accepted snapshots are not yet in effect.
pub fn missing(stack: &Stack, tenant: &str, entries: &[Entry]) -> Result<usize> {
    Ok(settle(stack, tenant, entries, &[])?.lost)
}

/// Settles the account. `changes` is the history from the API.
pub fn settle(stack: &Stack, tenant: &str, entries: &[Entry], changes: &[Value]) -> Result<Ledger> {
    let mut ledger = Ledger::default();
    let calls: BTreeSet<&str> = entries.iter().map(|e| e.call_id).collect();
    let mut stored = BTreeMap::new();
    for call in calls {
        stored.insert(call, snapshots(stack, tenant, call)?);
    }
    for entry in entries {
        for (segment, _, _) in &entry.heard.accepted {
            ledger.accepted += 1;
            let key = format!("a#{:02}#{segment:08}", entry.station);
            match stored.get(entry.call_id).and_then(|s| s.get(&key)) {
                None => ledger.lost += 1,
                Some(n) => {
                    ledger.applied += 1;
                    ledger.doubled += n - 1;
                }
            }
        }
    }
    let mut runs: BTreeMap<&str, usize> = BTreeMap::new();
    for change in changes {
        if let Some(run) = change["origin"]["run_id"].as_str() {
            *runs.entry(run).or_default() += 1;
        }
    }
    ledger.doubled += runs.values().map(|n| n - 1).sum::<usize>();
    for change in changes {
        if let Some(ms) = latency(stack, tenant, entries, change)? {
            ledger.accept_to_applied_ms.push(ms);
        }
    }
    ledger.accept_to_applied_ms.sort_unstable();
    Ok(ledger)
}

/// From the accept of the snapshot that a run judged to the station's having applied its change.
fn latency(stack: &Stack, tenant: &str, entries: &[Entry], change: &Value) -> Result<Option<i64>> {
    let Some(run) = change["origin"]["run_id"].as_str() else { return Ok(None) };
    let (station, call, version) = (change["station"].as_u64(), change["call_id"].as_str(), change["version"].as_u64());
    let Some(entry) = entries.iter().find(|e| Some(u64::from(e.station)) == station && Some(e.call_id) == call) else {
        return Ok(None);
    };
    let items = query(stack, "tuning", &format!("T#{tenant}#R#{run}"))?;
    let segment = items.iter().find_map(|item| item["segment_index"]["N"].as_str()?.parse::<u64>().ok());
    let accepted = entry.heard.accepted.iter().find(|(s, _, _)| Some(*s) == segment).map(|(_, at, _)| *at);
    let applied = entry.heard.applied.iter().find(|(v, _, _)| Some(*v) == version).map(|(_, at, _)| *at);
    Ok(accepted.zip(applied).map(|(a, b)| b - a))
}

/// The value below which `share` of the sorted values lie.
pub fn percentile(sorted: &[i64], share: f64) -> Option<i64> {
    let last = sorted.len().checked_sub(1)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a short list"
    )]
    sorted.get((last as f64 * share).round() as usize).copied()
}
