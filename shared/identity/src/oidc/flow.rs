//! The authorization code flow (OpenID Connect Core 1.0, section 3.1) with PKCE (RFC 7636), state and nonce.

use super::{Metadata, OidcError, Result, form};
use crate::jose::base64url;
use base64::{Engine, engine::general_purpose::STANDARD};
use core::fmt;
use sha2::{Digest, Sha256};

/// Our registration at an issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    id: String,
    redirect_uri: String,
    scope: String,
}

/// The secret of the registration.
#[derive(Clone)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// Wraps a secret.
    pub fn new(secret: String) -> Self {
        Self(secret)
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ClientSecret([secret])")
    }
}

impl Client {
    /// `scope` in words beside `openid`, which is always asked for, such as `email profile`.
    ///
    /// # Errors
    /// [`OidcError::Client`] when the id or the redirect address is empty or too long, or the scope has other characters than its own.
    pub fn new(id: &str, redirect_uri: &str, scope: &str) -> Result<Self> {
        // RFC 6749, appendix A: client_id is VSCHAR; scope-token has no quote and no backslash.
        let visible = |text: &str, longest| {
            (1..=longest).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let words = scope.len() <= 512
            && scope.bytes().all(|byte| byte == b' ' || (byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\')));
        if !visible(id, 512) || !visible(redirect_uri, 2048) || redirect_uri.contains('#') || !words {
            return Err(OidcError::Client);
        }
        let words =
            core::iter::once("openid").chain(scope.split(' ').filter(|word| !word.is_empty() && *word != "openid"));
        let scope = words.collect::<Vec<_>>().join(" ");
        Ok(Self { id: id.to_owned(), redirect_uri: redirect_uri.to_owned(), scope })
    }

    /// The client id: the audience of ID tokens.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// A sign-in under way. Kept on our side (or sealed in a `__Host-` cookie) until the browser comes back, used once.
#[derive(Clone, PartialEq, Eq)]
pub struct Pending {
    state: String,
    nonce: String,
    verifier: String,
}

impl Pending {
    /// From random bytes, 32 for each of the three.
    pub fn new(random: &[u8; 96]) -> Self {
        let (state, rest) = random.split_at(32);
        let (nonce, verifier) = rest.split_at(32);
        let [state, nonce, verifier] = [state, nonce, verifier].map(base64url::encode);
        Self { state, nonce, verifier }
    }

    /// From the text of [`Pending::to_text`].
    pub fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let mut part = || parts.next().filter(|part| base64url::decode_array::<32>(part).is_some()).map(str::to_owned);
        let pending = Self { state: part()?, nonce: part()?, verifier: part()? };
        parts.next().is_none().then_some(pending)
    }

    /// For keeping; a secret.
    pub fn to_text(&self) -> String {
        format!("{}.{}.{}", self.state, self.nonce, self.verifier)
    }

    /// The nonce that the ID token has to carry.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    pub(super) fn state(&self) -> &str {
        &self.state
    }

    /// Where to send the browser. `more`: further parameters, such as `prompt` or `login_hint`.
    pub fn authorize_url(&self, metadata: &Metadata, client: &Client, more: &[(&str, &str)]) -> String {
        let mut url = metadata.authorization_endpoint.clone();
        url.push(if url.contains('?') { '&' } else { '?' });
        let challenge = base64url::encode(&Sha256::digest(&self.verifier));
        let own = [
            ("response_type", "code"),
            ("client_id", &client.id),
            ("redirect_uri", &client.redirect_uri),
            ("scope", &client.scope),
            ("state", &self.state),
            ("nonce", &self.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let more = more.iter().filter(|(name, _)| own.iter().all(|(own, _)| own != name));
        for (name, value) in own.iter().chain(more) {
            form::append(&mut url, name, value);
        }
        url
    }

    /// The request that exchanges the code.
    pub fn token_request(
        &self,
        metadata: &Metadata,
        client: &Client,
        secret: Option<&ClientSecret>,
        code: &str,
    ) -> TokenRequest {
        let mut body = String::new();
        for (name, value) in [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &client.redirect_uri),
            ("code_verifier", &self.verifier),
        ] {
            form::append(&mut body, name, value);
        }
        let authorization = match secret {
            // RFC 6749, section 2.3.1: both are form-encoded before they are joined.
            Some(secret) if !metadata.secret_in_body => {
                let mut pair = String::new();
                form::encode(&client.id, &mut pair);
                pair.push(':');
                form::encode(&secret.0, &mut pair);
                Some(format!("Basic {}", STANDARD.encode(pair)))
            }
            secret => {
                form::append(&mut body, "client_id", &client.id);
                if let Some(secret) = secret {
                    form::append(&mut body, "client_secret", &secret.0);
                }
                None
            }
        };
        TokenRequest { url: metadata.token_endpoint.clone(), authorization, body }
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Pending([secret])")
    }
}

/// A POST to the token endpoint, `content-type: application/x-www-form-urlencoded`, `accept: application/json`.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// Where to.
    pub url: String,
    /// Value of `authorization`, if any; a secret.
    pub authorization: Option<String>,
    /// The body; a secret.
    pub body: String,
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TokenRequest({}, [secret])", self.url)
    }
}
