//! `POST /internal/v1/control/propose`: what a run found. Idempotent by run.

use super::{command, own};
use crate::call::{Call, Outcome};
use crate::shells::protocol::Command;
use attune_contracts::command::ProposeV1;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `not_found`, `unavailable`, `overloaded`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let proposal: ProposeV1 = command(call)?;
    own(call, &proposal.tenant)?;
    let tenant = proposal.tenant.clone();
    let command = Command { traceparent: Some(call.trace.traceparent.clone()), body: proposal };
    let answer = call.ask_room(&tenant, "/propose", &command).await?;
    Ok(Answer::json_text(200, answer.body).into())
}
