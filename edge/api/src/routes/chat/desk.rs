//! `POST /v1/chat/rooms/{room}/takeover`, `…/handback`, `…/end`: what staff does. Each is harmless twice.

use super::{ask, in_path};
use crate::auth::Caller;
use crate::call::{Call, Outcome};
use crate::shells::chat_room::ChatCommand;
use attune_edge_kit::Answer;

/// Handles the request with the command for the caller's member id.
///
/// # Errors
/// `not_found`, `room_ended`, `conflict` when somebody else has taken the room over.
pub async fn handle(call: &Call<'_>, command: fn(String) -> ChatCommand) -> Outcome {
    let (tenant, actor) = call.caller.tenant()?;
    let member = if matches!(call.caller, Caller::User(_)) { actor.to_owned() } else { format!("key_{actor}") };
    let answer = ask(call, tenant, &in_path(call)?, &command(member)).await?;
    Ok(Answer::json_text(200, answer.body).into())
}
