//! `POST /v1/auth/email/verify`: the code, by the device that asked for it. Whoever reads the mailbox is a visitor, and never more.

use super::device;
use crate::call::{Call, Outcome, refuse_fields};
use crate::routes::auth::{invalid_credentials, sign_in, tokens_answer};
use crate::shells::protocol::TenantCommand;
use attune_contracts::auth::EmailVerifyV1;
use attune_contracts::{FieldError, ProblemCode};
use attune_domain::UserId;
use attune_edge_kit::random;
use attune_identity::email_code::is_code;
use attune_objects::tenant::{CodeTry, Standing};

/// Handles the request.
///
/// # Errors
/// `invalid_credentials`, whatever the cause: wrong, used, too old, of another device or person, suspended, staff. `invalid_body` for
/// what is no code. The code is used up with the first answer, also where that is lost.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, device) = device(call).await?;
    let body: EmailVerifyV1 = call.parse()?;
    if !is_code(&body.code) {
        refuse_fields(vec![FieldError::new("/code", "invalid", "a code has 8 digits")])?;
    }
    let typed = CodeTry {
        email: body.email,
        code: body.code,
        jkt: device.caller.proven()?.jkt.clone(),
        user_id: UserId::new(call.now, random::u128()).as_str().to_owned(),
    };
    // by the key, which stands in the trail as who added the person
    let answer = call.ask_tenant(&tenant, None, TenantCommand::TryEmailCode(typed)).await;
    let answer = answer.map_err(|problem| match problem.code {
        ProblemCode::NotFound => invalid_credentials(),
        _ => problem,
    })?;
    let standing: Standing = call.read(&answer)?;
    let tokens = sign_in(&device, &tenant, &standing.user_id, standing.epoch, body.device_name.as_deref()).await;
    // suspended between the two hops
    let tokens = tokens.map_err(|problem| match problem.code {
        ProblemCode::UserSuspended | ProblemCode::SessionEnded => invalid_credentials(),
        _ => problem,
    })?;
    Ok(tokens_answer(200, &tokens).into())
}
