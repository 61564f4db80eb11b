//! `DELETE /v1/people/{user}`: removes a person for good. Name, address, identities and session are erased; the id stays in the audit
//! trail.

use crate::asked;
use crate::call::{Call, Outcome, path_id};
use crate::shells::protocol::TenantCommand;
use attune_domain::UserId;
use attune_edge_kit::Answer;

/// Handles the request; again is harmless.
///
/// # Errors
/// `not_found`, `forbidden`; `version_conflict` for the last owner.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let user = path_id(call.params[0], UserId::parse)?;
    call.ask_tenant(tenant, None, TenantCommand::RemovePerson(user.as_str().to_owned())).await?;
    asked::forget_user(user.as_str());
    Ok(Answer::empty(204).into())
}
