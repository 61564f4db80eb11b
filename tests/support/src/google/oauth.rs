//! Google's OAuth 2.0 endpoints (Identity, "Using OAuth 2.0 for Web Server Applications"): whoever comes to the consent page agrees.

use super::Shared;
use crate::provider::{Answer, Denied, Request, encode};
use serde_json::{Value, json};

/// RFC 6749, section 5.2, in Google's words.
fn error(status: u16, code: &str, description: &str) -> Answer {
    Answer::json(status, &json!({"error": code, "error_description": description}))
}

fn denied(denied: Denied) -> Answer {
    match denied {
        Denied::Client => error(401, "invalid_client", "The OAuth client was not found."),
        Denied::Grant => error(400, "invalid_grant", "Token has been expired or revoked."),
        Denied::Redirect => error(400, "redirect_uri_mismatch", "Bad Request"),
        Denied::Verifier => error(400, "invalid_grant", "Invalid code verifier."),
    }
}

/// `GET /o/oauth2/v2/auth`. Errors that cannot go back to the client are pages with 400.
pub(super) fn authorize(shared: &Shared, request: &Request) -> Answer {
    let param = |name: &str| request.param(name).unwrap_or_default();
    let now = shared.clock.now_ms();
    let mut state = shared.lock();
    if !state.tokens.clients.contains_key(param("client_id")) {
        return Answer::text(401, "Error 401: invalid_client");
    }
    let redirect = param("redirect_uri");
    if !redirect.starts_with("http") || param("response_type") != "code" || param("scope").is_empty() {
        return Answer::text(400, "Error 400: invalid_request");
    }
    let back = |pairs: &str| {
        let joint = if redirect.contains('?') { '&' } else { '?' };
        let given = request.param("state").map(|state| format!("&state={}", encode(state))).unwrap_or_default();
        Answer::empty(302).with("location", &format!("{redirect}{joint}{pairs}{given}"))
    };
    let challenge = request.param("code_challenge").map(str::to_owned);
    if challenge.is_some() && param("code_challenge_method") != "S256" {
        return Answer::text(400, "Error 400: invalid_request: code_challenge_method");
    }
    let hint = request.param("login_hint").filter(|hint| state.accounts.contains_key(*hint)).map(str::to_owned);
    let signed_in = state.signed_in.clone();
    let Some(account) = signed_in.map(|signed_in| hint.unwrap_or(signed_in)) else {
        return back("error=access_denied");
    };
    // a refresh token comes with the first consent, and again only with `prompt=consent`
    let client = param("client_id").to_owned();
    let first = state.accounts.get_mut(&account).is_some_and(|account| account.granted.insert(client.clone()));
    let offline =
        param("access_type") == "offline" && (first || param("prompt").split(' ').any(|word| word == "consent"));
    let scopes: Vec<String> = param("scope").split(' ').map(str::to_owned).collect();
    let scope = encode(&scopes.join(" "));
    let nonce = request.param("nonce").map(str::to_owned);
    let redirect = redirect.to_owned();
    let code = crate::provider::Code { client, redirect, challenge, account, scopes, nonce, offline, until_ms: 0 };
    let code = state.tokens.code("4/", code, now);
    back(&format!("code={}&scope={scope}", encode(&code)))
}

/// `POST /token`.
pub(super) fn token(shared: &Shared, request: &Request) -> Answer {
    let fields = request.fields();
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let now = shared.clock.now_ms();
    let mut state = shared.lock();
    if !request.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
        return error(400, "invalid_request", "Could not find required parameters in the form.");
    }
    let tokens = &mut state.tokens;
    if let Err(refused) = tokens.client(field("client_id"), fields.get("client_secret").map(String::as_str)) {
        return denied(refused);
    }
    let client = field("client_id").to_owned();
    match field("grant_type") {
        "authorization_code" => {
            let code = tokens.redeem(field("code"), &client, field("redirect_uri"), field("code_verifier"), now);
            let code = match code {
                Ok(code) => code,
                Err(refused) => return denied(refused),
            };
            let refresh = code.offline.then(|| tokens.give_refresh("1//", &client, &code.account, &code.scopes));
            let access = tokens.give_access("ya29.", &code.account, &code.scopes, refresh.as_deref(), now);
            let mut body = granted(&access, &code.scopes);
            if let Some(refresh) = refresh {
                body["refresh_token"] = refresh.into();
            }
            if code.scopes.iter().any(|scope| scope == "openid") {
                let mut claims = json!({
                    "iss": shared.url, "aud": client, "sub": subject(&code.account), "email": code.account,
                    "email_verified": true, "iat": now / 1000, "exp": now / 1000 + 3600,
                });
                if let Some(nonce) = code.nonce {
                    claims["nonce"] = nonce.into();
                }
                body["id_token"] = shared.key.token(&claims).into();
            }
            Answer::json(200, &body)
        }
        "refresh_token" => {
            let token = field("refresh_token").to_owned();
            let refresh = match tokens.refresh(&token, &client) {
                Ok(refresh) => refresh,
                Err(refused) => return denied(refused),
            };
            let access = tokens.give_access("ya29.", &refresh.account, &refresh.scopes, Some(&token), now);
            // Google's refresh tokens do not rotate
            Answer::json(200, &granted(&access, &refresh.scopes))
        }
        "" => error(400, "invalid_request", "Required parameter is missing: grant_type"),
        other => error(400, "unsupported_grant_type", &format!("Invalid grant_type: {other}")),
    }
}

fn granted(access: &str, scopes: &[String]) -> Value {
    json!({"access_token": access, "expires_in": 3599, "scope": scopes.join(" "), "token_type": "Bearer"})
}

/// A person's number, from the address.
fn subject(email: &str) -> String {
    let sum = email.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(1_099_511_628_211) ^ u64::from(byte));
    format!("1{sum:020}")
}

/// `POST /revoke`: an access or a refresh token, in the query or the form.
pub(super) fn revoke(shared: &Shared, request: &Request) -> Answer {
    let fields = request.fields();
    let token = request.param("token").or_else(|| fields.get("token").map(String::as_str)).unwrap_or_default();
    let mut state = shared.lock();
    if state.tokens.revoke(token) {
        return Answer::json(200, &json!({}));
    }
    error(400, "invalid_token", "Token expired or revoked")
}

/// `GET /oauth2/v3/userinfo`.
pub(super) fn person(shared: &Shared, request: &Request) -> Answer {
    match shared.access(request) {
        Some(access) => {
            let email = access.account;
            Answer::json(200, &json!({"sub": subject(&email), "email": email, "email_verified": true}))
        }
        None => error(401, "invalid_request", "Invalid Credentials"),
    }
}
