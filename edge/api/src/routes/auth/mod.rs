//! Signing in, staying signed in, signing out.

pub mod accept_invitation;
pub mod email;
pub mod logout;
pub mod oidc;
pub mod password;
pub mod refresh;

use crate::asked::Objects;
use crate::auth::{Line, Proven, proven};
use crate::call::Call;
use crate::limit::Limiting;
use crate::router::Auth;
use crate::shells::protocol::SessionCommand;
use attune_contracts::auth::TokensV1;
use attune_contracts::{FieldError, Problem, ProblemCode, SCHEMA_VERSION};
use attune_domain::id::ulid_text;
use attune_domain::{DeviceId, TenantId};
use attune_edge_kit::{Answer, random};
use attune_identity::access::{AccessClaims, LIFETIME_S};
use attune_identity::jose::Thumbprint;
use attune_identity::limits::RouteClass;
use attune_identity::refresh::RefreshToken;
use attune_objects::session::{Granted, NewDevice, SignIn};
use std::cell::RefCell;

/// The device whose proof comes beside a key. The key was measured at the door; with a class, the address is measured here.
///
/// # Errors
/// `rate_limited`; those of a missing or wrong proof.
pub async fn proven_beside_key(call: &Call<'_>, class: Option<RouteClass>) -> Result<Proven, Problem> {
    let line = Line { method: call.incoming.method(), url: call.incoming.url(), target: "" };
    let (env, settings, trace, timing) = (call.env, &**call.settings, call.trace, call.timing);
    let told = RefCell::default();
    let limiting = Limiting { env, settings, trace, timing, class, told: &told };
    limiting.before(Auth::Proof, call.incoming).await?;
    let objects = Objects { env, settings, now: call.now, trace, timing, limiting: &limiting };
    proven(line, call.incoming, &objects, settings, call.now.unsigned_abs()).await
}

/// Signs a device in for a user whose credential was judged, and gives its tokens.
///
/// # Errors
/// What the session refuses.
pub async fn sign_in(
    call: &Call<'_>,
    tenant: &TenantId,
    user_id: &str,
    tenant_epoch: u64,
    device_name: Option<&str>,
) -> Result<TokensV1, Problem> {
    let sign_in = new_sign_in(call, tenant_epoch, device_name)?;
    granted(call, tenant, user_id, &SessionCommand::SignIn(sign_in)).await
}

/// A sign-in of the device that has proven its key here.
///
/// # Errors
/// `internal`.
pub fn new_sign_in(call: &Call<'_>, tenant_epoch: u64, device_name: Option<&str>) -> Result<SignIn, Problem> {
    let proven = call.caller.proven()?;
    let agent = call.incoming.header("user-agent").unwrap_or_default();
    let agent = agent_family(&agent);
    let device = NewDevice {
        device_id: DeviceId::new(call.now, random::u128()).as_str().to_owned(),
        jkt: proven.jkt.clone(),
        name: device_name.unwrap_or(agent).to_owned(),
        agent: agent.to_owned(),
    };
    let family_id = ulid_text(call.now, random::u128());
    Ok(SignIn { device, family_id, tenant_epoch, proof: Some(proven.proof.clone()) })
}

/// Has the session sign a device in, and gives its tokens.
///
/// # Errors
/// What the session refuses.
pub async fn granted(
    call: &Call<'_>,
    tenant: &TenantId,
    user_id: &str,
    command: &SessionCommand,
) -> Result<TokensV1, Problem> {
    let answer = call.ask_session(tenant, user_id, command).await?;
    tokens(call, tenant, user_id, call.caller.proven()?, &call.read(&answer)?)
}

/// The tenant that a body names.
///
/// # Errors
/// `invalid_body`: not the form of an id, or one of another cell.
pub fn tenant_in_body(call: &Call<'_>, text: &str) -> Result<TenantId, Problem> {
    match TenantId::parse(text) {
        Ok(tenant) if tenant.cell() == call.settings.config.cell => Ok(tenant),
        _ => {
            let error = FieldError::new("/tenant_id", "invalid", "expected the id of a tenant of this cell, tnt_…");
            Err(Problem::new(ProblemCode::InvalidBody, "1 field(s) of the body are wrong").with_errors(vec![error]))
        }
    }
}

