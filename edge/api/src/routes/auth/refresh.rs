//! `POST /v1/auth/refresh`: new tokens for a device. A refresh token is good once; used twice, or by another device, its whole family
//! ends (RFC 9700, section 4.14.2). Who lost the answer may ask again within 10 seconds.

use super::{refresh_token, tokens, tokens_answer};
use crate::call::{Call, Outcome};
use crate::routes::rules;
use crate::shells::protocol::SessionCommand;
use attune_contracts::auth::RefreshV1;
use attune_edge_kit::log;
use attune_objects::session::{Granted, Refresh};

/// Handles the request.
///
/// # Errors
/// `session_ended`, `refresh_reused`, `device_revoked`, `user_suspended`, `invalid_dpop_proof`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: RefreshV1 = call.parse()?;
    let proven = call.caller.proven()?;
    let (token, tenant, user_id) = refresh_token(call, &body.refresh_token)?;
    let refresh = Refresh {
        family_id: token.family.clone(),
        counter: u64::from(token.counter),
        jkt: proven.jkt.clone(),
        proof: Some(proven.proof.clone()),
    };
    let answer = call.ask_session(&tenant, &user_id, &SessionCommand::Rotate(refresh)).await;
    let answer = answer.inspect_err(|problem| {
        log::warn("refresh.refused")
            .with("request_id", call.trace.request_id.clone())
            .with("code", problem.code.code())
            .write();
    })?;
    let mut granted: Granted = call.read(&answer)?;
    // A session learns of the tenant's epoch only at a sign-in: with an older one the new token would be dead.
    granted.tenant_epoch = granted.tenant_epoch.max(rules::epoch(call, &tenant, &user_id).await?);
    Ok(tokens_answer(200, &tokens(call, &tenant, &user_id, proven, &granted)?).into())
}
