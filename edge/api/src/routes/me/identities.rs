//! `GET /v1/me/identities`: who the caller is at the tenant's issuers.

use crate::call::{Call, Outcome};
use crate::shells::protocol::TenantCommand;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// Those of the door.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let user = call.caller.user()?;
    let answer = call.ask_tenant(&user.tenant, None, TenantCommand::Identities(user.user_id.clone())).await?;
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
