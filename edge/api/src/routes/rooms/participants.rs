//! `GET /v1/rooms/{room}/participants`: who has a seat now, in the order of their coming.

use super::ask_in_path;
use crate::call::{Call, Outcome};
use crate::shells::room::RoomCommand;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let answer = ask_in_path(call, &RoomCommand::Participants).await?;
    Ok(Answer::json_text(200, answer.body).into())
}
