//! `GET /v1/widgets/{widget}/reports`: the newest 100 reports of a widget.

use super::in_path;
use crate::call::{Call, Outcome};
use crate::shells::protocol::TenantCommand;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let answer = call.ask_tenant(tenant, None, TenantCommand::Reports(in_path(call)?)).await?;
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
