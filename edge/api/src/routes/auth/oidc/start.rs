//! `GET /v1/auth/oidc/start?tenant_id=&issuer=&return_to=`: sends a browser to the tenant's issuer (code flow with PKCE, state and
//! nonce). What has to be remembered until it is back stands sealed in a cookie of the browser, so that nobody else comes back with it.

use super::cookie::{self, Begun, PENDING, PENDING_S};
use super::{details, issuer, returns_to};
use crate::call::{Call, Outcome};
use crate::issuers;
use crate::query::{Query, refuse};
use attune_contracts::{Problem, ProblemCode};
use attune_domain::TenantId;
use attune_edge_kit::{Answer, random};
use attune_identity::oidc::{Client, Pending};

/// Handles the request.
///
/// # Errors
/// `invalid_parameter` naming the one that is wrong: no such tenant, no such issuer with a client of ours, an origin that is not on
/// the tenant's list `return_origins`; `unavailable` when the issuer cannot be reached.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let query = Query::parse(call.query, &["tenant_id", "issuer", "return_to"])?;
    let wanted = |name: &'static str| query.get(name).ok_or_else(|| refuse(name, "missing", "it is needed"));
    let (tenant_id, issuer_text, return_to) = (wanted("tenant_id")?, wanted("issuer")?, wanted("return_to")?);
    let unknown = || refuse("tenant_id", "unknown", "there is no such tenant");
    let tenant = TenantId::parse(tenant_id).ok().filter(|t| t.cell() == call.settings.config.cell);
    let tenant = tenant.ok_or_else(unknown)?;
    let detail = details(call, &tenant).await.map_err(|problem| match problem.code {
        ProblemCode::NotFound => unknown(),
        _ => problem,
    })?;
    if !cookie::origin(return_to).is_some_and(|origin| returns_to(&detail, origin)) {
        return Err(refuse("return_to", "not_allowed", "its origin is not one of the tenant's return_origins"));
    }
    let none = || refuse("issuer", "unknown", "the tenant has no such issuer with a client id");
    let (issuer, record) = issuer(call, &tenant, issuer_text).await.map_err(|problem| match problem.code {
        ProblemCode::InvalidToken => none(),
        _ => problem,
    })?;
    let client = client(call, &record.client_id.ok_or_else(none)?)?;
    let metadata = issuers::metadata(call, &issuer).await?;
    let pending = Pending::new(&random::bytes());
    let begun = Begun {
        pending: pending.to_text(),
        tenant: tenant.as_str().to_owned(),
        issuer: issuer.as_str().to_owned(),
        return_to: return_to.to_owned(),
        until: call.now + i64::from(PENDING_S) * 1_000,
    };
    let answer = Answer::empty(302)
        .with("location", pending.authorize_url(&metadata, &client, &[]))
        .with("set-cookie", cookie::set(call, PENDING, &begun, PENDING_S)?)
        .with("cache-control", "no-store")
        .with("referrer-policy", "no-referrer");
    Ok(answer.into())
}

/// Our registration: the issuer sends the browser back to the host that it came by.
///
/// # Errors
/// `unavailable`: the registration cannot be used.
pub fn client(call: &Call<'_>, id: &str) -> Result<Client, Problem> {
    let url = call.incoming.url();
    let origin = cookie::origin(url.split(['?', '#']).next().unwrap_or_default());
    let redirect = format!("{}/v1/auth/oidc/callback", origin.unwrap_or_default());
    Client::new(id, &redirect, "email profile").map_err(issuers::fault)
}
