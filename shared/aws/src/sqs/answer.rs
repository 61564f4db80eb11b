//! The answer, entry by entry.

use crate::failure::is_throttle;
use crate::{Failure, HttpResponse};
use serde::Deserialize;

/// What became of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryOutcome {
    /// SQS holds the message.
    Sent {
        /// SQS's id of the message.
        message_id: String,
    },
    /// SQS is asking for fewer calls: send the entry again later.
    Throttled {
        /// SQS's code.
        code: String,
    },
    /// A passing fault of SQS: send the entry again later.
    Retry {
        /// SQS's code.
        code: String,
        /// SQS's text.
        message: String,
    },
    /// SQS calls it the sender's fault: it would be refused again.
    Rejected {
        /// SQS's code.
        code: String,
        /// SQS's text.
        message: String,
    },
    /// The answer does not name the entry: it may or may not have been sent. Send it again with the same message id.
    Unknown,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    successful: Vec<Sent>,
    #[serde(default)]
    failed: Vec<Failed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sent {
    id: String,
    message_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Failed {
    id: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    sender_fault: bool,
    #[serde(default)]
    message: String,
}

/// Reads the answer to a batch whose entries had these `ids`: one outcome per id, in the same order.
///
/// # Errors
/// [`Failure`] when the call failed as a whole; no entry was then accepted, unless its class is
/// [`crate::FailureClass::Unknown`] or [`crate::FailureClass::RetryLater`], where nobody knows.
pub fn parse_send_message_batch(response: &HttpResponse, ids: &[&str]) -> Result<Vec<EntryOutcome>, Failure> {
    if response.status != 200 {
        return Err(Failure::of(response));
    }
    let answer: Answer = serde_json::from_slice(&response.body).map_err(|_| Failure::unreadable(response))?;
    Ok(ids.iter().map(|id| outcome(&answer, id)).collect())
}

fn outcome(answer: &Answer, id: &str) -> EntryOutcome {
    // Named on both sides, it was sent: a copy more is harmless, but so is believing the acknowledgement.
    if let Some(sent) = answer.successful.iter().find(|sent| sent.id == id) {
        return EntryOutcome::Sent { message_id: sent.message_id.clone() };
    }
    let Some(failed) = answer.failed.iter().find(|failed| failed.id == id) else {
        return EntryOutcome::Unknown;
    };
    let (code, message) = (failed.code.clone(), failed.message.clone());
    // Before the blame: SQS flags some throttles (for example KMS's) as the sender's fault, and they pass.
    if is_throttle(&code) {
        EntryOutcome::Throttled { code }
    } else if failed.sender_fault {
        EntryOutcome::Rejected { code, message }
    } else {
        EntryOutcome::Retry { code, message }
    }
}