/// The credentials are not accepted, and which of them it was is nobody's business.
pub fn invalid_credentials() -> Problem {
    Problem::new(ProblemCode::InvalidCredentials, "the credentials are not accepted")
}

/// The tokens of what a session granted.
///
/// # Errors
/// `internal`.
pub fn tokens(
    call: &Call<'_>,
    tenant: &TenantId,
    user_id: &str,
    proven: &Proven,
    granted: &Granted,
) -> Result<TokensV1, Problem> {
    let key = Thumbprint::parse(&proven.jkt).map_err(|e| call.internal("thumbprint", e))?;
    // What ended a moment ago ended everything of that second.
    let now_s = (call.now.unsigned_abs() / 1_000).max(granted.not_before_s.unsigned_abs());
    let cell = call.settings.config.cell.as_str();
    let claims = AccessClaims {
        cell: cell.to_owned(),
        user: user_id.to_owned(),
        tenant: tenant.as_str().to_owned(),
        device: granted.device_id.clone(),
        epoch: granted.tenant_epoch,
        jti: ulid_text(call.now, random::u128()),
        key,
        issued_at_s: now_s,
        expires_at_s: now_s + LIFETIME_S,
    };
    let refresh = RefreshToken {
        cell: cell.to_owned(),
        tenant: tenant.ulid().to_owned(),
        user: user_id.trim_start_matches("usr_").to_owned(),
        family: granted.family_id.clone(),
        counter: u32::try_from(granted.counter).map_err(|e| call.internal("counter", e))?,
    };
    Ok(TokensV1 {
        schema_version: SCHEMA_VERSION,
        access_token: call.settings.access_keys.mint(&claims, now_s),
        token_type: "DPoP".to_owned(),
        expires_in: u32::try_from(LIFETIME_S).unwrap_or(u32::MAX),
        refresh_token: call.settings.refresh_keys.make(&refresh).expose().to_owned(),
        user_id: user_id.to_owned(),
        device_id: granted.device_id.clone(),
    })
}

/// An answer with tokens in it (RFC 6749, section 5.1: never cached).
pub fn tokens_answer(status: u16, tokens: &TokensV1) -> Answer {
    Answer::json(status, tokens).with("cache-control", "no-store")
}

/// A refresh token, verified, with its tenant and user.
///
/// # Errors
/// `session_ended`: which part of it is wrong is told, as it says nothing about what exists.
pub fn refresh_token(call: &Call<'_>, text: &str) -> Result<(RefreshToken, TenantId, String), Problem> {
    let cell = &call.settings.config.cell;
    let bad = |e: attune_identity::refresh::RefreshError| Problem::new(ProblemCode::SessionEnded, e.to_string());
    let (token, secret) = RefreshToken::parse(text).map_err(bad)?;
    call.settings.refresh_keys.verify(&token, &secret, cell.as_str()).map_err(bad)?;
    let tenant = TenantId::from_ulid(cell, &token.tenant).map_err(|e| call.internal("tenant", e))?;
    let user_id = format!("usr_{}", token.user);
    Ok((token, tenant, user_id))
}

/// The family of a user agent, never the whole header: that would be a fingerprint.
fn agent_family(agent: &str) -> &'static str {
    // In this order: most name the ones behind them as well.
    for (mark, family) in [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("okhttp", "Android"),
        ("CFNetwork", "iOS"),
        ("curl/", "curl"),
    ] {
        if agent.contains(mark) {
            return family;
        }
    }
    "Other"
}

#[cfg(test)]
mod tests {
    use super::agent_family;

    #[test]
    fn the_family_of_an_agent_is_told_apart() {
        let edge = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0";
        assert_eq!(agent_family(edge), "Edge");
        assert_eq!(agent_family("Mozilla/5.0 (X11; rv:140.0) Gecko/20100101 Firefox/140.0"), "Firefox");
        assert_eq!(agent_family("curl/8.0"), "curl");
        assert_eq!(agent_family("<script>"), "Other");
    }
}
