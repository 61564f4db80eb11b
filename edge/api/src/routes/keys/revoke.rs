//! `DELETE /v1/keys/{key_id}`: revokes a key, whatever it may do. It stops working within 3 seconds, and its sockets are closed.

use crate::asked;
use crate::call::{Call, Outcome};
use crate::shells::protocol::TenantCommand;
use attune_edge_kit::Answer;

/// Handles the request; again is harmless.
///
/// # Errors
/// `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let key_id = call.params[0];
    let answer = call.ask_tenant(tenant, None, TenantCommand::EndKey(key_id.to_owned())).await?;
    asked::forget(key_id);
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
