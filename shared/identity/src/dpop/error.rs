//! Why a proof was not accepted.

use crate::jose::JoseError;

/// Short form for results of this module.
pub type Result<T> = core::result::Result<T, DpopError>;

/// One variant per cause; [`DpopError::code`] is what RFC 9449 calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DpopError {
    /// The proof is not a JWS of the needed form, or its key is not an accepted one.
    #[error("the DPoP proof is malformed: {0}")]
    Form(#[from] JoseError),
    /// The signature is not one of the key in the proof.
    #[error("the signature of the DPoP proof does not match")]
    Signature,
    /// `jti` is not 1 to 64 visible characters.
    #[error("jti of the DPoP proof is not 1 to 64 visible characters")]
    Jti,
    /// `htm` is another method.
    #[error("the DPoP proof is for another method")]
    Method,
    /// `htu` is another address, or one with a query or fragment.
    #[error("the DPoP proof is for another address")]
    Target,
    /// `iat` is too long ago.
    #[error("the DPoP proof is too old")]
    Expired,
    /// `iat` is further ahead than the clocks may differ.
    #[error("the DPoP proof was made in the future")]
    InFuture,
    /// There is an access token but no `ath`.
    #[error("ath is missing in the DPoP proof")]
    TokenHashMissing,
    /// `ath` is the hash of another token, or there is no token.
    #[error("the DPoP proof is for another access token")]
    TokenHash,
    /// A nonce is needed and there is none.
    #[error("the DPoP proof has no nonce")]
    NonceMissing,
    /// The nonce is not one of ours, or of too long ago.
    #[error("the nonce of the DPoP proof is not a current one")]
    Nonce,
    /// The proof is good but its key is not the one that the token or the device is bound to: a token on another device.
    #[error("the token is bound to another key")]
    Binding,
    /// This `jti` was used before. Found by the owner of the device's state.
    #[error("the DPoP proof was used before")]
    Replayed,
}

impl DpopError {
    /// The value of `error` (RFC 9449, sections 5, 7.1, 8 and 9).
    pub const fn code(self) -> &'static str {
        match self {
            Self::NonceMissing | Self::Nonce => "use_dpop_nonce",
            Self::Binding => "invalid_token",
            _ => "invalid_dpop_proof",
        }
    }
}
