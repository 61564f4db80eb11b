//! `DELETE /v1/widgets/{widget}`: takes a widget away with its reports, and revokes its key. Rooms that are open stay open.

use super::in_path;
use crate::asked;
use crate::call::{Call, Outcome};
use crate::headers::match_version;
use crate::shells::protocol::TenantCommand;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `not_found`, `precondition_failed`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let command = TenantCommand::DeleteWidget(in_path(call)?, match_version(call.incoming));
    let answer = call.ask_tenant(tenant, None, command).await?;
    asked::forget(&call.read::<String>(&answer)?);
    Ok(Answer::empty(204).into())
}
