//! Our side: where the user is sent, what comes back, and what we ask for then.

use super::pkce::challenge;
use super::provider::{Grant, Provider};
use crate::http::Request;
use crate::url::{self, Url};
use attune_domain::Secret;

/// Our registration with a provider.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    /// The provider.
    pub provider: &'a Provider,
    /// `client_id`.
    pub id: &'a str,
    /// `client_secret`, for clients that have one.
    pub secret: Option<&'a Secret<String>>,
    /// `redirect_uri`, exactly as it is registered.
    pub redirect_uri: &'a str,
}

impl Client<'_> {
    /// Where to send the user. `state` is bound to his session and not guessable; `verifier` is kept for
    /// [`exchange`](Self::exchange). `hint` is the address of the account to connect again.
    pub fn authorize(&self, grant: Grant, state: &str, verifier: &Secret<String>, hint: Option<&str>) -> String {
        let mut url = Url::new(&self.provider.authorize, &[])
            .with("response_type", "code")
            .with("client_id", self.id)
            .with("redirect_uri", self.redirect_uri)
            .with("scope", &self.provider.scopes(grant).join(" "))
            .with("state", state)
            .with("code_challenge", &challenge(verifier))
            .with("code_challenge_method", "S256")
            .with_some("login_hint", hint);
        for (name, value) in self.provider.parameters {
            url = url.with(name, value);
        }
        url.text()
    }

    /// Exchanges a code (RFC 6749, 4.1.3; RFC 7636, 4.5); the answer is read by [`tokens`](super::tokens).
    pub fn exchange(&self, code: &Secret<String>, verifier: &Secret<String>) -> Request {
        self.post(
            &self.provider.token,
            &[
                ("grant_type", "authorization_code"),
                ("code", code.expose()),
                ("redirect_uri", self.redirect_uri),
                ("code_verifier", verifier.expose()),
            ],
        )
    }

    /// Exchanges a refresh token (RFC 6749, 6); the answer is read by [`tokens`](super::tokens).
    pub fn refresh(&self, refresh: &Secret<String>) -> Request {
        self.post(&self.provider.token, &[("grant_type", "refresh_token"), ("refresh_token", refresh.expose())])
    }

    /// Revokes a token, and with it all that was granted; the answer is read by [`revoked`](super::revoked). `None`
    /// where the provider has no means for it: to forget the tokens is all that can be done.
    pub fn revoke(&self, token: &Secret<String>) -> Option<Request> {
        let url = self.provider.revoke.as_deref()?;
        Some(form(url, &[("token", token.expose())]))
    }

    /// The client names itself in the body (RFC 6749, 2.3.1), which both providers document.
    fn post(&self, url: &str, fields: &[(&str, &str)]) -> Request {
        let mut fields = fields.to_vec();
        fields.push(("client_id", self.id));
        fields.extend(self.secret.map(|secret| ("client_secret", secret.expose().as_str())));
        form(url, &fields)
    }
}

fn form(url: &str, fields: &[(&str, &str)]) -> Request {
    let headers = vec![
        ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ("accept", "application/json".to_owned()),
    ];
    Request { method: "POST", url: url.to_owned(), headers, body: url::form(fields) }
}

/// What the provider sent the user back with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// To be compared with the state of the user's session.
    pub state: String,
    /// The code for [`Client::exchange`].
    pub code: Secret<String>,
}

/// Why there is no code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallbackFault {
    /// The user did not agree, or may not (`access_denied`, `consent_required` and the like).
    #[error("access was not granted")]
    Denied,
    /// The provider could not answer now (`server_error`, `temporarily_unavailable`).
    #[error("the provider could not answer")]
    Later,
    /// The provider refuses the request itself: our registration is wrong.
    #[error("the provider refuses the request")]
    Refused,
    /// No state, or neither a code nor an error.
    #[error("neither a code nor an error")]
    Malformed,
}

/// Reads the query of a callback, without `?` (RFC 6749, 4.1.2). The state comes first: without one nothing is read.
///
/// # Errors
/// [`CallbackFault`].
pub fn callback(query: &str) -> Result<Callback, CallbackFault> {
    let given = |name: &str| url::parameter(query, name).filter(|value| !value.is_empty());
    let state = given("state").ok_or(CallbackFault::Malformed)?;
    match (given("error").as_deref(), given("code")) {
        (None, Some(code)) => Ok(Callback { state, code: Secret::new(code) }),
        (None, None) => Err(CallbackFault::Malformed),
        (Some("server_error" | "temporarily_unavailable"), _) => Err(CallbackFault::Later),
        (
            Some(
                "invalid_request"
                | "unauthorized_client"
                | "unsupported_response_type"
                | "invalid_scope"
                | "invalid_resource",
            ),
            _,
        ) => Err(CallbackFault::Refused),
        (Some(_), _) => Err(CallbackFault::Denied),
    }
}
