//! `DELETE /v1/me/totp`: takes the second factor and its recovery codes away.

use super::change;
use crate::call::{Call, Outcome};
use crate::shells::protocol::SessionCommand;
use attune_edge_kit::Answer;

/// Handles the request; again is harmless.
///
/// # Errors
/// Those of the door.
pub async fn handle(call: &Call<'_>) -> Outcome {
    change(call, &SessionCommand::RemoveTotp, "person.totp_remove").await?;
    Ok(Answer::empty(204).into())
}
