//! `PUT /v1/issuers`: makes an issuer, or writes one anew. The client secret is sealed at the door and never shown again.

use super::sealed_field;
use crate::call::{Call, Outcome, refuse_fields};
use crate::shells::protocol::TenantCommand;
use attune_contracts::FieldError;
use attune_contracts::people::PutIssuerV1;
use attune_domain::TenantId;
use attune_edge_kit::{Answer, random};
use attune_identity::oidc::{Issuer, Reach};
use attune_objects::tenant::NewIssuer;

/// Longest client secret, bytes.
const LONGEST_SECRET: usize = 4_096;

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `version_conflict` when there are too many.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: PutIssuerV1 = call.parse()?;
    let (tenant, _) = call.caller.tenant()?;
    put(call, tenant, body).await
}

/// Checks, seals, and writes.
///
/// # Errors
/// As [`handle`].
pub async fn put(call: &Call<'_>, tenant: &TenantId, body: PutIssuerV1) -> Outcome {
    let settings = call.settings;
    let reach = if settings.config.environment == "local" { Reach::LocalToo } else { Reach::Public };
    let mut errors = Vec::new();
    if let Err(e) = Issuer::parse(&body.issuer, reach) {
        errors.push(FieldError::new("/issuer", "invalid", e.to_string()));
    }
    if body.client_secret.as_ref().is_some_and(|secret| !(1..=LONGEST_SECRET).contains(&secret.len())) {
        errors.push(FieldError::new("/client_secret", "out_of_range", "1 to 4096 bytes"));
    }
    refuse_fields(errors)?;
    let seal = |secret: &String| {
        let field = sealed_field(&body.issuer);
        settings.master_keys.seal(tenant.as_str(), &field, secret.as_bytes(), random::bytes())
    };
    let sealed_secret = body.client_secret.as_ref().map(seal).transpose().map_err(|e| call.internal("seal", e))?;
    let PutIssuerV1 { issuer, audiences, client_id, .. } = body;
    let new = NewIssuer { issuer, audiences, client_id, sealed_secret };
    let answer = call.ask_tenant(tenant, None, TenantCommand::PutIssuer(new)).await?;
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
