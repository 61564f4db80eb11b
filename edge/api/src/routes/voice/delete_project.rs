//! `DELETE /v1/voice/projects?api_key=…`: takes a LiveKit project away. Rooms that began with it get no more tokens.

use crate::call::{Call, Outcome};
use crate::projects::forget;
use crate::query::{Query, refuse};
use crate::shells::protocol::TenantCommand;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `invalid_parameter`, `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let query = Query::parse(call.query, &["api_key"])?;
    let api_key = query.get("api_key").filter(|key| !key.is_empty() && key.len() <= 64);
    let api_key = api_key.ok_or_else(|| refuse("api_key", "missing", "which project is to go"))?;
    let (tenant, _) = call.caller.tenant()?;
    call.ask_tenant(tenant, None, TenantCommand::DeleteProject(api_key.to_owned())).await?;
    forget(tenant);
    Ok(Answer::empty(204).into())
}
