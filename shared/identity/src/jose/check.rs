//! A signature to be checked by somebody who can do it fast.

use super::{PublicAlg, PublicKey};

/// What WebCrypto's `verify` needs. `key` goes to `importKey("jwk", …)` by [`PublicKey::to_jwk`]; a key that cannot be imported
/// (a point that is not on the curve) counts as a signature that does not match.
///
/// ES256: `{name: "ECDSA", namedCurve: "P-256", hash: "SHA-256"}`, the signature being r and s, 32 bytes each (RFC 7518, section 3.4,
/// the form of WebCrypto as well). RS256: `{name: "RSASSA-PKCS1-v1_5", hash: "SHA-256"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignatureCheck<'a> {
    /// Always the one that fits the key.
    pub alg: PublicAlg,
    /// Whose signature it has to be.
    pub key: &'a PublicKey,
    /// What was signed: header and payload as received, with the dot.
    pub input: &'a [u8],
    /// The signature, decoded, of the length that algorithm and key make.
    pub signature: &'a [u8],
}
