//! `PUT /v1/roles/{role}`: writes a custom role anew. Whoever has it may do what it says within 3 seconds.

use super::checked;
use crate::asked;
use crate::call::{Call, Outcome, path_id};
use crate::shells::protocol::TenantCommand;
use attune_contracts::people::PutRoleV1;
use attune_domain::RoleId;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `not_found`, `forbidden`, `version_conflict` when another role has the name.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: PutRoleV1 = call.parse()?;
    let (tenant, _) = call.caller.tenant()?;
    let role = path_id(call.params[0], RoleId::parse)?;
    checked(role.as_str(), &body)?;
    let answer = call.ask_tenant(tenant, None, TenantCommand::PutRole(role.as_str().to_owned(), body)).await?;
    asked::forget_users();
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
