//! `POST /v1/admin/tenants/{tenant}/keys`: makes an API key. Its text is in this answer and nowhere else.

use super::tenant_in_path;
use crate::call::{Call, Outcome, refuse_fields};
use crate::shells::protocol::TenantCommand;
use attune_contracts::FieldError;
use attune_contracts::tenant::{CreateKeyV1, KeyV1};
use attune_edge_kit::{Answer, random};
use attune_identity::api_key::{ApiKey, ApiKeyRecord, ENTROPY, Scope, Scopes};

/// Handles the request. A repeat gets the first answer without the secret, which was never stored.
///
/// # Errors
/// `invalid_body` with the offending fields, `not_found`, `version_conflict` when two keys of that name are live,
/// `idempotency_mismatch`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: CreateKeyV1 = call.parse()?;
    let scopes = scopes_of(&body.scopes);
    let errors = scopes.as_ref().err().cloned().unwrap_or_default();
    refuse_fields(errors)?;
    call.idempotency_key()?;
    let tenant = tenant_in_path(call)?;
    let settings = call.settings;
    let fail = |e: attune_identity::Error| call.internal("key", e);
    let entropy = random::bytes::<ENTROPY>();
    let cell = settings.config.cell.as_str();
    let key = ApiKey::generate(settings.key_environment, cell, tenant.ulid(), &entropy).map_err(fail)?;
    // what lies before 1970 has passed as well
    let expires_at = body.expires_at.map(|at| u64::try_from(at.0).unwrap_or(0));
    let now = call.now.unsigned_abs();
    let scopes = scopes.unwrap_or_default();
    let record = ApiKeyRecord::new(&key, &settings.peppers, &body.name, scopes, now, expires_at).map_err(fail)?;
    let route = format!("/v1/admin/tenants/{tenant}/keys");
    let once = call.once(&route, &body)?;
    let answer = call.ask_tenant(&tenant, Some(once), TenantCommand::AddKey(record)).await?;
    let mut made: KeyV1 = call.read(&answer)?;
    if answer.status == 201 {
        made.key = Some(key.expose().to_owned());
    }
    Ok(Answer::json(201, &made).with("cache-control", "no-store").into())
}

/// The scopes of a body, or where they are wrong.
///
/// # Errors
/// The offending fields.
pub fn scopes_of(names: &[String]) -> Result<Scopes, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut scopes = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match name.parse::<Scope>() {
            Ok(scope) => scopes.push(scope),
            Err(_) => {
                let known: Vec<_> = Scope::ALL.iter().map(|s| s.as_str()).collect();
                let detail = format!("expected one of {}", known.join(", "));
                errors.push(FieldError::new(format!("/scopes/{index}"), "unknown", detail));
            }
        }
    }
    if names.is_empty() {
        errors.push(FieldError::new("/scopes", "missing", "at least one scope"));
    }
    if errors.is_empty() { Ok(scopes.into_iter().collect()) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_scopes_are_named_by_place() {
        let names = ["runs:read".to_owned(), "runs:delete".to_owned()];
        assert_eq!(scopes_of(&names).unwrap_err()[0].pointer, "/scopes/1");
        assert_eq!(scopes_of(&[]).unwrap_err()[0].pointer, "/scopes");
        assert!(scopes_of(&names[..1]).unwrap().contains(Scope::RunsRead));
    }
}
