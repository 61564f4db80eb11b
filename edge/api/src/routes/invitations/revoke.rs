//! `DELETE /v1/invitations/{invitation}`: takes an open invitation back.

use crate::call::{Call, Outcome, path_id};
use crate::shells::protocol::TenantCommand;
use attune_domain::InvitationId;
use attune_edge_kit::Answer;

/// Handles the request; again is harmless.
///
/// # Errors
/// `not_found`, `forbidden` for a role above the caller's, `version_conflict` when it was accepted.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let id = path_id(call.params[0], InvitationId::parse)?;
    let answer = call.ask_tenant(tenant, None, TenantCommand::RevokeInvitation(id.as_str().to_owned())).await?;
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
