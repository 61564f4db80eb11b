//! One run of the optimizer: from a station's snapshot to a proposal, a scorecard and words.
//!
//! Nothing is proposed when the target is reached; when the window was measured under another version than the one in force
//! (the change in force has not been measured yet); when the first window of the last change says that it goes back; when
//! nobody spoke; while changes are frozen. The outcome is reported to ControlRoom in every case, because waiters and the
//! first-window rule need it.

mod words;

use crate::gate::{Bounds, State};
use crate::rules::{Plan, Rejected, plan};
use crate::score::{Measured, Score, TARGET_REACHED, measured, score, score_snapshot};
use crate::window::{MARGIN, Verdict, judge_window};
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::command::{ProposeV1, RejectedV1, StationStateV1, WindowV1};
use attune_contracts::run::{Bounds as WireBounds, NewParameter, NextIteration, RunAnswerV1, RunStatus, Scorecard};
use attune_contracts::snapshot::SnapshotV1;
use attune_domain::{CallId, KnobName, Leg, Millis, RunId, Scope, Station, TenantId};
use std::collections::BTreeMap;

/// Time to live of a proposal, in seconds: 24 h, as long as a call's layer lives after its last segment (decision 1). An
/// optimizer's change never outlives the call it was made for.
pub const PROPOSAL_TTL_S: u32 = 86_400;
/// Windows under the same version that are averaged, the judged one included: single segments hold few words.
pub const AVERAGED_WINDOWS: usize = 3;

/// What a run starts from.
#[derive(Debug, Clone, Copy)]
pub struct RunInput<'a> {
    /// The run.
    pub run_id: &'a RunId,
    /// The station to tune.
    pub station: Station,
    /// The latest snapshot of (call, leg, station), if there is one.
    pub snapshot: Option<&'a SnapshotV1>,
    /// Earlier ones of the same call, leg and station, newest first.
    pub previous: &'a [SnapshotV1],
    /// ControlRoom's answer to `ReadConfigV1` for the station and call.
    pub state: &'a StationStateV1,
    /// The present time, ms since 1970: for `next_iteration.when`. The gate judges by ControlRoom's clock, `state.now`.
    pub now_ms: i64,
}

/// What a run found.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOutcome {
    /// The judged window; `None` if there was no usable one.
    pub window: Option<WindowV1>,
    /// Effective version the run started from.
    pub base_version: u64,
    /// New values for the call's layer, name → decimal string; empty: nothing to change.
    pub values: BTreeMap<String, String>,
    /// Why, in one line of at most 500 characters.
    pub reason: String,
    /// Seconds after which the change returns by itself; `None` without a change.
    pub ttl_s: Option<u32>,
    /// The whole answer.
    pub answer: RunAnswerV1,
}

impl RunOutcome {
    /// The proposal to send to ControlRoom.
    pub fn propose(self, tenant: TenantId, station: Station, call_id: CallId, leg: Leg) -> ProposeV1 {
        ProposeV1 {
            tenant,
            run_id: self.answer.run_id.clone(),
            station,
            call_id,
            leg,
            scope: Scope::Call,
            base_version: self.base_version,
            window: self.window,
            values: self.values,
            reason: self.reason,
            ttl_s: self.ttl_s,
            answer: self.answer,
        }
    }
}

/// Why a run proposes nothing.
#[derive(Debug, Clone, PartialEq)]
enum Hold {
    NoSpeech,
    OtherVersion { window: u64, effective: u64 },
    GoesBack { version: u64, reason: String },
    Frozen,
    TargetReached,
    NoMove,
}

/// Runs the optimizer. Pure: the same input gives the same outcome.
pub fn run(input: &RunInput<'_>) -> RunOutcome {
    let Some(snapshot) = input.snapshot else { return failed(input) };
    let own = score_snapshot(snapshot);
    let window = own.usable.then(|| WindowV1 {
        segment_index: snapshot.segment.index,
        version: snapshot.parameters.version,
        score: own.total,
        parts: own.parts.clone(),
    });
    let (state, _unreadable) = State::from_wire(input.state);
    let state = state.constrained(&snapshot.constraints);
    let rejected = rejected(input.state);
    let (averaged, windows) = average(snapshot, input.previous);
    let steady = score(snapshot.station, &averaged, &snapshot.targets);

    let found = match hold(input, snapshot, &own, &steady) {
        Some(hold) => Err((hold, None)),
        None => match plan(snapshot.station, &averaged, &snapshot.targets, &state, &rejected, input.state.now) {
            Err(_) => Err((Hold::Frozen, None)),
            Ok(plan) if plan.moves.is_empty() => Err((Hold::NoMove, Some(plan))),
            Ok(plan) => Ok(plan),
        },
    };
    let expected = match &found {
        Ok(plan) => score(snapshot.station, &plan.expected, &snapshot.targets).total,
        Err(_) => own.total,
    };
    let scorecard = own.usable.then(|| Scorecard { before: own.total, expected, per_metric: own.parts.clone() });
    let told = words::Told { snapshot, own: &own, averaged: &averaged, windows, expected };
    let (status, new_parameters, analysis, next_iteration, reason) = match &found {
        Ok(plan) => (
            RunStatus::Applied,
            new_parameters(snapshot.station, plan, &state),
            words::of_plan(&told, plan),
            words::next_after_change(plan, input.now_ms),
            words::one_line(plan),
        ),
        Err((hold, plan)) => (
            RunStatus::NoChange,
            Vec::new(),
            words::of_hold(&told, hold, plan.as_ref()),
            words::next_after_hold(hold, plan.as_ref(), input.now_ms),
            words::hold_line(hold),
        ),
    };
    let values = new_parameters.iter().map(|p| (p.name.clone(), p.new.clone())).collect::<BTreeMap<_, _>>();
    RunOutcome {
        window,
        base_version: input.state.version,
        ttl_s: (!values.is_empty()).then_some(PROPOSAL_TTL_S),
        values,
        reason,
        answer: RunAnswerV1 {
            schema_version: SCHEMA_VERSION,
            run_id: input.run_id.clone(),
            status,
            base_version: Some(input.state.version),
            version: None,
            new_parameters,
            scorecard,
            analysis,
            next_iteration: Some(next_iteration),
        },
    }
}

