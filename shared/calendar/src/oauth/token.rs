//! The answers of the token endpoint (RFC 6749, 5.1 and 5.2) and of revocation (RFC 7009, 2.2).

use super::provider::{Grant, Provider};
use crate::failure::{Failure, Reason};
use crate::http::Response;
use crate::wire;
use attune_domain::{Secret, json};
use serde::Deserialize;

/// What was granted. `Debug` shows no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// The access token.
    pub access: Secret<String>,
    /// The refresh token. Absent from a refresh where the old one stays good (Google); where one is there it replaces
    /// the old one.
    pub refresh: Option<Secret<String>>,
    /// Seconds from the answer until the access token ends. Where the server does not say, 300.
    pub expires_in_s: u32,
    /// The scopes that were granted, where they are not just those asked for: a user may leave some out.
    pub scope: Option<String>,
}

impl Tokens {
    /// Is all that a grant needs there? Compared without case, and Microsoft's scopes without their resource, as it
    /// may name them.
    pub fn grants(&self, provider: &Provider, grant: Grant) -> bool {
        let Some(given) = &self.scope else { return true };
        let short =
            |scope: &str| scope.strip_prefix("https://graph.microsoft.com/").unwrap_or(scope).to_ascii_lowercase();
        let given: Vec<_> = given.split_ascii_whitespace().map(short).collect();
        let all = |grant: Grant| {
            let mut needed = provider.scopes(grant).iter().filter(|scope| !provider.unnamed.contains(scope));
            needed.all(|scope| given.contains(&short(scope)))
        };
        all(grant) || all(Grant::Write)
    }
}

#[derive(Deserialize)]
struct Good {
    access_token: Secret<String>,
    token_type: String,
    #[serde(default)]
    expires_in: Option<Seconds>,
    #[serde(default)]
    refresh_token: Option<Secret<String>>,
    #[serde(default)]
    scope: Option<String>,
}

/// A number, or a text of one, which some servers write.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(u32),
    Text(String),
}

#[derive(Deserialize)]
struct Bad {
    #[serde(default)]
    error: String,
}

const UNSAID_S: u32 = 300;

/// Reads the answer to a code or a refresh token.
///
/// # Errors
/// `invalid_grant`, `interaction_required` and the like: [`Failure::Reauthorize`], the user has to connect anew.
/// `temporarily_unavailable`, `server_error`, `slow_down`, 429, 5xx: [`Failure::Retry`]. Anything else is wrong with
/// us: [`Failure::GiveUp`].
pub fn tokens(response: &Response) -> Result<Tokens, Failure> {
    if !(200..300).contains(&response.status) {
        return Err(failure(response));
    }
    let good: Good = json::from_slice(&response.body).map_err(|_| wire::unreadable())?;
    if !good.token_type.eq_ignore_ascii_case("bearer") || good.access_token.expose().is_empty() {
        return Err(wire::unreadable());
    }
    let expires_in_s = match good.expires_in {
        Some(Seconds::Number(seconds)) => seconds,
        Some(Seconds::Text(text)) => text.parse().unwrap_or(UNSAID_S),
        None => UNSAID_S,
    };
    let refresh = good.refresh_token.filter(|token| !token.expose().is_empty());
    Ok(Tokens { access: good.access_token, refresh, expires_in_s, scope: good.scope })
}

/// Reads the answer to a revocation: a token that is not known is revoked.
///
/// # Errors
/// As [`tokens`].
pub fn revoked(response: &Response) -> Result<(), Failure> {
    match response.status {
        200..=299 => Ok(()),
        400 if word(response) == "invalid_token" => Ok(()),
        _ => Err(failure(response)),
    }
}

fn word(response: &Response) -> String {
    json::from_slice::<Bad>(&response.body).map(|bad| bad.error).unwrap_or_default()
}

fn failure(response: &Response) -> Failure {
    let word = word(response);
    match word.as_str() {
        "invalid_grant"
        | "interaction_required"
        | "consent_required"
        | "login_required"
        | "access_denied"
        | "invalid_token" => Failure::Reauthorize,
        "temporarily_unavailable" | "server_error" | "slow_down" => Failure::retry(response),
        _ if matches!(response.status, 408 | 425 | 429 | 500..) => Failure::retry(response),
        "invalid_client" | "unauthorized_client" => Failure::give_up(Reason::Forbidden, &word),
        "unsupported_grant_type" => Failure::give_up(Reason::Unsupported, &word),
        _ => Failure::give_up(Reason::Invalid, wire::word(&word)),
    }
}
