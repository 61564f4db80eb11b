//! Tokens of an issuer: ID tokens (OpenID Connect Core 1.0, sections 2 and 3.1.3.7) and bearer JWTs (RFC 7519, RFC 9068).

use super::{Issuer, OidcError, Result};
use crate::jose::json::{Json, Object};
use crate::jose::{JoseError, PublicAlg, PublicJws, PublicKey, Rules, SignatureCheck};
use core::fmt;
use subtle::ConstantTimeEq;

/// How far the issuer's clock and ours may differ, seconds.
pub const CLOCK_TOLERANCE_S: u64 = 60;
/// Longest token, bytes. Those with many groups in them come to 8 KB.
pub const MAX_TOKEN: usize = 16_384;
/// Most audiences of a token.
const MAX_AUDIENCES: usize = 16;

/// Which kind of token is expected. One is not accepted in the place of the other where they say what they are (RFC 8725, section 3.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// From the token endpoint, about a sign-in of ours.
    IdToken,
    /// From a client, in `Authorization`.
    Bearer,
}

impl Kind {
    const fn rules(self) -> Rules {
        let typ: &[&str] = match self {
            Self::IdToken => &["jwt"],
            Self::Bearer => &["jwt", "at+jwt"],
        };
        Rules { max_len: MAX_TOKEN, typ, typ_optional: true, jwk: false }
    }
}

/// What the token has to say.
#[derive(Debug, Clone, Copy)]
pub struct Expectation<'a> {
    /// Who issued it: the key must have come from the same issuer.
    pub issuer: &'a Issuer,
    /// The client id or API identifier that `aud` has to hold.
    pub audience: &'a str,
    /// Values of `azp` that are accepted. Empty: for an ID token the audience itself, for a bearer token any.
    pub authorized_parties: &'a [&'a str],
    /// The nonce of the sign-in; needed for ID tokens of the code flow, `None` for bearer tokens.
    pub nonce: Option<&'a str>,
    /// Seconds since 1970.
    pub now_s: u64,
}

/// What a good token says. `Debug` leaves out what is personal.
#[derive(Clone, PartialEq, Eq)]
pub struct ExternalClaims {
    /// `sub`: the person, unique at this issuer.
    pub subject: String,
    /// `email`.
    pub email: Option<String>,
    /// `email_verified`: without it the address proves nothing.
    pub email_verified: bool,
    /// `name`.
    pub name: Option<String>,
    /// `jti`.
    pub jti: Option<String>,
    /// `exp`, seconds since 1970.
    pub expires_at_s: u64,
    /// `auth_time`, seconds since 1970.
    pub authenticated_at_s: Option<u64>,
}

impl fmt::Debug for ExternalClaims {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ExternalClaims").field("expires_at_s", &self.expires_at_s).finish_non_exhaustive()
    }
}

/// A token of the right form, not verified.
#[derive(Debug, Clone)]
pub struct ExternalToken {
    jws: PublicJws,
    kind: Kind,
}

impl ExternalToken {
    /// Reads a token. RS256 and ES256 are accepted.
    ///
    /// # Errors
    /// [`OidcError::Form`].
    pub fn parse(text: &str, kind: Kind) -> Result<Self> {
        let jws = PublicJws::parse(text, &kind.rules(), &[PublicAlg::Rs256, PublicAlg::Es256])?;
        Ok(Self { jws, kind })
    }

    /// The id of the needed key.
    pub fn kid(&self) -> Option<&str> {
        self.jws.kid()
    }

    /// The algorithm of the needed key.
    pub fn alg(&self) -> PublicAlg {
        self.jws.alg()
    }

    /// `iss`, unverified: only to choose among the tenant's issuers whose keys to ask for.
    ///
    /// # Errors
    /// [`OidcError::Form`].
    pub fn claimed_issuer(&self) -> Result<String> {
        Ok(Object::parse(self.jws.payload())?.needed("iss", 255)?.to_owned())
    }

    /// What has to be verified before [`ExternalToken::accept`]; `key` from [`super::Jwks`].
    ///
    /// # Errors
    /// [`OidcError::Form`] when the key does not fit.
    pub fn check<'a>(&'a self, key: &'a PublicKey) -> Result<SignatureCheck<'a>> {
        Ok(self.jws.check(key)?)
    }

    /// Judges the claims. `signature_ok`: what came of [`ExternalToken::check`].
    ///
    /// # Errors
    /// One variant of [`OidcError`] per cause.
    pub fn accept(self, signature_ok: bool, expected: &Expectation<'_>) -> Result<ExternalClaims> {
        if !signature_ok {
            return Err(OidcError::Signature);
        }
        let claims = Object::parse(self.jws.payload())?;
        if claims.needed("iss", 255)? != expected.issuer.as_str() {
            return Err(OidcError::Issuer);
        }
        self.judge_audience(&claims, expected)?;
        let expires_at_s = claims.date("exp")?.ok_or(JoseError::Missing("exp"))?;
        let latest = expected.now_s.saturating_add(CLOCK_TOLERANCE_S);
        if expires_at_s.saturating_add(CLOCK_TOLERANCE_S) <= expected.now_s {
            return Err(OidcError::Expired);
        }
        let issued = claims.date("iat")?;
        if self.kind == Kind::IdToken && issued.is_none() {
            return Err(JoseError::Missing("iat").into());
        }
        if issued.is_some_and(|issued| issued > latest) || claims.date("nbf")?.is_some_and(|from| from > latest) {
            return Err(OidcError::NotYetValid);
        }
        if let Some(nonce) = expected.nonce {
            let sent = claims.text("nonce", 255)?.unwrap_or_default();
            if !bool::from(sent.as_bytes().ct_eq(nonce.as_bytes())) {
                return Err(OidcError::Nonce);
            }
        }
        let owned = |name, longest| Ok::<_, JoseError>(claims.text(name, longest)?.map(str::to_owned));
        Ok(ExternalClaims {
            subject: claims.needed("sub", 255)?.to_owned(),
            email: owned("email", 320)?,
            // Some send it as a text.
            email_verified: match claims.get("email_verified") {
                Some(Json::Bool(value)) => *value,
                Some(value) => value.as_text() == Some("true"),
                None => false,
            },
            name: owned("name", 512)?,
            jti: owned("jti", 512)?,
            expires_at_s,
            authenticated_at_s: claims.date("auth_time")?,
        })
    }

    fn judge_audience(&self, claims: &Object<'_>, expected: &Expectation<'_>) -> Result<()> {
        let audiences = match claims.get("aud") {
            None => return Err(JoseError::Missing("aud").into()),
            Some(Json::Array(many)) if many.len() <= MAX_AUDIENCES => many.as_slice(),
            Some(text @ Json::Text(_)) => core::slice::from_ref(text),
            Some(_) => return Err(JoseError::Member("aud").into()),
        };
        if audiences.iter().any(|audience| audience.as_text().is_none()) {
            return Err(JoseError::Member("aud").into());
        }
        if expected.audience.is_empty()
            || !audiences.iter().any(|audience| audience.as_text() == Some(expected.audience))
        {
            return Err(OidcError::Audience);
        }
        let party = claims.text("azp", 512)?;
        let accepted = match (party, self.kind, expected.authorized_parties) {
            (None, Kind::IdToken, _) => audiences.len() == 1,
            (None, Kind::Bearer, parties) => parties.is_empty(),
            (Some(party), Kind::IdToken, []) => party == expected.audience,
            (Some(_), Kind::Bearer, []) => true,
            (Some(party), _, parties) => parties.contains(&party),
        };
        if accepted { Ok(()) } else { Err(OidcError::AuthorizedParty) }
    }
}
