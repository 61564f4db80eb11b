//! Commands to ControlRoom from functions (signed, under `/internal/v1/control/`) and their answers.

use crate::run::{MetricScore, RunAnswerV1, RunStatus};
use attune_domain::{CallId, Leg, RunId, Scope, Station};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `POST /internal/v1/control/config`: layers and history of a station, for the optimizer's gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadConfigV1 {
    /// Tenant.
    pub tenant: attune_domain::TenantId,
    /// Station.
    pub station: Station,
    /// Call.
    pub call_id: Option<CallId>,
}

/// Answer to [`ReadConfigV1`]: everything the gate needs to judge a proposal. Maps are name → decimal string.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct StationStateV1 {
    /// Effective version.
    pub version: u64,
    /// Global layer of the station.
    pub global: BTreeMap<String, String>,
    /// Tenant layer.
    pub tenant: BTreeMap<String, String>,
    /// Layer of the call.
    pub call: BTreeMap<String, String>,
    /// Time of the last change per knob in the layers, ms since 1970.
    pub last_changed: BTreeMap<String, i64>,
    /// Are changes frozen?
    pub frozen: bool,
    /// A change that waits for its first window, if any: (version, score before).
    pub pending: Option<PendingV1>,
    /// Values of the call's layer that were taken back within the last hour: a run does not try them again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<RejectedV1>,
    /// ControlRoom's clock, ms since 1970.
    pub now: i64,
}

/// A value that was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedV1 {
    /// Knob.
    pub name: String,
    /// Decimal string.
    pub value: String,
}

/// A change whose first window has not been judged yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingV1 {
    /// Version of the change.
    pub version: u64,
    /// Score before the change as a decimal string with two places, if known.
    pub score_before: Option<String>,
}

/// `POST /internal/v1/control/propose`: what a run found. Sent also when there is nothing to change, because waiters and the
/// first-window rule need it. Idempotent by `run_id`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProposeV1 {
    /// Tenant.
    pub tenant: attune_domain::TenantId,
    /// The run.
    pub run_id: RunId,
    /// Station.
    pub station: Station,
    /// Call.
    pub call_id: CallId,
    /// Leg.
    pub leg: Leg,
    /// Layer to change.
    pub scope: Scope,
    /// Effective version the run started from.
    pub base_version: u64,
    /// The window it judged; absent when there was no usable snapshot.
    pub window: Option<WindowV1>,
    /// New values, name → decimal string; empty: nothing to change.
    pub values: BTreeMap<String, String>,
    /// Why, in one line.
    pub reason: String,
    /// Seconds after which the change returns by itself.
    pub ttl_s: Option<u32>,
    /// The whole answer of the run, with status `no_change`, `applied` (ControlRoom corrects it) or `failed`.
    pub answer: RunAnswerV1,
}

/// A measured window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowV1 {
    /// Segment index.
    pub segment_index: u32,
    /// Effective version in force while it was measured.
    pub version: u64,
    /// Score, 0 to 100.
    pub score: f64,
    /// Parts of the score.
    #[serde(default)]
    pub parts: Vec<MetricScore>,
}

/// Answer to [`ProposeV1`]; the same again for a repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposeAnswerV1 {
    /// What became of it.
    pub status: RunStatus,
    /// Version that carries the change, or that took one back.
    pub version: Option<u64>,
    /// Did the window make ControlRoom roll a change back?
    pub rolled_back: bool,
    /// Why it was refused, if it was.
    pub detail: String,
}
