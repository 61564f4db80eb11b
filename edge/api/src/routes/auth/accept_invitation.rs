//! `POST /v1/invitations/accept`: the invited person joins the tenant, and is signed in on this device. The secret in the link is the
//! proof that the address is the person's: it was sent there. With a token of one of the tenant's issuers the person signs in by that
//! issuer from then on.

use super::oidc::identity;
use super::{sign_in, tokens_answer};
use crate::call::{Call, Outcome, refuse_fields};
use crate::routes::people::invitation_token;
use crate::shells::protocol::TenantCommand;
use attune_contracts::FieldError;
use attune_contracts::people::{AcceptInvitationV1, PersonV1, TenantDetailV1};
use attune_domain::UserId;
use attune_edge_kit::random;
use attune_objects::tenant::Acceptance;

/// Handles the request.
///
/// # Errors
/// `invalid_body`; `not_found` for an invitation that is unknown; `version_conflict` for one that was accepted, taken back or is too
/// old, or when somebody else has the identity; those of a token that is not good.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: AcceptInvitationV1 = call.parse()?;
    let Some((tenant, token_hash)) = invitation_token::read(&body.token, &call.settings.config.cell) else {
        let error = FieldError::new("/token", "invalid", "expected the token of the invitation, ati_…");
        refuse_fields(vec![error])?;
        return Err(call.internal("invitation", "unreachable"));
    };
    let identity = match &body.id_token {
        Some(token) => Some(identity(call, &tenant, token).await?),
        None => None,
    };
    let user_id = UserId::new(call.now, random::u128()).as_str().to_owned();
    let acceptance = Acceptance { token_hash, user_id, email: None, name: body.name, identity };
    let answer = call.ask_tenant(&tenant, None, TenantCommand::AcceptInvitation(acceptance)).await?;
    let person: PersonV1 = call.read(&answer)?;
    let answer = call.ask_tenant(&tenant, None, TenantCommand::Details).await?;
    let detail: TenantDetailV1 = call.read(&answer)?;
    let tokens = sign_in(call, &tenant, &person.user_id, detail.epoch, None).await?;
    Ok(tokens_answer(201, &tokens).into())
}
