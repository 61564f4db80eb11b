//! OpenID Connect issuers as this isolate knows them: their discovery documents and keys, kept for a while. Losing them costs two
//! fetches.
//!
//! Issuers are written by administrators of tenants, so what is fetched is bounded: https to public names only (the local
//! environment may use loopback), no redirects, 5 seconds, and a size per document. An issuer belongs to its address: two tenants
//! that name the same one share what was fetched.

use crate::call::Call;
use attune_aws::{HttpRequest, HttpResponse};
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::{Error, crypto, log, transport};
use attune_identity::jose::{MAX_KEY_SET, PublicAlg, PublicKey};
use attune_identity::oidc::{
    Expectation, ExternalClaims, ExternalToken, Issuer, Jwks, Lookup, MAX_DISCOVERY, MAX_TOKEN_RESPONSE, Metadata,
    OidcError, RETRY_S, Reach, TokenRequest, TokenResponse, discovery_url,
};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

const TIMEOUT_MS: u32 = 5_000;
/// How long a discovery document is used without asking again, seconds.
const FRESH_S: u64 = 3_600;
/// How long while the issuer does not answer, seconds.
const STALE_S: u64 = 24 * 3_600;
/// Most issuers kept; then all are forgotten.
const MOST: usize = 256;

#[derive(Debug, Default)]
struct Known {
    metadata: Option<(u64, Rc<Metadata>)>,
    failed_s: Option<u64>,
    keys: Jwks,
}

thread_local! {
    static KNOWN: RefCell<HashMap<String, Known>> = RefCell::default();
}

/// Does something with what is known of an issuer; never across an await.
fn known<T>(issuer: &Issuer, act: impl FnOnce(&mut Known) -> T) -> T {
    KNOWN.with_borrow_mut(|all| {
        if all.len() >= MOST && !all.contains_key(issuer.as_str()) {
            all.clear();
        }
        act(all.entry(issuer.as_str().to_owned()).or_default())
    })
}

/// An issuer's address, where this environment may go.
///
/// # Errors
/// [`OidcError::IssuerAddress`].
pub fn issuer(call: &Call<'_>, text: &str) -> Result<Issuer, OidcError> {
    let local = call.settings.config.environment == "local";
    Issuer::parse(text, if local { Reach::LocalToo } else { Reach::Public })
}

/// The problem of what an issuer or a token of it does wrong.
pub fn fault(fault: OidcError) -> Problem {
    let code = match fault {
        OidcError::Expired => ProblemCode::TokenExpired,
        OidcError::State | OidcError::CallbackIssuer | OidcError::Denied | OidcError::TokenRefused => {
            ProblemCode::InvalidCredentials
        }
        OidcError::CallbackForm => ProblemCode::InvalidParameter,
        OidcError::IssuerAddress
        | OidcError::Endpoint(_)
        | OidcError::DiscoveryIssuer
        | OidcError::Unsupported(_)
        | OidcError::Client => {
            return Problem::new(ProblemCode::Unavailable, fault.to_string()).retry_after(60);
        }
        _ => ProblemCode::InvalidToken,
    };
    Problem::new(code, fault.to_string())
}

/// The discovery document.
///
/// # Errors
/// `unavailable`.
pub async fn metadata(call: &Call<'_>, issuer: &Issuer) -> Result<Rc<Metadata>, Problem> {
    let now_s = call.now.unsigned_abs() / 1_000;
    let (kept, failed_s) = known(issuer, |known| (known.metadata.clone(), known.failed_s));
    let age = kept.as_ref().map_or(u64::MAX, |(at, _)| now_s.saturating_sub(*at));
    let kept = kept.map(|(_, metadata)| metadata);
    let waits = failed_s.is_some_and(|failed| now_s.saturating_sub(failed) < RETRY_S);
    match kept {
        Some(metadata) if age < FRESH_S || (age < STALE_S && waits) => return Ok(metadata),
        _ if waits => return Err(unavailable(RETRY_S)),
        _ => {}
    }
    let answer = get(discovery_url(issuer), MAX_DISCOVERY).await;
    let read = match answer {
        Ok(answer) if answer.status == 200 => Metadata::parse(&answer.body, issuer).map_err(|e| e.to_string()),
        Ok(answer) => Err(format!("status {}", answer.status)),
        Err(e) => Err(e.to_string()),
    };
    match read {
        Ok(metadata) => {
            let metadata = Rc::new(metadata);
            known(issuer, |known| {
                known.metadata = Some((now_s, Rc::clone(&metadata)));
                known.failed_s = None;
            });
            Ok(metadata)
        }
        Err(reason) => {
            note(call, "discovery", &reason);
            known(issuer, |known| known.failed_s = Some(now_s));
            kept.filter(|_| age < STALE_S).ok_or_else(|| unavailable(RETRY_S))
        }
    }
}

