//! `POST /v1/me/identities`: a token of one of the tenant's issuers; whom it names there signs in as the caller from now on.

use crate::call::{Call, Outcome};
use crate::routes::auth::oidc::identity;
use crate::shells::protocol::TenantCommand;
use attune_contracts::auth::LinkIdentityV1;
use attune_edge_kit::Answer;

/// Handles the request; again is harmless.
///
/// # Errors
/// `invalid_token`, `token_expired`; `version_conflict` when somebody else has the identity; `unavailable` when the issuer cannot
/// be asked.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: LinkIdentityV1 = call.parse()?;
    let user = call.caller.user()?;
    let identity = identity(call, &user.tenant, &body.token).await?;
    let command = TenantCommand::LinkIdentity(user.user_id.clone(), identity);
    let answer = call.ask_tenant(&user.tenant, None, command).await?;
    Ok(Answer::json_text(201, answer.body).with("cache-control", "no-store").into())
}
