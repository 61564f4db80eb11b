//! `PATCH /v1/tenant`: changes name and settings. Plan and region are the operator's.

use crate::call::{Call, Outcome};
use crate::shells::protocol::TenantCommand;
use attune_contracts::people::UpdateTenantV1;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `invalid_body`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: UpdateTenantV1 = call.parse()?;
    let (tenant, _) = call.caller.tenant()?;
    let answer = call.ask_tenant(tenant, None, TenantCommand::Update(body)).await?;
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
