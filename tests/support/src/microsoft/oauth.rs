//! The Microsoft identity platform's v2.0 endpoints (authorization code flow): whoever comes to the consent page agrees.

use super::Shared;
use crate::provider::{Answer, Code, Denied, Request, encode};
use serde_json::{Value, json};

/// An error in the platform's words; its number is at the head of the description.
fn error(status: u16, code: &str, number: u32, message: &str) -> Answer {
    let body = json!({
        "error": code, "error_description": format!("AADSTS{number}: {message}"), "error_codes": [number],
        "timestamp": "2026-01-01 00:00:00Z", "trace_id": "test", "correlation_id": "test",
        "error_uri": format!("https://login.microsoftonline.com/error?code={number}"),
    });
    Answer::json(status, &body)
}

fn denied(denied: Denied, refresh: bool) -> Answer {
    match denied {
        Denied::Client => error(401, "invalid_client", 7_000_215, "Invalid client secret provided."),
        Denied::Grant if refresh => {
            error(400, "invalid_grant", 700_082, "The refresh token has expired due to inactivity.")
        }
        Denied::Grant => {
            error(400, "invalid_grant", 54_005, "OAuth2 Authorization code was already redeemed or has expired.")
        }
        Denied::Redirect => error(
            400,
            "invalid_grant",
            500_112,
            "The reply address does not match the one of the authorization request.",
        ),
        Denied::Verifier => {
            let message = "The Code_Verifier does not match the code_challenge supplied in the authorization request.";
            error(400, "invalid_grant", 501_481, message)
        }
    }
}

/// Scopes without the resource's address.
fn scopes(text: &str) -> Vec<String> {
    let all = text.split(' ').filter(|scope| !scope.is_empty());
    all.map(|scope| scope.strip_prefix("https://graph.microsoft.com/").unwrap_or(scope).to_owned()).collect()
}

/// `GET /{tenant}/oauth2/v2.0/authorize`.
pub(super) fn authorize(shared: &Shared, request: &Request) -> Answer {
    let param = |name: &str| request.param(name).unwrap_or_default();
    let now = shared.clock.now_ms();
    let mut state = shared.lock();
    if !state.tokens.clients.contains_key(param("client_id")) {
        return Answer::text(400, "AADSTS700016: Application was not found in the directory.");
    }
    let redirect = param("redirect_uri").to_owned();
    if !redirect.starts_with("http") || param("response_type") != "code" || param("scope").is_empty() {
        return Answer::text(400, "AADSTS900144: The request must contain response_type, redirect_uri and scope.");
    }
    let back = |pairs: &str| {
        let joint = if redirect.contains('?') { '&' } else { '?' };
        let given = request.param("state").map(|state| format!("&state={}", encode(state))).unwrap_or_default();
        Answer::empty(302).with("location", &format!("{redirect}{joint}{pairs}{given}"))
    };
    let challenge = request.param("code_challenge").map(str::to_owned);
    if challenge.is_some() && param("code_challenge_method") != "S256" {
        return back("error=invalid_request&error_description=AADSTS501491");
    }
    let hint = request.param("login_hint").filter(|hint| state.mailboxes.contains_key(*hint)).map(str::to_owned);
    let signed_in = state.signed_in.clone();
    let Some(account) = signed_in.map(|signed_in| hint.unwrap_or(signed_in)) else {
        return back("error=access_denied&error_description=AADSTS65004");
    };
    let scopes = scopes(param("scope"));
    let offline = scopes.iter().any(|scope| scope == "offline_access");
    let (client, nonce) = (param("client_id").to_owned(), request.param("nonce").map(str::to_owned));
    let code = Code { client, redirect: redirect.clone(), challenge, account, scopes, nonce, offline, until_ms: 0 };
    let code = state.tokens.code("0.A", code, now);
    back(&format!("code={}&session_state=test", encode(&code)))
}

/// `POST /{tenant}/oauth2/v2.0/token`.
pub(super) fn token(shared: &Shared, request: &Request) -> Answer {
    let fields = request.fields();
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let now = shared.clock.now_ms();
    let mut state = shared.lock();
    let once = state.settings.refresh_once;
    let tokens = &mut state.tokens;
    if let Err(refused) = tokens.client(field("client_id"), fields.get("client_secret").map(String::as_str)) {
        return denied(refused, false);
    }
    let client = field("client_id").to_owned();
    let (account, granted, nonce, offline) = match field("grant_type") {
        "authorization_code" => {
            match tokens.redeem(field("code"), &client, field("redirect_uri"), field("code_verifier"), now) {
                Ok(code) => (code.account, code.scopes, code.nonce, code.offline),
                Err(refused) => return denied(refused, false),
            }
        }
        "refresh_token" => match tokens.refresh(field("refresh_token"), &client) {
            Ok(refresh) => {
                if once {
                    tokens.refresh.remove(field("refresh_token"));
                }
                (refresh.account, refresh.scopes, None, true)
            }
            Err(refused) => return denied(refused, true),
        },
        "" => {
            return error(
                400,
                "invalid_request",
                900_144,
                "The request body must contain the parameter: 'grant_type'.",
            );
        }
        _ => return error(400, "unsupported_grant_type", 70_003, "The app requested an unsupported grant type."),
    };
    // "must be equivalent to, or a subset of, the scopes" of the first request
    let asked = scopes(field("scope"));
    if asked.iter().any(|scope| !granted.contains(scope) && scope != ".default") {
        return error(400, "invalid_scope", 70_011, "The provided value for the input parameter 'scope' isn't valid.");
    }
    // refresh tokens "replace themselves with a fresh token upon every use"
    let refresh = offline.then(|| tokens.give_refresh("0.A", &client, &account, &granted));
    let told = if asked.is_empty() { &granted } else { &asked };
    let access = tokens.give_access("eyJ0", &account, told, refresh.as_deref(), now);
    let mut body = json!({
        "token_type": "Bearer", "scope": told.join(" "), "expires_in": 3599, "ext_expires_in": 3599, "access_token": access,
    });
    if let Some(refresh) = refresh {
        body["refresh_token"] = refresh.into();
    }
    if granted.iter().any(|scope| scope == "openid") {
        body["id_token"] = id_token(shared, &client, &account, nonce, now).into();
    }
    Answer::json(200, &body)
}

fn id_token(shared: &Shared, client: &str, account: &str, nonce: Option<String>, now: i64) -> String {
    let mut claims: Value = json!({
        "iss": format!("{}/test/v2.0", shared.url), "aud": client, "sub": format!("s-{account}"), "oid": format!("o-{account}"),
        "preferred_username": account, "email": account, "tid": "test", "iat": now / 1000, "exp": now / 1000 + 3600, "ver": "2.0",
    });
    if let Some(nonce) = nonce {
        claims["nonce"] = nonce.into();
    }
    shared.key.token(&claims)
}