/// What ControlRoom took back lately. What the catalogue no longer knows cannot be tried either.
fn rejected(state: &StationStateV1) -> Vec<Rejected> {
    let read = |r: &RejectedV1| {
        let knob = KnobName::parse(&r.name).ok()?;
        Some((knob, knob.knob().parse_value(&r.value).ok()?))
    };
    state.rejected.iter().filter_map(read).collect()
}

fn hold(input: &RunInput<'_>, snapshot: &SnapshotV1, own: &Score, steady: &Score) -> Option<Hold> {
    let (window, effective) = (snapshot.parameters.version, input.state.version);
    if input.state.frozen {
        return Some(Hold::Frozen);
    }
    if window != effective {
        return Some(Hold::OtherVersion { window, effective });
    }
    if !own.usable {
        return Some(Hold::NoSpeech);
    }
    if let Some(pending) = &input.state.pending {
        let before = pending.score_before.as_deref().and_then(|text| text.parse().ok());
        match judge_window(pending.version, window, before, Some(own.total), MARGIN) {
            Verdict::Keep => {}
            Verdict::Wait => return Some(Hold::OtherVersion { window, effective: pending.version }),
            Verdict::RollBack { reason } => return Some(Hold::GoesBack { version: pending.version, reason }),
        }
    }
    (steady.total >= TARGET_REACHED).then_some(Hold::TargetReached)
}

/// The mean of what was measured in the snapshot and in the windows before it under the same version; and their number.
fn average(snapshot: &SnapshotV1, previous: &[SnapshotV1]) -> (Measured, usize) {
    let mut all = vec![measured(snapshot)];
    if score_snapshot(snapshot).usable {
        let same = previous.iter().filter(|p| {
            p.parameters.version == snapshot.parameters.version
                && p.station == snapshot.station
                && p.call_id == snapshot.call_id
                && p.channel.leg == snapshot.channel.leg
                && p.segment.index < snapshot.segment.index
                && score_snapshot(p).usable
        });
        all.extend(same.take(AVERAGED_WINDOWS - 1).map(measured));
    }
    let mut mean = Measured::new();
    for metric in all[0].keys() {
        let values: Vec<f64> = all.iter().filter_map(|m| m.get(metric).copied()).collect();
        #[expect(clippy::cast_precision_loss, reason = "at most three windows")]
        mean.insert(*metric, values.iter().sum::<f64>() / values.len() as f64);
    }
    (mean, all.len())
}

fn new_parameters(station: Station, plan: &Plan, state: &State) -> Vec<NewParameter> {
    let wire = |bounds: Bounds| WireBounds { min: bounds.min.to_string(), max: bounds.max.to_string() };
    plan.moves
        .iter()
        .map(|m| NewParameter {
            station,
            name: m.knob.as_str().to_owned(),
            old: m.old.to_string(),
            new: m.new.to_string(),
            unit: m.knob.knob().unit.to_owned(),
            bounds: wire(state.bounds(m.knob)),
            reason: m.reason.clone(),
            ttl_s: Some(PROPOSAL_TTL_S),
            scope: Scope::Call,
        })
        .collect()
}

fn failed(input: &RunInput<'_>) -> RunOutcome {
    let analysis = format!("There is no snapshot of station {} in this call and leg to judge.", input.station);
    RunOutcome {
        window: None,
        base_version: input.state.version,
        values: BTreeMap::new(),
        reason: "no snapshot".to_owned(),
        ttl_s: None,
        answer: RunAnswerV1 {
            base_version: Some(input.state.version),
            status: RunStatus::Failed,
            analysis,
            next_iteration: Some(NextIteration {
                when: Some(Millis(input.now_ms)),
                measure: "a segment with speech".to_owned(),
                stop_condition: format!("score of {TARGET_REACHED:.0} or more"),
            }),
            ..RunAnswerV1::accepted(input.run_id.clone())
        },
    }
}
