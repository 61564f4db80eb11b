//! Checking a signed request.

use super::base::{Params, request_base};
use super::digest::{self, byte_sequence, verify_content_digest};
use super::{LABEL, PublicKeys};
use crate::{Error, Result};
use ed25519_dalek::Signature;

/// How old a signature may be, in seconds (decision 6).
pub const MAX_AGE_S: u64 = 300;
/// How far the signer's clock may be ahead, in seconds.
pub const MAX_FUTURE_S: u64 = 30;

/// The three fields as received; `None` where a field is absent. Several lines of one field, joined by a comma as HTTP allows,
/// are refused by the strict reading.
#[derive(Debug, Clone, Copy, Default)]
pub struct SignatureHeaders<'a> {
    /// `content-digest`
    pub content_digest: Option<&'a str>,
    /// `signature-input`
    pub signature_input: Option<&'a str>,
    /// `signature`
    pub signature: Option<&'a str>,
}

/// A message that was signed by a known key, recently, as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Which key signed.
    pub kid: String,
    /// When, in seconds since 1970.
    pub created_s: u64,
}

/// Checks a request: `method` in capitals, `target` = path with the query, if any, as received and before any rewriting;
/// `now_s` in seconds since 1970; `max_age_s` usually [`MAX_AGE_S`].
///
/// # Errors
/// The variants of [`Error`] that belong to signed messages. The signature is looked at before the body's digest, so that an
/// unsigned large body costs no hashing.
pub fn verify(
    headers: SignatureHeaders<'_>,
    method: &str,
    target: &str,
    body: &[u8],
    now_s: u64,
    max_age_s: u64,
    keys: &PublicKeys,
) -> Result<Verified> {
    const INPUT: &str = "signature-input";
    const SIGNATURE: &str = "signature";
    let digest = headers.content_digest.ok_or(Error::HeaderMissing(digest::NAME))?;
    let input = headers.signature_input.ok_or(Error::HeaderMissing(INPUT))?;
    let signature = headers.signature.ok_or(Error::HeaderMissing(SIGNATURE))?;

    let text = input.strip_prefix(LABEL).and_then(|rest| rest.strip_prefix('='));
    let text = text.ok_or(Error::HeaderMalformed(INPUT))?;
    let params = Params::parse(text).ok_or(Error::HeaderMalformed(INPUT))?;
    if params.query != target.contains('?') {
        return Err(Error::HeaderMalformed(INPUT));
    }
    let signature = signature.strip_prefix(LABEL).and_then(|rest| byte_sequence(rest, "=:"));
    let signature = signature.and_then(|bytes| Signature::from_slice(&bytes).ok());
    let signature = signature.ok_or(Error::HeaderMalformed(SIGNATURE))?;

    if params.created > now_s.saturating_add(MAX_FUTURE_S) {
        return Err(Error::SignatureInFuture);
    }
    if now_s.saturating_sub(params.created) > max_age_s {
        return Err(Error::SignatureExpired);
    }
    let key = keys.get(params.keyid).ok_or(Error::SigningKeyUnknown)?;
    let base = request_base(method, target, digest, text)?;
    // Strict: refuses the malleable forms of a signature, so one message has one signature.
    key.verify_strict(base.as_bytes(), &signature).map_err(|_| Error::SignatureMismatch)?;
    verify_content_digest(digest, body)?;
    Ok(Verified { kid: params.keyid.to_owned(), created_s: params.created })
}