/// The key of a token. One that is not known is looked for once more at the issuer, not more often than once a minute.
async fn key(call: &Call<'_>, issuer: &Issuer, kid: Option<&str>, alg: PublicAlg) -> Result<PublicKey, Problem> {
    let now_s = call.now.unsigned_abs() / 1_000;
    for _ in 0..2 {
        let found = known(issuer, |known| {
            let found = match known.keys.lookup(kid, alg, now_s) {
                Lookup::Key(key) => Some(Ok(key.clone())),
                Lookup::Refused(fault) => Some(Err(self::fault(fault.into()))),
                Lookup::Unavailable { retry_after_s } => Some(Err(unavailable(retry_after_s))),
                Lookup::Fetch => None,
            };
            if found.is_none() {
                known.keys.begin(now_s);
            }
            found
        });
        if let Some(found) = found {
            return found;
        }
        let body = keys(call, issuer).await;
        if let Err(e) = known(issuer, |known| known.keys.finish(body.as_deref(), now_s)) {
            note(call, "keys", &e.to_string());
        }
    }
    Err(unavailable(RETRY_S))
}

async fn keys(call: &Call<'_>, issuer: &Issuer) -> Option<Vec<u8>> {
    let metadata = metadata(call, issuer).await.ok()?;
    match get(metadata.jwks_uri.clone(), MAX_KEY_SET).await {
        Ok(answer) if answer.status == 200 => Some(answer.body),
        Ok(answer) => {
            note(call, "keys", &format!("status {}", answer.status));
            None
        }
        Err(e) => {
            note(call, "keys", &e.to_string());
            None
        }
    }
}

/// Verifies a token of an issuer for one of these audiences.
///
/// # Errors
/// `invalid_token`, `token_expired`; `unavailable` when the issuer's keys cannot be had.
pub async fn verify(
    call: &Call<'_>,
    issuer: &Issuer,
    token: ExternalToken,
    audiences: &[String],
    nonce: Option<&str>,
) -> Result<ExternalClaims, Problem> {
    let key = key(call, issuer, token.kid(), token.alg()).await?;
    let check = token.check(&key).map_err(fault)?;
    let signature_ok = crypto::verify(&check).await.map_err(|e| call.unreachable("crypto", &e))?;
    let now_s = call.now.unsigned_abs() / 1_000;
    let mut judged = Err(OidcError::Audience);
    for audience in audiences {
        let expected = Expectation { issuer, audience, authorized_parties: &[], nonce, now_s };
        judged = token.clone().accept(signature_ok, &expected);
        if judged != Err(OidcError::Audience) {
            break;
        }
    }
    judged.map_err(fault)
}

/// Exchanges a code for the ID token.
///
/// # Errors
/// `invalid_credentials` when the issuer refuses the code, `unavailable`.
pub async fn exchange(call: &Call<'_>, request: TokenRequest) -> Result<TokenResponse, Problem> {
    let mut headers = vec![
        ("content-type".into(), "application/x-www-form-urlencoded".to_owned()),
        ("accept".into(), "application/json".to_owned()),
    ];
    headers.extend(request.authorization.map(|value| ("authorization".into(), value)));
    let request = HttpRequest { method: "POST", url: request.url, headers, body: request.body.into_bytes() };
    let answer = transport::send_limited(request, TIMEOUT_MS, MAX_TOKEN_RESPONSE).await.map_err(|e| {
        note(call, "token", &e.to_string());
        unavailable(RETRY_S)
    })?;
    if answer.status >= 500 {
        note(call, "token", &format!("status {}", answer.status));
        return Err(unavailable(RETRY_S));
    }
    TokenResponse::parse(answer.status, &answer.body).map_err(fault)
}

async fn get(url: String, limit: usize) -> Result<HttpResponse, Error> {
    let headers = vec![("accept".into(), "application/json".to_owned())];
    let request = HttpRequest { method: "GET", url, headers, body: Vec::new() };
    transport::send_limited(request, TIMEOUT_MS, limit).await
}

/// An issuer's name may be the tenant's business: only what went wrong goes to the log.
fn note(call: &Call<'_>, what: &'static str, reason: &str) {
    log::warn("issuer.failed")
        .with("request_id", call.trace.request_id.clone())
        .with("what", what)
        .with("reason", reason.to_owned())
        .write();
}

fn unavailable(seconds: u64) -> Problem {
    let seconds = u32::try_from(seconds.max(1)).unwrap_or(u32::MAX);
    Problem::new(ProblemCode::Unavailable, "the issuer cannot be reached").retry_after(seconds)
}
