//! Optimizer runs: request, answer, scorecard.

use attune_domain::{CallId, Leg, Millis, RunId, Scope, Station};
use serde::{Deserialize, Serialize};

/// Body of `POST /v1/optimizer/run`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRequestV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The call whose latest snapshot is judged.
    pub call_id: CallId,
    /// The leg.
    pub leg: Leg,
    /// The station to tune.
    pub station: Station,
}

/// State of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Accepted, not yet answered.
    Accepted,
    /// Answered; its changes are in force.
    Applied,
    /// Answered; nothing to change.
    NoChange,
    /// Answered; ControlRoom refused the changes (frozen, superseded, gate).
    Refused,
    /// It could not be done; `analysis` says why.
    Failed,
}

/// Answer of `POST /v1/optimizer/run` and of `GET /v1/optimizer/runs/{id}`; with `status: accepted` only id and status are there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunAnswerV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The run.
    pub run_id: RunId,
    /// Its state.
    pub status: RunStatus,
    /// Effective version of (station, call) that the run started from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_version: Option<u64>,
    /// Version that carries the changes, once applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The changes.
    #[serde(default)]
    pub new_parameters: Vec<NewParameter>,
    /// Scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scorecard: Option<Scorecard>,
    /// What a sound engineer would say, naming measured values.
    #[serde(default)]
    pub analysis: String,
    /// What comes next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_iteration: Option<NextIteration>,
}

impl RunAnswerV1 {
    /// The answer of a run that is accepted and nothing more.
    pub const fn accepted(run_id: RunId) -> Self {
        Self {
            schema_version: crate::SCHEMA_VERSION,
            run_id,
            status: RunStatus::Accepted,
            base_version: None,
            version: None,
            new_parameters: Vec::new(),
            scorecard: None,
            analysis: String::new(),
            next_iteration: None,
        }
    }
}

/// One parameter to change. Values are decimal strings at the knob's resolution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewParameter {
    /// Where.
    pub station: Station,
    /// Knob.
    pub name: String,
    /// Value before.
    pub old: String,
    /// Value after.
    pub new: String,
    /// Unit.
    pub unit: String,
    /// Bounds that were in force.
    pub bounds: Bounds,
    /// Why, naming the measured value.
    pub reason: String,
    /// Seconds after which it returns by itself; null: it stays.
    pub ttl_s: Option<u32>,
    /// Layer.
    pub scope: Scope,
}

/// Bounds of a knob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Least.
    pub min: String,
    /// Largest.
    pub max: String,
}

/// Scores from 0 to 100 (see `attune-optimizer::score`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scorecard {
    /// Score of the judged window.
    pub before: f64,
    /// Score expected after the changes.
    pub expected: f64,
    /// The parts of `before`.
    pub per_metric: Vec<MetricScore>,
}

/// One part of a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricScore {
    /// Metric.
    pub metric: String,
    /// Measured value; null if unavailable.
    pub value: Option<f64>,
    /// What would be right.
    pub target: f64,
    /// Points lost by it, 0 to its weight.
    pub points_lost: f64,
    /// Most points it can cost.
    pub weight: f64,
}

/// What happens next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextIteration {
    /// Earliest time, or null if none is planned.
    pub when: Option<Millis>,
    /// What to measure.
    pub measure: String,
    /// When to stop.
    pub stop_condition: String,
}
