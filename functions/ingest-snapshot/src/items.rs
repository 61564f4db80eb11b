//! The items of table `calls`.

use crate::decide::Decision;
use attune_contracts::message::SnapshotAcceptedV1;
use attune_contracts::snapshot::SnapshotV1;
use attune_functions_kit::item::Value;
use attune_functions_kit::store::Upsert;
use attune_functions_kit::{Item, Message};
use attune_migrations::keys;
use attune_optimizer::score::{Score, measured};
use std::collections::BTreeMap;

fn pk(message: &Message<SnapshotAcceptedV1>) -> String {
    keys::call_pk(&message.tenant, &message.body.snapshot.call_id)
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The snapshot: marker, headline metrics, decision and sends; at most 2 KB. What else was measured lies in `raw`.
///
/// # Errors
/// A map is not JSON, which its types rule out.
pub fn snapshot(
    message: &Message<SnapshotAcceptedV1>,
    raw_key: &str,
    decision: Decision,
    score: &Score,
    sends: Option<String>,
) -> Result<Item, serde_json::Error> {
    let s = &message.body.snapshot;
    let metrics: BTreeMap<&str, f64> = measured(s).into_iter().map(|(name, value)| (name.as_str(), value)).collect();
    let mut item =
        Item::new(pk(message), keys::snapshot_sk(s.channel.leg.as_str(), s.station.number(), s.segment.index))
            .text("id", &message.id)
            .text("fingerprint", &message.body.fingerprint)
            .number("accepted_at", message.accepted_at)
            .number("captured_at", s.captured_at.0)
            .number("start_ms", number(s.segment.start_ms))
            .number("end_ms", number(s.segment.end_ms))
            .number("version", number(s.parameters.version))
            .text("metrics", serde_json::to_string(&metrics)?)
            .text("raw", raw_key)
            .text("decision", decision.word())
            .text_if("score", score.usable.then(|| format!("{:.2}", score.total)))
            .text_if("audio", s.audio.as_ref().map(|audio| audio.storage_key.as_str()))
            .text_if("sends", sends);
    if !s.parameters.values.is_empty() {
        item = item.text("values", serde_json::to_string(&s.parameters.values)?);
    }
    if !s.targets.is_empty() {
        item = item.text("targets", serde_json::to_string(&s.targets)?);
    }
    if !s.constraints.is_empty() {
        item = item.text("constraints", serde_json::to_string(&s.constraints)?);
    }
    Ok(item)
}

/// Name of the channel's attribute that holds the index of the window that claimed a version of a station.
pub fn claim(snapshot: &SnapshotV1) -> String {
    format!("first_{:02}_{}", snapshot.station.number(), snapshot.parameters.version)
}

/// The channel, once for all snapshots of a leg in a batch: for each version of each station the first window that came. Exactly
/// one window claims a version, whatever the order, and the same one again when it is delivered again.
pub fn channel(members: &[&Message<SnapshotAcceptedV1>]) -> Option<Upsert> {
    let first = members.first()?;
    let mut claims: BTreeMap<String, i64> = BTreeMap::new();
    for message in members {
        let s = &message.body.snapshot;
        if s.parameters.version > 0 {
            let index = i64::from(s.segment.index);
            claims.entry(claim(s)).and_modify(|least| *least = index.min(*least)).or_insert(index);
        }
    }
    let leg = first.body.snapshot.channel.leg.as_str();
    Some(Upsert {
        pk: pk(first),
        sk: keys::channel_sk(leg),
        set: vec![("leg".to_owned(), Value::S(leg.to_owned()))],
        first: claims.into_iter().map(|(name, index)| (name, Value::N(index))).collect(),
        newer: None,
    })
}

/// The segment at its station. The later accept wins, if ever there are two.
pub fn segment(message: &Message<SnapshotAcceptedV1>) -> Upsert {
    let s = &message.body.snapshot;
    let mut set = vec![
        ("start_ms".to_owned(), Value::N(number(s.segment.start_ms))),
        ("end_ms".to_owned(), Value::N(number(s.segment.end_ms))),
        ("captured_at".to_owned(), Value::N(s.captured_at.0)),
    ];
    set.extend(s.audio.as_ref().map(|audio| ("audio".to_owned(), Value::S(audio.storage_key.clone()))));
    Upsert {
        pk: pk(message),
        sk: keys::segment_sk(s.channel.leg.as_str(), s.station.number(), s.segment.index),
        set,
        first: Vec::new(),
        newer: Some(("accepted_at".to_owned(), message.accepted_at)),
    }
}

/// The call, once for all its snapshots in a batch: when it was last heard of.
pub fn call(members: &[&Message<SnapshotAcceptedV1>]) -> Option<Upsert> {
    let first = members.first()?;
    let last = members.iter().map(|message| message.accepted_at).max()?;
    Some(Upsert {
        pk: pk(first),
        sk: keys::CALL_SK.to_owned(),
        set: vec![("call_id".to_owned(), Value::S(first.body.snapshot.call_id.to_string()))],
        first: Vec::new(),
        newer: Some(("last_at".to_owned(), last)),
    })
}
