//! `POST /v1/auth/email`: has a code sent. The answer tells nothing of the address; a mail goes where it is nobody's or a visitor's.

use super::device;
use crate::call::{Call, Outcome, refuse_fields};
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
    if !is_language_tag(&locale) {
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

/// The form of BCP 47: subtags of 1 to 8 letters and digits. Longer than any that is in use is none.
fn is_language_tag(text: &str) -> bool {
    let subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    (2..=35).contains(&text.len()) && text.split('-').all(subtag)
}

#[cfg(test)]
mod tests {
    use super::is_language_tag;

    #[test]
    fn a_language_tag_is_told_from_other_text() {
        for good in ["de", "pt-BR", "zh-Hans-CN", "ar", "de-CH-1996"] {
            assert!(is_language_tag(good), "{good}");
        }
        for bad in ["", "d", "-", "de-", "de_CH", "deutschland", "de\r\nBcc: x", &"de-".repeat(20), "ü"] {
            assert!(!is_language_tag(bad), "{bad}");
        }
    }
}
