//! What the token endpoint answers (RFC 6749, section 5; OpenID Connect Core 1.0, section 3.1.3.3).

use super::{OidcError, Result};
use crate::jose::JoseError;
use crate::jose::json::Object;
use core::fmt;

/// Largest answer, bytes.
pub const MAX_TOKEN_RESPONSE: usize = 65_536;

/// The one thing that is wanted: who signed in. The issuer's access and refresh tokens are not kept.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenResponse {
    /// The ID token, not verified: [`super::ExternalToken::parse`] comes next.
    pub id_token: String,
}

impl TokenResponse {
    /// Reads the answer.
    ///
    /// # Errors
    /// [`OidcError::TokenRefused`] for an error of the issuer or a status other than 200, [`OidcError::Form`].
    pub fn parse(status: u16, json: &[u8]) -> Result<Self> {
        if json.len() > MAX_TOKEN_RESPONSE {
            return Err(JoseError::TooLong.into());
        }
        if status != 200 {
            return Err(OidcError::TokenRefused);
        }
        let answer = Object::parse(json)?;
        if answer.has("error") {
            return Err(OidcError::TokenRefused);
        }
        if !answer.needed("token_type", 32)?.eq_ignore_ascii_case("bearer") {
            return Err(JoseError::Member("token_type").into());
        }
        Ok(Self { id_token: answer.needed("id_token", super::MAX_TOKEN)?.to_owned() })
    }
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TokenResponse([secret])")
    }
}
