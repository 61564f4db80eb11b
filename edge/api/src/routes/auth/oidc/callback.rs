//! `GET /v1/auth/oidc/callback`: the browser comes back from the issuer. Who it is becomes certain here; tokens are not made yet, as
//! a navigation cannot prove the device's key. The browser gets a code in a cookie, which `POST /v1/auth/oidc/complete` takes.

use super::cookie::{self, Begun, CODE, CODE_S, Code, PENDING};
use super::start::client;
use super::{issuer, person};
use crate::call::{Call, Outcome};
use crate::issuers;
use crate::routes::auth::invalid_credentials;
use crate::routes::issuers::sealed_field;
use attune_contracts::canonical::hex;
use attune_contracts::{Problem, ProblemCode};
use attune_domain::TenantId;
use attune_edge_kit::{Answer, random};
use attune_identity::oidc::{Callback, ClientSecret, ExternalToken, Kind, Pending};

/// Handles the request.
///
/// # Errors
/// `invalid_credentials` when this browser began no sign-in or too long ago, the state is another one, the issuer refuses, or the
/// tenant does not know who it is; `invalid_parameter`, `invalid_token`, `token_expired`, `user_suspended`, `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let detail = "this browser began no sign-in, or too long ago";
    let begun: Option<Begun> = cookie::get(call, PENDING);
    let begun = begun.filter(|begun| begun.until > call.now);
    let begun = begun.ok_or_else(|| Problem::new(ProblemCode::InvalidCredentials, detail))?;
    let pending = Pending::from_text(&begun.pending).ok_or_else(|| call.internal("cookie", "pending"))?;
    let tenant = TenantId::parse(&begun.tenant).map_err(|e| call.internal("cookie", e))?;
    let (issuer, record) = issuer(call, &tenant, &begun.issuer).await?;
    let client_id = record.client_id.ok_or_else(invalid_credentials)?;
    let client = client(call, &client_id)?;
    let metadata = issuers::metadata(call, &issuer).await?;
    let callback = Callback::parse(call.query, &pending, &metadata).map_err(issuers::fault)?;
    let secret = record.sealed_secret.as_deref().map(|sealed| {
        let opened = call.settings.master_keys.open(tenant.as_str(), &sealed_field(issuer.as_str()), sealed);
        let opened = opened.map_err(|e| call.internal("client secret", e))?;
        let text = String::from_utf8(opened.expose().clone()).map_err(|e| call.internal("client secret", e))?;
        Ok::<_, Problem>(ClientSecret::new(text))
    });
    let request = pending.token_request(&metadata, &client, secret.transpose()?.as_ref(), callback.code());
    let response = issuers::exchange(call, request).await?;
    let token = ExternalToken::parse(&response.id_token, Kind::IdToken).map_err(issuers::fault)?;
    let claims = issuers::verify(call, &issuer, token, &[client_id], Some(pending.nonce())).await?;
    let person = person(call, &tenant, &issuer, claims).await?;
    let code = Code {
        id: format!("code.{}", hex(&random::bytes::<16>())),
        tenant: begun.tenant,
        user_id: person.user_id,
        until: call.now + i64::from(CODE_S) * 1_000,
    };
    let answer = Answer::empty(303)
        .with("location", begun.return_to)
        .with("set-cookie", cookie::clear(PENDING))
        .with("set-cookie", cookie::set(call, CODE, &code, CODE_S)?)
        .with("cache-control", "no-store")
        .with("referrer-policy", "no-referrer");
    Ok(answer.into())
}
