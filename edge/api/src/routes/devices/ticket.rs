//! `POST /v1/stream-tickets`: a ticket for one WebSocket upgrade, where no proof can be sent. Good once, for 30 seconds, in
//! `Sec-WebSocket-Protocol` (decision 6).

use crate::call::{Call, Outcome};
use crate::shells::protocol::SessionCommand;
use crate::ticket;
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::auth::TicketV1;
use attune_domain::Millis;
use attune_edge_kit::{Answer, random};

/// Handles the request.
///
/// # Errors
/// `rate_limited` when too many wait to be used.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let user = call.caller.user()?;
    let ticket = ticket::make(&user.tenant, &user.user_id, &random::bytes());
    let command = SessionCommand::MakeTicket(ticket.clone(), user.device_id.clone(), "stream".to_owned());
    let answer = call.ask_session(&user.tenant, &user.user_id, &command).await?;
    let expires_at = Millis(call.read(&answer)?);
    let ticket = TicketV1 { schema_version: SCHEMA_VERSION, ticket, expires_at };
    Ok(Answer::json(201, &ticket).with("cache-control", "no-store").into())
}
