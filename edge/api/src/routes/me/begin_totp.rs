//! `POST /v1/me/totp`: a new secret for an authenticator, shown once. It counts when its first code has confirmed it.

use super::person;
use crate::call::{Call, Outcome};
use crate::shells::credentials::totp_field;
use crate::shells::protocol::SessionCommand;
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::auth::TotpV1;
use attune_edge_kit::{Answer, random};
use attune_identity::totp::Secret;

/// Handles the request.
///
/// # Errors
/// `conflict` when there is a second factor already.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let user = call.caller.user()?;
    let secret = Secret::new(random::bytes());
    let (tenant, field) = (user.tenant.as_str(), totp_field(&user.user_id));
    let sealed = call.settings.master_keys.seal(tenant, &field, secret.expose(), random::bytes());
    let sealed = sealed.map_err(|e| call.internal("totp", e))?;
    // An address that cannot be a label does not keep anybody from a second factor.
    let email = person(call, user).await?.email;
    let otpauth = secret.uri("Attune", &email).or_else(|_| secret.uri("Attune", &user.user_id));
    let otpauth = otpauth.map_err(|e| call.internal("totp", e))?;
    call.ask_session(&user.tenant, &user.user_id, &SessionCommand::BeginTotp(sealed)).await?;
    let totp = TotpV1 { schema_version: SCHEMA_VERSION, otpauth };
    Ok(Answer::json(201, &totp).with("cache-control", "no-store").into())
}
