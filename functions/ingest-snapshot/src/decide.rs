//! Is an optimizer run due? A pure function of the snapshot and of whether it is the first window of its version.

use attune_contracts::message::{OPTIMIZER_RUN_V1, OptimizerRunV1, SnapshotAcceptedV1};
use attune_contracts::snapshot::SnapshotV1;
use attune_contracts::{Envelope, canonical, fingerprint, message_id};
use attune_domain::RunId;
use attune_functions_kit::Message;
use attune_optimizer::score::{Score, score_snapshot};

/// What was decided for a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The score is below the target.
    BelowTarget,
    /// The first window under a changed configuration: ControlRoom waits for its judgement, whatever the score.
    AfterChange,
    /// Good enough.
    NotDue,
    /// No speech in the window: nothing can be said about it.
    NoSpeech,
}

impl Decision {
    /// The word in the item and in the message's `trigger`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::BelowTarget => "below_target",
            Self::AfterChange => "after_change",
            Self::NotDue => "not_due",
            Self::NoSpeech => "no_speech",
        }
    }

    /// Does it make a run?
    pub const fn is_due(self) -> bool {
        matches!(self, Self::BelowTarget | Self::AfterChange)
    }
}

/// Decides. `first_window`: no earlier snapshot of this leg and station claimed the same configuration version.
pub fn decide(snapshot: &SnapshotV1, first_window: bool) -> (Decision, Score) {
    let score = score_snapshot(snapshot);
    let decision = if !score.usable {
        Decision::NoSpeech
    } else if first_window && snapshot.parameters.version > 0 {
        Decision::AfterChange
    } else if !score.target_reached() {
        Decision::BelowTarget
    } else {
        Decision::NotDue
    };
    (decision, score)
}

/// The run that a message makes due. Its id is a function of the message's: a decision made twice is the same run.
pub fn run_id(message: &Message<SnapshotAcceptedV1>) -> RunId {
    let digest = canonical::sha256_hex(format!("{}|run", message.id).as_bytes());
    let random = digest.get(..20).and_then(|hex| u128::from_str_radix(hex, 16).ok()).unwrap_or_default();
    RunId::new(message.accepted_at, random)
}

/// The message to `optimize-run`. It keeps the trace context of the accepting request and the time of its accept.
///
/// # Errors
/// The body is not JSON, which its types rule out.
pub fn run_message(
    message: &Message<SnapshotAcceptedV1>,
    decision: Decision,
) -> Result<Envelope<OptimizerRunV1>, serde_json::Error> {
    let snapshot = &message.body.snapshot;
    let run_id = run_id(message);
    let mut body = OptimizerRunV1 {
        fingerprint: String::new(),
        run_id: run_id.clone(),
        call_id: snapshot.call_id.clone(),
        leg: snapshot.channel.leg,
        station: snapshot.station,
        trigger: decision.word().to_owned(),
        segment_index: Some(snapshot.segment.index),
    };
    body.fingerprint = fingerprint("ingest-snapshot", &body)?;
    let id = message_id(message.tenant.as_str(), "optimize-run", run_id.as_str());
    let tenant = message.tenant.clone();
    Ok(Envelope::new(id, tenant, OPTIMIZER_RUN_V1, message.accepted_at, message.traceparent.clone(), body))
}
