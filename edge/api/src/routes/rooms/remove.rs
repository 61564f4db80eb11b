//! `POST /v1/rooms/{room}/remove`: removes a participant. Its tokens are dead here and at the media server; it may join again.

use super::ask_in_path;
use crate::call::{Call, Outcome};
use crate::shells::room::RoomCommand;
use attune_contracts::voice::RemoveParticipantV1;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `invalid_body`; `not_found` when there is no such room or participant; `room_ended`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: RemoveParticipantV1 = call.parse()?;
    ask_in_path(call, &RoomCommand::Remove(body.identity)).await?;
    Ok(Answer::empty(204).into())
}
