//! `POST /v1/roles`: makes a custom role that allows nothing the caller may not.

use super::checked;
use crate::call::{Call, Outcome};
use crate::shells::protocol::TenantCommand;
use attune_contracts::people::PutRoleV1;
use attune_domain::RoleId;
use attune_edge_kit::{Answer, random};

/// Handles the request. A repeat gets the first answer.
///
/// # Errors
/// `invalid_body`, `forbidden`, `version_conflict` when another role has the name, `idempotency_mismatch`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: PutRoleV1 = call.parse()?;
    let (tenant, _) = call.caller.tenant()?;
    let role_id = RoleId::new(call.now, random::u128()).as_str().to_owned();
    checked(&role_id, &body)?;
    let once = call.once("/v1/roles", &body)?;
    let answer = call.ask_tenant(tenant, Some(once), TenantCommand::PutRole(role_id, body)).await?;
    Ok(Answer::json_text(201, answer.body).with("cache-control", "no-store").into())
}
