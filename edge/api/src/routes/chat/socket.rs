//! `GET /v1/chat/rooms/{room}/socket`: the live connection of a member. The ticket in `Sec-WebSocket-Protocol` is all that it needs; the
//! room, which made it, uses it up.

use super::in_path;
use crate::auth::ticket_of;
use crate::call::{Call, Outcome, Reply};
use crate::ticket;
use attune_chat::frame::PROTOCOL;
use attune_contracts::{FieldError, Problem, ProblemCode};
use attune_domain::ChatRoomId;
use attune_edge_kit::object::Stub;
use attune_objects::names::{self, Class};

/// Header by which the room gets the ticket.
pub const TICKET: &str = "x-attune-ticket";

/// Handles the request.
///
/// # Errors
/// `invalid_parameter` without `Upgrade: websocket` or the subprotocol, `invalid_ticket`, `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let room = in_path(call)?;
    let wrong = |name: &str, detail: &str| {
        let problem = Problem::new(ProblemCode::InvalidParameter, "this route is a WebSocket");
        Err(problem.with_errors(vec![FieldError::new(format!("header:{name}"), "missing", detail)]))
    };
    if !call.incoming.header("upgrade").unwrap_or_default().eq_ignore_ascii_case("websocket") {
        return wrong("upgrade", "expected websocket");
    }
    let offered = call.incoming.header("sec-websocket-protocol").unwrap_or_default();
    if !offered.split(',').any(|protocol| protocol.trim() == PROTOCOL) {
        return wrong("sec-websocket-protocol", "expected attune.chat.v1 and attune.ticket.<ticket>");
    }
    let invalid = || Problem::new(ProblemCode::InvalidTicket, "the ticket is unknown, used or expired");
    let cell = &call.settings.config.cell;
    let text = ticket_of(call.incoming).ok_or_else(invalid)?;
    let (tenant, ulid) = ticket::parts(&text, cell).ok_or_else(invalid)?;
    if room.as_str().strip_prefix(ChatRoomId::PREFIX) != Some(ulid) {
        return Err(invalid());
    }
    let unreachable = |e| call.unreachable(Class::ChatRoom.as_str(), &e);
    let name = names::chat_room(cell, &tenant, room.as_str());
    let stub = Stub::new(call.env, Class::ChatRoom.binding(), &name);
    let response = stub.forward("/socket", &[("upgrade", "websocket"), (TICKET, &text)]).await.map_err(unreachable)?;
    match response.status() {
        101 => Ok(Reply::Raw(response)),
        401 => Err(invalid()),
        _ => Err(Problem::new(ProblemCode::Unavailable, "the live connection cannot be opened now").retry_after(1)),
    }
}
