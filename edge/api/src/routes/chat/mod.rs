//! Live chat: rooms, tickets, the live connection, what staff does.

pub mod attachments;
pub mod desk;
pub mod events;
pub mod list;
pub mod open;
pub mod read;
pub mod say;
pub mod socket;
pub mod tickets;

use crate::auth::Caller;
use crate::call::{Call, path_id};
use crate::routes::voice::{Holder, holder};
use crate::shells::chat_room::ChatCommand;
use crate::shells::protocol::SessionCommand;
use crate::ticket;
use attune_contracts::canonical::{hex, sha256_hex};
use attune_contracts::chat::ChatTicketV1;
use attune_contracts::{Problem, ProblemCode, SCHEMA_VERSION};
use attune_domain::{ChatRoomId, Millis, TenantId};
use attune_edge_kit::object::ObjectAnswer;
use attune_edge_kit::{Answer, random};
use attune_identity::api_key::Scope;
use attune_objects::chat::{Pass, Ticket};
use attune_objects::names::{self, Class};
use serde_json::Value;

/// Tells the room in the path, or any other.
///
/// # Errors
/// What the room refuses; `not_found`, `unavailable`.
pub async fn ask(
    call: &Call<'_>,
    tenant: &TenantId,
    room: &ChatRoomId,
    command: &ChatCommand,
) -> Result<ObjectAnswer, Problem> {
    let name = names::chat_room(&call.settings.config.cell, tenant, room.as_str());
    call.ask(Class::ChatRoom, &name, "/do", command).await
}

/// The room in the path.
///
/// # Errors
/// `not_found`.
pub fn in_path(call: &Call<'_>) -> Result<ChatRoomId, Problem> {
    path_id(call.params[0], ChatRoomId::parse)
}

/// The caller as a visitor: a device that has proven its key. Nothing of the device can be told from the member id.
///
/// # Errors
/// `invalid_dpop_proof` for a key alone, which is not somebody.
pub fn visitor(call: &Call<'_>, holder: &Holder) -> Result<Pass, Problem> {
    if holder.device_id.starts_with("key_") {
        return Err(Problem::new(ProblemCode::InvalidDpopProof, "a visitor is a device: send its proof in DPoP"));
    }
    let mut id = sha256_hex(format!("{}/{}", holder.tenant.as_str(), holder.device_id).as_bytes());
    id.truncate(32);
    Ok(pass(call, holder, format!("vis_{id}"), false))
}

/// The caller as a member of any room: staff who may write there, or the visitor.
///
/// # Errors
/// Those of a missing or wrong proof.
pub async fn member(call: &Call<'_>) -> Result<(Holder, Pass), Problem> {
    let holder = holder(call).await?;
    let pass = if call.caller.permissions().contains(Scope::ChatWrite) {
        pass(call, &holder, holder.user_id.clone(), true)
    } else {
        visitor(call, &holder)?
    };
    Ok((holder, pass))
}

/// Whom a ticket lets in.
pub fn pass(call: &Call<'_>, holder: &Holder, member: String, staff: bool) -> Pass {
    let until = call.caller.expires_at().and_then(|at| i64::try_from(at).ok());
    Pass { member, staff, device: holder.device_id.clone(), until }
}

/// A new ticket for a room. A user's session learns of the room, so that the end of the device's access reaches it.
///
/// # Errors
/// What the session refuses.
pub async fn ticket(call: &Call<'_>, holder: &Holder, room: &ChatRoomId, pass: Pass) -> Result<Ticket, Problem> {
    if let Caller::User(user) = &call.caller {
        let name = names::chat_room(&call.settings.config.cell, &holder.tenant, room.as_str());
        let opened = SessionCommand::SocketOpened(user.device_id.clone(), name);
        call.ask_session(&user.tenant, &user.user_id, &opened).await?;
    }
    let ticket = ticket::make(&holder.tenant, room.as_str(), &random::bytes());
    Ok(Ticket { ticket, proof: holder.jti.clone(), pass })
}

/// What a member says beside a socket, by its proof: the room takes it by a ticket that nobody sees, once.
pub fn beside(holder: &Holder, pass: Pass) -> Ticket {
    Ticket { ticket: hex(&random::bytes::<32>()), proof: holder.jti.clone(), pass }
}

/// The answer with a ticket that a room has taken.
///
/// # Errors
/// `internal`.
pub fn given(
    call: &Call<'_>,
    room: ChatRoomId,
    ticket: Ticket,
    answer: &ObjectAnswer,
    widget: Option<Value>,
) -> Result<Answer, Problem> {
    let body = ChatTicketV1 {
        schema_version: SCHEMA_VERSION,
        socket: format!("/v1/chat/rooms/{}/socket", room.as_str()),
        room_id: room.as_str().to_owned(),
        member_id: ticket.pass.member,
        ticket: ticket.ticket,
        expires_at: Millis(call.read(answer)?),
        widget: None,
    };
    let mut body = serde_json::to_value(&body).map_err(|e| call.internal("ticket", e))?;
    // as the tenant's object has made it: read and written again it would be the same
    if let Some(widget) = widget {
        body["widget"] = widget;
    }
    Ok(Answer::json(201, &body).with("cache-control", "no-store"))
}
