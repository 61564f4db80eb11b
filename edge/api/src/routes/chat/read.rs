//! `GET /v1/chat/rooms/{room}`: a room.

use super::{ask, in_path};
use crate::call::{Call, Outcome};
use crate::shells::chat_room::ChatCommand;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let answer = ask(call, tenant, &in_path(call)?, &ChatCommand::Get).await?;
    Ok(Answer::json_text(200, answer.body).into())
}
