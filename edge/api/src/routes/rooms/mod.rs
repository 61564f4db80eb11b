//! Voice rooms.

pub mod create;
pub mod end;
pub mod list;
pub mod participants;
pub mod read;
pub mod remove;

use crate::call::{Call, path_id};
use crate::shells::room::RoomCommand;
use attune_contracts::Problem;
use attune_domain::{RoomId, TenantId};
use attune_edge_kit::object::ObjectAnswer;
use attune_objects::names::{self, Class};

/// Tells a room of a tenant. A room of another tenant has another object: it is not found.
///
/// # Errors
/// What the room refuses; `not_found`, `unavailable`.
pub async fn ask(
    call: &Call<'_>,
    tenant: &TenantId,
    room_id: &str,
    command: &RoomCommand,
) -> Result<ObjectAnswer, Problem> {
    let name = names::room(&call.settings.config.cell, tenant, room_id);
    call.ask(Class::Room, &name, "/do", command).await
}

/// Tells the room in the path.
///
/// # Errors
/// As [`ask`].
pub async fn ask_in_path(call: &Call<'_>, command: &RoomCommand) -> Result<ObjectAnswer, Problem> {
    let room = path_id(call.params[0], RoomId::parse)?;
    let (tenant, _) = call.caller.tenant()?;
    ask(call, tenant, room.as_str(), command).await
}
