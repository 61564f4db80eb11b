//! `POST /v1/invitations`: invites somebody to a role that allows nothing the caller may not. The token is in this answer and
//! nowhere else. An open invitation of the same address ends.

use crate::call::{Call, Outcome};
use crate::routes::people::invite_owner::invite;
use attune_contracts::people::InviteV1;

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `forbidden`, `version_conflict` when a person has the address, `idempotency_mismatch`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: InviteV1 = call.parse()?;
    let (tenant, _) = call.caller.tenant()?;
    invite(call, tenant, body, "/v1/invitations").await
}
