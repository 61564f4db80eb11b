//! `POST /v1/tenant/end-sessions`: raises the tenant's epoch. All access tokens made so far are dead within 3 seconds, the caller's
//! own too; devices stay enrolled and refresh.

use crate::asked;
use crate::call::{Call, Outcome};
use crate::shells::protocol::TenantCommand;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// Those of the door.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    call.ask_tenant(tenant, None, TenantCommand::RaiseEpoch).await?;
    asked::forget_users();
    let answer = call.ask_tenant(tenant, None, TenantCommand::Details).await?;
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
