//! `POST /v1/auth/oidc/complete`: exchanges the code in the browser's cookie for tokens that are bound to its key. The code is good
//! once. No other page can do this: the cookie is not sent from other sites, the origin has to be one of the tenant's, and a proof is
//! needed.

use super::cookie::{self, CODE, Code};
use super::{details, returns_to};
use crate::call::{Call, Outcome};
use crate::routes::auth::{granted, invalid_credentials, new_sign_in, tokens_answer};
use crate::shells::protocol::SessionCommand;
use attune_contracts::auth::OidcCompleteV1;
use attune_contracts::{Problem, ProblemCode};
use attune_domain::TenantId;
use attune_objects::session::Proof;

/// Handles the request.
///
/// # Errors
/// `invalid_credentials` without a cookie of ours, or when its code was used or is too old; `origin_refused`; `user_suspended`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: OidcCompleteV1 = call.parse()?;
    let code: Option<Code> = cookie::get(call, CODE);
    let code = code.filter(|code| code.until > call.now).ok_or_else(invalid_credentials)?;
    let tenant = TenantId::parse(&code.tenant).map_err(|e| call.internal("cookie", e))?;
    let detail = details(call, &tenant).await?;
    let refused = || Problem::new(ProblemCode::OriginRefused, "this origin is not one of the tenant's return_origins");
    let origin = call.incoming.header("origin").filter(|origin| returns_to(&detail, origin)).ok_or_else(refused)?;
    let sign_in = new_sign_in(call, detail.epoch, body.device_name.as_deref())?;
    let once = Proof::once(code.id, code.until);
    let tokens = granted(call, &tenant, &code.user_id, &SessionCommand::SignInOnce(sign_in, once)).await?;
    let answer = tokens_answer(200, &tokens)
        .with("set-cookie", cookie::clear(CODE))
        .with("access-control-allow-origin", origin)
        .with("access-control-allow-credentials", "true")
        .with("vary", "origin");
    Ok(answer.into())
}
