//! `GET /v1/keys`: the newest first, without their secrets.

use crate::call::{Call, Outcome};
use crate::query::Query;
use crate::routes::paging;
use crate::shells::protocol::TenantCommand;
use attune_edge_kit::Answer;

/// Handles the request: `?cursor=`, `?limit=`.
///
/// # Errors
/// `invalid_parameter`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let query = Query::parse(call.query, &["cursor", "limit"])?;
    let command = TenantCommand::Keys(paging::text(&query, "cursor"), paging::limit(&query)?);
    let answer = call.ask_tenant(tenant, None, command).await?;
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
