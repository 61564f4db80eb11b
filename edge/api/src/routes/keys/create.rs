//! `POST /v1/keys`: makes an API key that may do nothing the caller may not (the `Tenant` object judges it). Its text is in this
//! answer and nowhere else.

use crate::call::{Call, Outcome, refuse_fields};
use crate::routes::admin::create_key::scopes_of;
use crate::shells::protocol::TenantCommand;
use attune_contracts::people::{KeyDetailV1, MakeKeyV1};
use attune_contracts::{FieldError, Problem, ProblemCode};
use attune_edge_kit::{Answer, random};
use attune_identity::Error as Fault;
use attune_identity::api_key::{ApiKey, ApiKeyRecord, ENTROPY, KeyKind, MAX_NETWORKS, Network, Origin, Scopes};

/// Handles the request. A repeat gets the first answer without the secret, which was never stored.
///
/// # Errors
/// `invalid_body` with the offending fields, `forbidden`, `version_conflict` when two keys of that name are live,
/// `idempotency_mismatch`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: MakeKeyV1 = call.parse()?;
    let wanted = Wanted::read(&body)?;
    let (tenant, _) = call.caller.tenant()?;
    // what lies before 1970 has passed as well
    let expires_at = body.expires_at.map(|at| u64::try_from(at.0).unwrap_or(0));
    let once = call.once("/v1/keys", &body)?;
    let settings = call.settings;
    let entropy = random::bytes::<ENTROPY>();
    let cell = settings.config.cell.as_str();
    let key = ApiKey::make(wanted.kind, settings.key_environment, cell, tenant.ulid(), &entropy)
        .map_err(|e| call.internal("key", e))?;
    let now = call.now.unsigned_abs();
    let many = if wanted.networks.len() > MAX_NETWORKS { "/networks" } else { "/origins" };
    let record = ApiKeyRecord::new(&key, &settings.peppers, &body.name, wanted.scopes, now, expires_at)
        .and_then(|record| record.restrict(wanted.origins, wanted.networks));
    let record = match record {
        Err(e @ Fault::PublishableScope(_)) => return Err(wrong("/scopes", "not_allowed", e.to_string())),
        Err(e @ Fault::KeyRestrictions) => return Err(wrong(many, "invalid", e.to_string())),
        other => other.map_err(|e| call.internal("key", e))?,
    };
    let answer = call.ask_tenant(tenant, Some(once), TenantCommand::AddKey(record)).await?;
    let mut made: KeyDetailV1 = call.read(&answer)?;
    made.key = (answer.status == 201).then(|| key.expose().to_owned());
    Ok(Answer::json(201, &made).with("cache-control", "no-store").into())
}

struct Wanted {
    kind: KeyKind,
    scopes: Scopes,
    origins: Vec<Origin>,
    networks: Vec<Network>,
}

impl Wanted {
    fn read(body: &MakeKeyV1) -> Result<Self, Problem> {
        let mut errors = Vec::new();
        let kind = match body.kind.as_deref() {
            None | Some("secret") => KeyKind::Secret,
            Some("publishable") => KeyKind::Publishable,
            Some(_) => {
                errors.push(FieldError::new("/kind", "unknown", "expected secret or publishable"));
                KeyKind::Secret
            }
        };
        let scopes = scopes_of(&body.scopes).unwrap_or_else(|wrong| {
            errors.extend(wrong);
            Scopes::NONE
        });
        let origins = each("/origins", &body.origins, Origin::parse, &mut errors);
        let networks = each("/networks", &body.networks, Network::parse, &mut errors);
        refuse_fields(errors)?;
        Ok(Self { kind, scopes, origins, networks })
    }
}

fn each<T>(
    field: &str,
    texts: &[String],
    read: impl Fn(&str) -> Result<T, Fault>,
    errors: &mut Vec<FieldError>,
) -> Vec<T> {
    let mut values = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        match read(text) {
            Ok(value) => values.push(value),
            Err(e) => errors.push(FieldError::new(format!("{field}/{index}"), "invalid", e.to_string())),
        }
    }
    values
}

fn wrong(pointer: &str, code: &str, detail: String) -> Problem {
    Problem::new(ProblemCode::InvalidBody, "a field of the body is wrong")
        .with_errors(vec![FieldError::new(pointer, code, detail)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pointers(change: serde_json::Value) -> Vec<String> {
        let mut body = json!({"schema_version": 1, "name": "n", "scopes": ["voice:join"]});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let body: MakeKeyV1 = serde_json::from_value(body).unwrap();
        match Wanted::read(&body) {
            Ok(_) => Vec::new(),
            Err(problem) => problem.errors.into_iter().map(|e| e.pointer).collect(),
        }
    }

    #[test]
    fn every_wrong_field_is_named_by_place() {
        assert!(pointers(json!({"kind": "publishable", "origins": ["https://a.example"]})).is_empty());
        assert_eq!(pointers(json!({"kind": "public"})), ["/kind"]);
        assert_eq!(pointers(json!({"origins": ["https://a.example", "https://a.example/"]})), ["/origins/1"]);
        assert_eq!(pointers(json!({"networks": ["10.0.0.1/8"], "scopes": ["x"]})), ["/scopes/0", "/networks/0"]);
    }
}
