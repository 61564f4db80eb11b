//! Proof key for code exchange (RFC 7636).

use attune_domain::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// The challenge of a verifier by S256 (section 4.2). A verifier has 43 to 128 characters of `A-Za-z0-9-._~`; 32
/// random bytes in base64url make one.
pub fn challenge(verifier: &Secret<String>) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose().as_bytes()))
}
