//! `POST /v1/chat/rooms/{room}/tickets`: another ticket, for the visitor's device, or for whoever may write in all rooms.

use super::{ask, given, in_path, member, ticket};
use crate::call::{Call, Outcome};
use crate::shells::chat_room::ChatCommand;

/// Handles the request.
///
/// # Errors
/// `not_found`, `forbidden` in another visitor's room, `room_ended`, `invalid_dpop_proof`, `use_dpop_nonce`, `rate_limited`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let room = in_path(call)?;
    let (holder, pass) = member(call).await?;
    let ticket = ticket(call, &holder, &room, pass).await?;
    let answer = ask(call, &holder.tenant, &room, &ChatCommand::Ticket(ticket.clone())).await?;
    Ok(given(call, room, ticket, &answer, None)?.into())
}
