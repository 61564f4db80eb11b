//! `DELETE /v1/people/{user}/devices/{device}`: revokes a device of a person, for good. Its next request is refused, and its sockets
//! are closed within seconds.
//!
//! Trail and device live in two objects. Whether the caller may is judged where roles are; the device is revoked with the record of
//! it in one transaction, and the record goes to the trail from there.

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
    if !known.iter().any(|d| d.device_id == device.as_str()) {
        return Err(Problem::new(ProblemCode::NotFound, "there is no such device"));
    }
    let command = SessionCommand::Revoke(device.as_str().to_owned(), call.actor());
    call.ask_session(tenant, user.as_str(), &command).await?;
    Ok(Answer::empty(204).into())
}
