//! `DELETE /v1/roles/{role}`: takes away a custom role that nobody has.

use crate::call::{Call, Outcome, path_id};
use crate::shells::protocol::TenantCommand;
use attune_domain::RoleId;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `not_found`, `forbidden`, `version_conflict` while people have the role or are invited to it.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let role = path_id(call.params[0], RoleId::parse)?;
    call.ask_tenant(tenant, None, TenantCommand::DeleteRole(role.as_str().to_owned())).await?;
    Ok(Answer::empty(204).into())
}
