//! `GET /v1/widgets`: all widgets, the newest first; there are at most 100.

use crate::call::{Call, Outcome};
use crate::shells::protocol::TenantCommand;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// Those of the door.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let answer = call.ask_tenant(tenant, None, TenantCommand::Widgets).await?;
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
