//! `DELETE /v1/admin/tenants/{tenant}/keys/{key_id}`: revokes a key. It stops working within 3 seconds, and its sockets are closed.

use super::tenant_in_path;
use crate::call::{Call, Outcome};
use crate::keys;
use crate::shells::protocol::KeyRef;
use attune_edge_kit::Answer;
use attune_objects::names::{self, Class};

/// Handles the request; again is harmless.
///
/// # Errors
/// `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let tenant = tenant_in_path(call)?;
    let key = KeyRef { key_id: call.params[1].to_owned() };
    let object = names::tenant(&call.settings.config.cell, &tenant);
    let answer = call.ask(Class::Tenant, &object, "/keys/revoke", &key).await?;
    keys::forget(&key.key_id);
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
