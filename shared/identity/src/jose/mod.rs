//! JSON Web Signature, Key and Token (RFC 7515, 7517, 7518, 7519), as far as they are used here, under the rules of RFC 8725.
//!
//! Two families that never meet. An [`HmacJws`] is HS256 and can only be verified with an [`HmacKey`]; a [`PublicJws`] is ES256 or
//! RS256 and only yields a [`SignatureCheck`] with a [`PublicKey`]. No function takes a key whose kind the token chooses, so a
//! public key cannot become an HMAC secret.
//!
//! HMAC is computed here. The public-key algorithms are slow in wasm, so a [`SignatureCheck`] is a value that the runtime's
//! WebCrypto executes; what it answers goes back into the function that judges the claims.

pub mod base64url;
mod check;
mod error;
mod hmac;
pub(crate) mod json;
mod jwk;
mod jws;
mod keyset;
pub(crate) mod write;

pub use check::SignatureCheck;
pub use error::{JoseError, Result};
pub use hmac::{HmacJws, HmacKey};
pub use json::{MAX_DEPTH, MAX_MEMBERS};
pub use jwk::{PublicKey, Thumbprint};
pub use jws::{PublicAlg, PublicJws, Rules};
pub use keyset::{KeySet, MAX_KEY_SET, MAX_KEYS};
