//! `DELETE /v1/people/{user}/devices/{device}`: revokes a device of a person, for good. Its next request is refused, and its sockets
//! are closed within seconds.
//!
//! Trail and device live in two objects: the trail is written first, so what was done is recorded; a recorded revocation that
//! did not reach the session was not answered with success and is repeated.

use super::devices;
use crate::call::{Call, Outcome, path_id};
use crate::shells::protocol::{SessionCommand, TenantCommand};
use attune_contracts::{Problem, ProblemCode};
use attune_domain::{DeviceId, UserId};
use attune_edge_kit::Answer;

/// Handles the request; again is harmless.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let user = path_id(call.params[0], UserId::parse)?;
    let device = path_id(call.params[1], DeviceId::parse)?;
    call.ask_tenant(tenant, None, TenantCommand::MayChangePerson(user.as_str().to_owned())).await?;
    let known = devices::of(call, tenant, user.as_str()).await?;
    let Some(found) = known.iter().find(|d| d.device_id == device.as_str()) else {
        return Err(Problem::new(ProblemCode::NotFound, "there is no such device"));
    };
    if found.revoked_at.is_none() {
        let note = TenantCommand::NoteDevices(user.as_str().to_owned(), Some(device.as_str().to_owned()));
        call.ask_tenant(tenant, None, note).await?;
        call.ask_session(tenant, user.as_str(), &SessionCommand::Revoke(device.as_str().to_owned())).await?;
    }
    Ok(Answer::empty(204).into())
}
