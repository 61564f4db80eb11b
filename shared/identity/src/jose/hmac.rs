//! HS256 (RFC 7518, section 3.2), made and verified here.

use super::jws::{Compact, Header};
use super::{JoseError, Result, Rules, base64url};
use core::fmt;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// An HMAC key. It has no way into or out of the world of public keys.
#[derive(Clone)]
pub struct HmacKey(Hmac<Sha256>);

impl HmacKey {
    /// Shortest key, bytes (RFC 7518, section 3.2).
    pub const SHORTEST: usize = 32;

    /// From the secret's bytes.
    ///
    /// # Errors
    /// [`JoseError::KeyTooShort`].
    pub fn new(secret: &[u8]) -> Result<Self> {
        if secret.len() < Self::SHORTEST {
            return Err(JoseError::KeyTooShort);
        }
        Hmac::new_from_slice(secret).map(Self).map_err(|_| JoseError::KeyTooShort)
    }

    /// From hexadecimal of at least 32 bytes.
    pub fn from_hex(text: &str) -> Option<Self> {
        Self::new(&crate::hex::decode(text)?).ok()
    }

    /// A key for one purpose, as hexadecimal: HMAC-SHA-256 of the purpose's name under this one (RFC 5869's expansion with one block).
    /// One secret is kept, and what it is used for can never be mixed up.
    pub fn derive(&self, purpose: &str) -> String {
        crate::hex::encode(&self.mac(&[purpose.as_bytes(), &[1]]))
    }

    /// HMAC-SHA-256 over the parts, one after the other.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// A token. `header` is already base64url, since it is the same for every token of a key.
    pub(crate) fn mint(&self, header: &str, payload: &str) -> String {
        let mut token = String::with_capacity(header.len() + payload.len().div_ceil(3) * 4 + 46);
        token.push_str(header);
        token.push('.');
        base64url::append(payload.as_bytes(), &mut token);
        let tag = self.mac(&[token.as_bytes()]);
        token.push('.');
        base64url::append(&tag, &mut token);
        token
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("HmacKey([secret])")
    }
}

/// A token signed with HS256, of the right form, **not verified**.
#[derive(Clone)]
pub struct HmacJws<'a> {
    input: &'a str,
    kid: Option<String>,
    payload: Vec<u8>,
    signature: [u8; 32],
}

impl<'a> HmacJws<'a> {
    /// Reads a token; HS256 is the only accepted algorithm.
    ///
    /// # Errors
    /// The variants of [`JoseError`] on the outer form, JSON and the header.
    pub fn parse(text: &'a str, rules: &Rules) -> Result<Self> {
        let compact = Compact::split(text, rules.max_len)?;
        let header = Header::parse(&compact.header, rules)?;
        if header.alg()? != "HS256" {
            return Err(JoseError::AlgNotAllowed);
        }
        let kid = header.kid()?;
        let signature = base64url::decode(compact.signature)?;
        let signature = signature.try_into().map_err(|_| JoseError::SignatureLength)?;
        Ok(Self { input: compact.input, kid, payload: compact.payload, signature })
    }

    /// The key id of the header.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The payload, which anybody may have written: only to find out whose key is meant.
    pub(crate) fn unverified_payload(&self) -> &[u8] {
        &self.payload
    }

    /// The payload, if the signature is of this key (compared in constant time).
    ///
    /// # Errors
    /// [`JoseError::Signature`].
    pub fn verify(&self, key: &HmacKey) -> Result<&[u8]> {
        let tag = key.mac(&[self.input.as_bytes()]);
        if bool::from(tag.ct_eq(&self.signature)) { Ok(&self.payload) } else { Err(JoseError::Signature) }
    }
}

impl fmt::Debug for HmacJws<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HmacJws").field("kid", &self.kid).finish_non_exhaustive()
    }
}
