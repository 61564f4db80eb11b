//! `DELETE /v1/people/{user}/devices`: revokes all devices of a person; see `revoke_device` for the order.

use crate::call::{Call, Outcome, path_id};
use crate::shells::protocol::{SessionCommand, TenantCommand};
use attune_contracts::ProblemCode;
use attune_domain::UserId;
use attune_edge_kit::Answer;

/// Handles the request; again is harmless.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let user = path_id(call.params[0], UserId::parse)?;
    call.ask_tenant(tenant, None, TenantCommand::MayChangePerson(user.as_str().to_owned())).await?;
    match call.ask_session(tenant, user.as_str(), &SessionCommand::RevokeAll(call.actor())).await {
        // who never signed in has no device
        Err(problem) if problem.code != ProblemCode::SessionEnded => Err(problem),
        _ => Ok(Answer::empty(204).into()),
    }
}
