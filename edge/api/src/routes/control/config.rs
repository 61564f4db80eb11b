//! `POST /internal/v1/control/config`: layers and history of a station, for the optimizer's gate.

use super::{command, own};
use crate::call::{Call, Outcome};
use attune_contracts::command::ReadConfigV1;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `not_found`, `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let read: ReadConfigV1 = command(call)?;
    own(call, &read.tenant)?;
    let answer = call.ask_room(&read.tenant, "/state", &read).await?;
    Ok(Answer::json_text(200, answer.body).into())
}
