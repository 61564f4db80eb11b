//! `GET /internal/v1/outbox/stats`: the hand-off of a tenant (`?tenant=`) as it is now, or of the cell as the sweeper saw it last.

use super::{live, objects, sum};
use crate::call::{Call, Outcome};
use crate::query::Query;
use attune_contracts::SCHEMA_VERSION;
use attune_domain::TenantId;
use attune_edge_kit::Answer;
use serde_json::json;

/// Handles the request.
///
/// # Errors
/// `invalid_parameter`, `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let tenant = Query::parse(call.query, &["tenant"])?.read("tenant", TenantId::parse)?;
    let listed = objects(call, tenant.as_ref()).await?;
    let listed = if tenant.is_some() { live(call, listed).await? } else { listed };
    let total = sum(&listed);
    let body = json!({"schema_version": SCHEMA_VERSION, "now": call.now, "total": total, "objects": listed});
    Ok(Answer::json(200, &body).with("cache-control", "no-store").into())
}
