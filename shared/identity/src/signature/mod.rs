//! HTTP message signatures (RFC 9421) with Ed25519, for calls from functions to the edge.
//!
//! One shape only, made and accepted: label `attune`, components `"@method" "@path" "content-digest"` (and `"@query"` between
//! the last two exactly when the request has a query), parameters `created`, `keyid`, `alg="ed25519"`, in this order. Everything
//! else is refused: a verifier that understands more than its signers say is only a larger surface.
//!
//! Replay within the window is harmless: what is signed is idempotent by run id and version.

mod base;
mod digest;
mod keys;
mod verify;

pub use base::signature_base;
pub use digest::{content_digest, verify_content_digest};
pub use keys::{PrivateKey, PublicKeys};
pub use verify::{MAX_AGE_S, MAX_FUTURE_S, SignatureHeaders, Verified, verify};

use crate::Result;
use base::{Params, request_base};

/// The fields to add to a request, names in lowercase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHeaders {
    /// Value of `content-digest` (RFC 9530).
    pub content_digest: String,
    /// Value of `signature-input`.
    pub signature_input: String,
    /// Value of `signature`.
    pub signature: String,
}

impl SignedHeaders {
    /// Names and values, as an HTTP client takes them.
    pub fn into_pairs(self) -> [(&'static str, String); 3] {
        [
            ("content-digest", self.content_digest),
            ("signature-input", self.signature_input),
            ("signature", self.signature),
        ]
    }
}

/// Signs a request: `method` in capitals, `target` = path with the query, if any, exactly as it goes over the wire;
/// `created_s` in seconds since 1970.
///
/// # Errors
/// [`crate::Error::Target`] when method or target cannot be signed.
pub fn sign(key: &PrivateKey, method: &str, target: &str, body: &[u8], created_s: u64) -> Result<SignedHeaders> {
    let content_digest = content_digest(body);
    let params = Params { created: created_s, keyid: key.kid(), query: target.contains('?') }.to_text();
    let base = request_base(method, target, &content_digest, &params)?;
    let signature = key.sign(base.as_bytes());
    Ok(SignedHeaders {
        content_digest,
        signature_input: format!("{LABEL}={params}"),
        signature: format!("{LABEL}=:{}:", digest::base64(&signature)),
    })
}

const LABEL: &str = "attune";
