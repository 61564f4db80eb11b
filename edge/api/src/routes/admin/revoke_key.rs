//! `DELETE /v1/admin/tenants/{tenant}/keys/{key_id}`: revokes a key. It stops working within 3 seconds, and its sockets are closed.

use super::tenant_in_path;
use crate::asked;
use crate::call::{Call, Outcome};
use crate::shells::protocol::TenantCommand;
use attune_contracts::tenant::KeyV1;
use attune_edge_kit::Answer;

/// Handles the request; again is harmless.
///
/// # Errors
/// `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let tenant = tenant_in_path(call)?;
    let key_id = call.params[1];
    let answer = call.ask_tenant(&tenant, None, TenantCommand::EndKey(key_id.to_owned())).await?;
    asked::forget(key_id);
    let key: KeyV1 = call.read(&answer)?;
    Ok(Answer::json(200, &key).with("cache-control", "no-store").into())
}
