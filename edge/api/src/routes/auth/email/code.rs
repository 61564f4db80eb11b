//! `POST /v1/auth/email`: has a code sent. The answer tells nothing of the address; a mail goes where it is nobody's or a visitor's.

use super::device;
use crate::call::{Call, Outcome, refuse_fields};
use crate::language::is_tag;
use crate::shells::protocol::TenantCommand;
use attune_contracts::FieldError;
use attune_contracts::auth::EmailCodeV1;
use attune_edge_kit::Answer;
use attune_objects::tenant::CodeRequest;

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `rate_limited`; `invalid_dpop_proof` and `use_dpop_nonce`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, device) = device(call).await?;
    let body: EmailCodeV1 = call.parse()?;
    let locale = body.locale.unwrap_or_else(|| "en".to_owned());
    if locale.len() < 2 || !is_tag(&locale) {
        refuse_fields(vec![FieldError::new("/locale", "invalid", "expected a language tag such as de or pt-BR")])?;
    }
    let proven = device.caller.proven()?;
    let request = CodeRequest {
        email: body.email,
        locale,
        jkt: proven.jkt.clone(),
        jti: proven.proof.jti.clone(),
        traceparent: Some(call.trace.traceparent.clone()),
    };
    call.ask_tenant(&tenant, None, TenantCommand::AskEmailCode(request)).await?;
    Ok(Answer::empty(202).with("cache-control", "no-store").into())
}
