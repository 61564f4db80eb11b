//! The proof itself.

use super::{DpopError, NonceKey, Result, target};
use crate::jose::json::Object;
use crate::jose::{JoseError, PublicAlg, PublicJws, PublicKey, Rules, SignatureCheck, Thumbprint, base64url};
use core::fmt;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Longest proof, bytes.
pub const MAX_PROOF: usize = 4096;
/// How old a proof may be, seconds.
pub const MAX_AGE_S: u64 = 60;
/// How far the device's clock may be ahead, seconds.
pub const MAX_FUTURE_S: u64 = 5;

const RULES: Rules = Rules { max_len: MAX_PROOF, typ: &["dpop+jwt"], typ_optional: false, jwk: true };

/// What the proof has to be about.
#[derive(Debug, Clone, Copy)]
pub struct Expectation<'a> {
    /// Method of the request, in capitals.
    pub method: &'a str,
    /// Address of the request as received, before any rewriting; its query and fragment are of no account.
    pub url: &'a str,
    /// Seconds since 1970.
    pub now_s: u64,
    /// The access token that comes with the request; then `ath` is needed, else it is refused.
    pub access_token: Option<&'a str>,
    /// The key that the access token (`cnf.jkt`) or the device is bound to. `None` where a device makes itself known.
    pub key: Option<Thumbprint>,
    /// The nonces that are needed; `None` where none is.
    pub nonces: Option<&'a NonceKey>,
}

/// What a good proof says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The key that the device holds.
    pub key: Thumbprint,
    /// To be used once.
    pub jti: String,
    /// When it was made, by the device's clock, seconds since 1970.
    pub issued_at_s: u64,
    /// The last second at which this proof would be accepted again: until then the `jti` is kept.
    pub forget_after_s: u64,
    /// The nonce was that of the period before: hand out the current one (`DPoP-Nonce`) with the answer.
    pub wants_nonce: bool,
    /// The incarnation that the nonce is of ([`super::Known`]).
    pub incarnation: Option<u64>,
}

/// A proof of the right form, not verified.
#[derive(Clone)]
pub struct Proof {
    jws: PublicJws,
    key: PublicKey,
    jti: String,
    method: String,
    target: String,
    issued_at_s: u64,
    token_hash: Option<String>,
    nonce: Option<String>,
}

impl Proof {
    /// Reads the value of the header field `DPoP`. Two such fields, joined by a comma, are no JWS (RFC 9449, section 4.3, item 1).
    ///
    /// # Errors
    /// [`DpopError::Form`], [`DpopError::Jti`].
    pub fn parse(text: &str) -> Result<Self> {
        let jws = PublicJws::parse(text, &RULES, &[PublicAlg::Es256])?;
        let key = jws.jwk().ok_or(JoseError::Missing("jwk"))?.clone();
        // Tells a key of another type at once.
        jws.check(&key)?;
        let claims = Object::parse(jws.payload())?;
        let jti = claims.get("jti").ok_or(JoseError::Missing("jti"))?.as_text().ok_or(DpopError::Jti)?;
        if !(1..=64).contains(&jti.len()) || !jti.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(DpopError::Jti);
        }
        let proof = (
            jti.to_owned(),
            claims.needed("htm", 32)?.to_owned(),
            claims.needed("htu", 2048)?.to_owned(),
            claims.date("iat")?.ok_or(JoseError::Missing("iat"))?,
            claims.text("ath", 64)?.map(str::to_owned),
            claims.text("nonce", 64)?.map(str::to_owned),
        );
        let (jti, method, target, issued_at_s, token_hash, nonce) = proof;
        Ok(Self { jws, key, jti, method, target, issued_at_s, token_hash, nonce })
    }

    /// What has to be verified before [`Proof::accept`].
    pub fn check(&self) -> SignatureCheck<'_> {
        self.jws.check_fitting(&self.key)
    }

    /// The key in the proof, by its name: to look up who it may belong to. Nothing is proven yet.
    pub fn claimed_key(&self) -> Thumbprint {
        self.key.thumbprint()
    }

    /// Judges the proof. `signature_ok`: what came of [`Proof::check`].
    ///
    /// # Errors
    /// One variant of [`DpopError`] per cause. The nonce comes last, so that who gets `use_dpop_nonce` has nothing else to mend.
    pub fn accept(self, signature_ok: bool, expected: &Expectation<'_>) -> Result<Accepted> {
        if !signature_ok {
            return Err(DpopError::Signature);
        }
        if self.method != expected.method {
            return Err(DpopError::Method);
        }
        if !target::is_same(&self.target, expected.url) {
            return Err(DpopError::Target);
        }
        if self.issued_at_s > expected.now_s.saturating_add(MAX_FUTURE_S) {
            return Err(DpopError::InFuture);
        }
        let forget_after_s = self.issued_at_s.saturating_add(MAX_AGE_S);
        if forget_after_s < expected.now_s {
            return Err(DpopError::Expired);
        }
        match (&self.token_hash, expected.access_token) {
            (Some(hash), Some(token)) if bool::from(access_token_hash(token).as_bytes().ct_eq(hash.as_bytes())) => {}
            (None, None) => {}
            (None, Some(_)) => return Err(DpopError::TokenHashMissing),
            _ => return Err(DpopError::TokenHash),
        }
        let key = self.key.thumbprint();
        if expected.key.is_some_and(|bound| bound != key) {
            return Err(DpopError::Binding);
        }
        let (wants_nonce, incarnation) = match expected.nonces {
            None => (false, None),
            Some(nonces) => {
                let nonce = self.nonce.as_deref().ok_or(DpopError::NonceMissing)?;
                let known = nonces.accepts(nonce, expected.now_s).ok_or(DpopError::Nonce)?;
                (!known.current, known.incarnation)
            }
        };
        let issued_at_s = self.issued_at_s;
        Ok(Accepted { key, jti: self.jti, issued_at_s, forget_after_s, wants_nonce, incarnation })
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Proof").field("jti", &self.jti).field("key", &self.key).finish_non_exhaustive()
    }
}

/// `ath` of a token: base64url of its SHA-256 (RFC 9449, section 4.2).
pub fn access_token_hash(token: &str) -> String {
    base64url::encode(&Sha256::digest(token))
}
