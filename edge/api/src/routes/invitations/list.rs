//! `GET /v1/invitations`: the newest first, without their tokens.

use crate::call::{Call, Outcome};
use crate::query::Query;
use crate::routes::paging;
use crate::shells::protocol::TenantCommand;
use attune_edge_kit::Answer;
use attune_objects::tenant::InvitationQuery;

/// Handles the request: `?open=true` for those that can still be accepted, `?cursor=`, `?limit=`.
///
/// # Errors
/// `invalid_parameter`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let query = Query::parse(call.query, &["open", "cursor", "limit"])?;
    let open = query.read("open", |text| text.parse::<bool>().map_err(|_| "expected true or false"))?;
    let question = InvitationQuery {
        open: open.unwrap_or(false),
        cursor: paging::text(&query, "cursor"),
        limit: paging::limit(&query)?,
    };
    let answer = call.ask_tenant(tenant, None, TenantCommand::Invitations(question)).await?;
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
