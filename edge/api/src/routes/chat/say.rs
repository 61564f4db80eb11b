//! `POST /v1/chat/rooms/{room}/frames`: one frame of a member beside its event stream, the same as on the socket. The answer is the array
//! of frames that it caused for the sender.

use super::{ask, in_path, member};
use crate::call::{Call, Outcome};
use crate::shells::chat_room::ChatCommand;
use attune_chat::frame::MAX_FRAME;
use attune_contracts::canonical::hex;
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::{Answer, random};
use attune_objects::chat::Ticket;

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
    // nobody sees this ticket: the room takes the proof by it, once
    let ticket = Ticket { ticket: hex(&random::bytes::<32>()), proof: holder.jti, pass };
    let answer = ask(call, &holder.tenant, &room, &ChatCommand::Say(ticket, text)).await?;
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
