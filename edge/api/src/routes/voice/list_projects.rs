//! `GET /v1/voice/projects`: the tenant's LiveKit projects, without their secrets. There are at most 20, so there are no pages.

use crate::call::{Call, Outcome};
use crate::shells::protocol::TenantCommand;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// Those of the door.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let answer = call.ask_tenant(tenant, None, TenantCommand::Projects).await?;
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
