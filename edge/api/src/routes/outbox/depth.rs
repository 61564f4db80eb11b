//! `GET /v1/outbox/depth`: what of the tenant waits for the queues, now.

use super::{live, objects, sum};
use crate::call::{Call, Outcome};
use attune_contracts::SCHEMA_VERSION;
use attune_edge_kit::Answer;
use serde_json::json;

/// Handles the request.
///
/// # Errors
/// `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let registered = objects(call, Some(tenant)).await?;
    let stats = sum(&live(call, registered).await?);
    let body = json!({
        "schema_version": SCHEMA_VERSION,
        "depth": stats.depth,
        "oldest_age_ms": stats.oldest_at.map(|at| (call.now - at).max(0)),
    });
    Ok(Answer::json(200, &body).with("cache-control", "no-store").into())
}
