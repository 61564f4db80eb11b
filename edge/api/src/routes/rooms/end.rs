//! `DELETE /v1/rooms/{room}`: ends a room for all. Again is harmless. Tokens for it are dead, and it is deleted at the media server.

use super::ask_in_path;
use crate::call::{Call, Outcome};
use crate::shells::room::RoomCommand;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let answer = ask_in_path(call, &RoomCommand::End).await?;
    Ok(Answer::json_text(200, answer.body).into())
}
