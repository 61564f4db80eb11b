//! `POST /v1/auth/oidc`: a client that has a token of one of the tenant's issuers (an ID token, or a bearer JWT for one of the
//! audiences that the tenant accepts) signs its device in.

use super::{claims, details, person};
use crate::call::{Call, Outcome};
use crate::routes::auth::{sign_in, tenant_in_body, tokens_answer};
use attune_contracts::auth::OidcSignInV1;

/// Handles the request.
///
/// # Errors
/// `invalid_token` and `token_expired` for what is wrong with the token, `invalid_credentials` when the tenant does not know who it
/// is of, `user_suspended`; `unavailable` when the issuer cannot be asked for its keys.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: OidcSignInV1 = call.parse()?;
    let tenant = tenant_in_body(call, &body.tenant_id)?;
    let (issuer, claims) = claims(call, &tenant, &body.token).await?;
    let person = person(call, &tenant, &issuer, claims).await?;
    let epoch = details(call, &tenant).await?.epoch;
    let tokens = sign_in(call, &tenant, &person.user_id, epoch, body.device_name.as_deref()).await?;
    Ok(tokens_answer(200, &tokens).into())
}
