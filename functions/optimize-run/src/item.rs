//! The snapshots that are read, and the run that is written.

use attune_contracts::command::{ProposeAnswerV1, ProposeV1};
use attune_contracts::message::OptimizerRunV1;
use attune_contracts::run::RunAnswerV1;
use attune_contracts::snapshot::{Channel, Metric, Parameters, Segment, SnapshotV1, Source};
use attune_domain::{MetricName, Millis};
use attune_functions_kit::{Item, Message};
use attune_migrations::keys;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

/// Attribute that a run has when ControlRoom has answered.
pub const OUTCOME: &str = "outcome";

/// Why an item cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// An attribute is missing or has another shape.
    #[error("attribute {0} cannot be read")]
    Attribute(&'static str),
}

fn json<T: DeserializeOwned + Default>(item: &Item, name: &'static str) -> Result<T, ItemError> {
    let text = item.get_text(name);
    text.map_or_else(|| Ok(T::default()), |t| serde_json::from_str(t).map_err(|_| ItemError::Attribute(name)))
}

/// The snapshot of an item of `calls`, with the metrics that the score looks at (the item holds no others).
///
/// # Errors
/// [`ItemError`]: the item was written by a later version.
pub fn snapshot(run: &OptimizerRunV1, item: &Item) -> Result<SnapshotV1, ItemError> {
    let number = |name: &'static str| item.get_number(name).ok_or(ItemError::Attribute(name));
    let positive = |name: &'static str| number(name)?.try_into().map_err(|_| ItemError::Attribute(name));
    let index = item.get_text(keys::SK).and_then(|sk| sk.rsplit('#').next()?.parse().ok());
    let metrics: BTreeMap<String, f64> = json(item, "metrics")?;
    let metric = |(name, value): (String, f64)| {
        let unit = MetricName::parse(&name).ok()?.def().unit.to_owned();
        let method = "stored".to_owned();
        Some((name, Metric { value: Some(value), unit, source: Source::Measured, method, window_ms: 0, n: 0 }))
    };
    Ok(SnapshotV1 {
        schema_version: attune_contracts::SCHEMA_VERSION,
        call_id: run.call_id.clone(),
        channel: Channel { leg: run.leg },
        station: run.station,
        segment: Segment {
            index: index.ok_or(ItemError::Attribute(keys::SK))?,
            start_ms: positive("start_ms")?,
            end_ms: positive("end_ms")?,
        },
        captured_at: Millis(number("captured_at")?),
        metrics: metrics.into_iter().filter_map(metric).collect(),
        parameters: Parameters { version: positive("version")?, values: json(item, "values")? },
        audio: None,
        constraints: json(item, "constraints")?,
        targets: json(item, "targets")?,
    })
}

/// The run. `answer` is what `GET /v1/optimizer/runs/{id}` reads (JSON of [`RunAnswerV1`]); `proposal` is [`ProposeV1`] without
/// its answer, so that nothing is stored twice.
///
/// # Errors
/// A value is not JSON, which its types rule out.
pub fn run(message: &Message<OptimizerRunV1>, proposal: &ProposeV1) -> Result<Item, serde_json::Error> {
    let run = &message.body;
    let mut slim = serde_json::to_value(proposal)?;
    let answer = slim.as_object_mut().and_then(|map| map.remove("answer")).unwrap_or_default();
    Ok(Item::new(keys::run_pk(&message.tenant, &run.run_id), keys::RUN_SK.to_owned())
        .text("id", &message.id)
        .text("fingerprint", &run.fingerprint)
        .number("accepted_at", message.accepted_at)
        .text("call_id", run.call_id.as_str())
        .text("leg", run.leg.as_str())
        .number("station", i64::from(run.station.number()))
        .text("trigger", &run.trigger)
        .number_if("segment_index", run.segment_index.map(i64::from))
        .text("proposal", slim.to_string())
        .text("answer", answer.to_string()))
}

/// The proposal of a stored run.
///
/// # Errors
/// [`ItemError`]: the item was written by a later version.
pub fn proposal(item: &Item) -> Result<ProposeV1, ItemError> {
    let mut slim: Value = json(item, "proposal")?;
    let answer: Value = json(item, "answer")?;
    if let Some(map) = slim.as_object_mut() {
        map.insert("answer".to_owned(), answer);
    }
    serde_json::from_value(slim).map_err(|_| ItemError::Attribute("proposal"))
}

/// The same run with what became of it.
///
/// # Errors
/// A value is not JSON, which its types rule out.
pub fn settled(item: Item, proposal: &ProposeV1, outcome: &ProposeAnswerV1) -> Result<Item, serde_json::Error> {
    let mut answer: RunAnswerV1 = proposal.answer.clone();
    answer.status = outcome.status;
    answer.version = outcome.version;
    if !outcome.detail.is_empty() {
        answer.analysis = format!("{} ControlRoom: {}", answer.analysis, outcome.detail).trim().to_owned();
    }
    Ok(item.text("answer", serde_json::to_string(&answer)?).text(OUTCOME, serde_json::to_string(outcome)?))
}
