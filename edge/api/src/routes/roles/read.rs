//! `GET /v1/roles/{role}`: a custom role.

use crate::call::{Call, Outcome, path_id};
use crate::shells::protocol::TenantCommand;
use attune_domain::RoleId;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let role = path_id(call.params[0], RoleId::parse)?;
    let answer = call.ask_tenant(tenant, None, TenantCommand::Role(role.as_str().to_owned())).await?;
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
