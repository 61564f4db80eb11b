//! `POST /v1/chat/rooms/{room}/frames`: one frame of a member beside its event stream, the same as on the socket. The answer is the array
//! of frames that it caused for the sender.

use super::{ask, beside, in_path, member};
use crate::call::{Call, Outcome};
use crate::shells::chat_room::ChatCommand;
use attune_chat::frame::MAX_FRAME;
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `payload_too_large`, `not_found`, `forbidden`, `room_ended`, `invalid_dpop_proof`, `use_dpop_nonce`, `rate_limited`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let room = in_path(call)?;
    if call.body.len() > MAX_FRAME {
        return Err(Problem::new(ProblemCode::PayloadTooLarge, "a frame has at most 16384 bytes"));
    }
    let text = std::str::from_utf8(&call.body).unwrap_or_default().to_owned();
    let (holder, pass) = member(call).await?;
    let answer = ask(call, &holder.tenant, &room, &ChatCommand::Say(beside(&holder, pass), text)).await?;
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
