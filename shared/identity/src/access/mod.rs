//! Access tokens of our own: five minutes, bound to the key of a device (RFC 9068 in spirit, RFC 9449, section 6).

mod claims;
mod keys;

pub use claims::{AccessClaims, LIFETIME_S, MAX_FUTURE_S, MAX_TOKEN};
pub use keys::AccessKeys;

use crate::jose::JoseError;

/// Short form for results of this module.
pub type Result<T> = core::result::Result<T, AccessError>;

/// Why an access token was not accepted or could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// Not a token of ours by its form, or its signature does not match.
    #[error("the access token is malformed: {0}")]
    Form(#[from] JoseError),
    /// `kid` is not one of the configured keys.
    #[error("the key of the access token is not known")]
    KeyUnknown,
    /// The signature does not match.
    #[error("the signature of the access token does not match")]
    Signature,
    /// `iss` is another cell.
    #[error("the access token is from another issuer")]
    Issuer,
    /// `aud` is not us.
    #[error("the access token is for another audience")]
    Audience,
    /// Its time is over.
    #[error("the access token has expired")]
    Expired,
    /// `iat` is further ahead than clocks may differ.
    #[error("the access token is not yet valid")]
    NotYetValid,
    /// Configuration: a key is not hexadecimal of at least 32 bytes, an id is bad or there twice, or the current one is not there.
    #[error("a key for access tokens is not hexadecimal of at least 32 bytes, or the current one is not among them")]
    KeyInvalid,
}
