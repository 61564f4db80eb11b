//! `PUT /v1/voice/projects`: writes a LiveKit project. Its secret is sealed here and shown to nobody. To rotate a key: put the new
//! one, then the old one again with `live_until`; until then both verify webhooks, and rooms stay with the key that they began with.

use crate::call::{Call, Outcome, refuse_fields};
use crate::projects::{FIELD, forget, server_address};
use crate::shells::protocol::TenantCommand;
use attune_contracts::FieldError;
use attune_contracts::voice::PutProjectV1;
use attune_edge_kit::{Answer, random};
use attune_identity::livekit::ProjectKey;
use attune_objects::tenant::NewProject;

/// Handles the request; again is harmless.
///
/// # Errors
/// `invalid_body`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: PutProjectV1 = call.parse()?;
    let (tenant, _) = call.caller.tenant()?;
    let mut faults = Vec::new();
    if server_address(&body.url, call.settings.config.environment == "local").is_none() {
        let detail = "expected wss:// and a public host name in small letters, without a path";
        faults.push(FieldError::new("/url", "invalid", detail));
    }
    let secret = body.api_secret.as_deref();
    if secret.is_some_and(|secret| secret.len() > 256 || ProjectKey::new("x", secret).is_err()) {
        faults.push(FieldError::new("/api_secret", "invalid", "expected 32 to 256 bytes"));
    }
    refuse_fields(faults)?;
    let seal = |secret: &str| {
        let keys = &call.settings.master_keys;
        keys.seal(tenant.as_str(), FIELD, secret.as_bytes(), random::bytes()).map_err(|e| call.internal("seal", e))
    };
    let new = NewProject {
        sealed_secret: secret.map(seal).transpose()?,
        api_key: body.api_key,
        url: body.url,
        region: body.region,
        live_from: body.live_from.map(|at| at.0),
        live_until: body.live_until.map(|at| at.0),
    };
    let answer = call.ask_tenant(tenant, None, TenantCommand::PutProject(new)).await?;
    forget(tenant);
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
