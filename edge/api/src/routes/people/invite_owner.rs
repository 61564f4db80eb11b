//! `POST /v1/admin/tenants/{tenant}/invitations`: the operator invites a tenant's first people. The token is in this answer and
//! nowhere else.

use super::invitation_token;
use crate::call::{Call, Outcome};
use crate::routes::admin::tenant_in_path;
use crate::shells::protocol::TenantCommand;
use attune_contracts::people::{InvitationV1, InviteV1};
use attune_domain::{InvitationId, TenantId};
use attune_edge_kit::{Answer, random};
use attune_objects::tenant::NewInvitation;

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `not_found`, `idempotency_mismatch`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: InviteV1 = call.parse()?;
    let tenant = tenant_in_path(call)?;
    invite(call, &tenant, body, &format!("/v1/admin/tenants/{tenant}/invitations")).await
}

/// Makes the invitation. A repeat gets the first answer without the token, which was never stored.
///
/// # Errors
/// As [`handle`].
pub async fn invite(call: &Call<'_>, tenant: &TenantId, body: InviteV1, route: &str) -> Outcome {
    let once = call.once(route, &body)?;
    let (token, token_hash) = invitation_token::make(tenant, &random::bytes());
    let invitation_id = InvitationId::new(call.now, random::u128()).as_str().to_owned();
    let new = NewInvitation { invitation_id, token_hash, email: body.email, role: body.role };
    let answer = call.ask_tenant(tenant, Some(once), TenantCommand::Invite(new)).await?;
    let mut made: InvitationV1 = call.read(&answer)?;
    made.token = (answer.status == 201).then_some(token);
    Ok(Answer::json(201, &made).with("cache-control", "no-store").into())
}
