//! `GET /v1/admin/tenants/{tenant}/keys`: the keys of a tenant, the newest first, without their secrets.

use super::tenant_in_path;
use crate::call::{Call, Outcome};
use crate::shells::protocol::TenantCommand;
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::tenant::KeyV1;
use attune_edge_kit::Answer;
use serde_json::json;

/// Handles the request.
///
/// # Errors
/// `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let tenant = tenant_in_path(call)?;
    let answer = call.ask_tenant(&tenant, None, TenantCommand::AllKeys).await?;
    let keys: Vec<KeyV1> = call.read(&answer)?;
    let list = json!({"schema_version": SCHEMA_VERSION, "keys": keys});
    Ok(Answer::json(200, &list).with("cache-control", "no-store").into())
}
