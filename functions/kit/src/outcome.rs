//! What became of a record, and why.

use crate::CallError;

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The effect is there and its sends were acknowledged.
    Done,
    /// The marker was there already, and the effect was skipped, its stored sends repeated; or the effect is of no use any more.
    Skipped,
    /// It may succeed later: reported as failed, so that SQS delivers it again (and moves it after `maxReceiveCount`).
    Retry(Retry),
    /// It can never succeed: handed to the dead-letter queue at once, with its reason.
    GiveUp(GiveUp),
}

impl Outcome {
    /// The word in logs and in the metric dimension `outcome`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Retry(_) => "retry",
            Self::GiveUp(_) => "parked",
        }
    }
}

/// Why a record is tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Retry {
    /// A service that it needs failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The invocation's time was up.
    #[error("the invocation's time was up")]
    Deadline,
    /// Our code panicked. Tried again, because a panic may come from the passing state of another record or service.
    #[error("panicked")]
    Panicked,
}

impl Retry {
    /// Stable word for logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Call(CallError::Store { .. }) => "store",
            Self::Call(CallError::Queue(_)) => "queue",
            Self::Call(CallError::Bucket(_)) => "bucket",
            Self::Call(CallError::Secret(_)) => "secret",
            Self::Call(CallError::Mail(_)) => "mail",
            Self::Call(CallError::Edge(_) | CallError::EdgeRefused { .. }) => "edge",
            Self::Deadline => "deadline",
            Self::Panicked => "panicked",
        }
    }
}

/// Why a record can never succeed. The code is the message attribute `attune-reason` and the `reason` of the parked letter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GiveUp {
    /// Not JSON, or not an envelope, or not the body its kind promises.
    #[error("unreadable: {0}")]
    Unreadable(String),
    /// A version of the envelope that this build does not know.
    #[error("envelope version {0} is unknown")]
    UnknownVersion(u64),
    /// A kind that this function does not read.
    #[error("kind {0:?} is unknown here")]
    UnknownKind(String),
    /// The tenant lives in another cell, or the envelope says so.
    #[error("it belongs to another cell")]
    WrongCell,
    /// Accepted more than 40 days ago: its marker may be gone soon, so its effect could happen twice.
    #[error("accepted more than 40 days ago")]
    TooOld,
    /// The same key was used with another content.
    #[error("the same key has another content")]
    FingerprintMismatch,
    /// It was too large for the queue, and the object that holds it is not there.
    #[error("the object of a spilled message is missing")]
    SpillMissing,
    /// It was too large for the queue, and its pointer or the object that it leads to is not what the edge wrote.
    #[error("the pointer of a spilled message is wrong: {0}")]
    SpillWrong(&'static str),
    /// The content breaks a rule. Holds pointers to fields, never values.
    #[error("invalid: {0}")]
    Invalid(String),
    /// Another service refused it for good.
    #[error("refused: {0}")]
    Refused(String),
}

impl GiveUp {
    /// Stable word.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::UnknownVersion(_) => "unknown_version",
            Self::UnknownKind(_) => "unknown_kind",
            Self::WrongCell => "wrong_cell",
            Self::TooOld => "too_old",
            Self::FingerprintMismatch => "fingerprint_mismatch",
            Self::SpillMissing => "spill_missing",
            Self::SpillWrong(_) => "spill_wrong",
            Self::Invalid(_) => "invalid",
            Self::Refused(_) => "refused",
        }
    }

    /// All codes.
    pub const CODES: [&str; 10] = [
        "unreadable",
        "unknown_version",
        "unknown_kind",
        "wrong_cell",
        "too_old",
        "fingerprint_mismatch",
        "spill_missing",
        "spill_wrong",
        "invalid",
        "refused",
    ];
}

impl From<CallError> for Outcome {
    fn from(error: CallError) -> Self {
        match error {
            CallError::EdgeRefused { status, code } => {
                Self::GiveUp(GiveUp::Refused(format!("the edge answered {status} {code}")))
            }
            other => Self::Retry(other.into()),
        }
    }
}

impl From<GiveUp> for Outcome {
    fn from(reason: GiveUp) -> Self {
        Self::GiveUp(reason)
    }
}

impl From<Retry> for Outcome {
    fn from(reason: Retry) -> Self {
        Self::Retry(reason)
    }
}
