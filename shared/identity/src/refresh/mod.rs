//! Refresh tokens: `atr_<cell>_<tenant ulid>_<user ulid>_<family ulid>_<counter>_<secret>`.
//!
//! The secret is the HMAC of everything before it, so nothing secret is stored and the same token can be made again when its answer
//! got lost. What a counter is worth (current, lost answer, stolen) is for the session to say; a token without the device's proof is
//! worth nothing.

mod keys;
mod token;

pub use keys::RefreshKeys;
pub use token::{MAX_TOKEN, RefreshToken, RefreshTokenText};

/// Short form for results of this module.
pub type Result<T> = core::result::Result<T, RefreshError>;

/// Why a refresh token was not accepted or could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// Longer or shorter than any token.
    #[error("the refresh token has the wrong length")]
    Length,
    /// Does not begin with `atr_`, or has not seven parts.
    #[error("a refresh token has the form atr_<cell>_<tenant>_<user>_<family>_<counter>_<secret>")]
    Parts,
    /// The second part is not the name of a cell.
    #[error("the cell in the refresh token is not a cell name")]
    Cell,
    /// Tenant, user or family is not a ULID.
    #[error("an id in the refresh token is not a ULID")]
    Id,
    /// The counter is not a plain number of 32 bits.
    #[error("the counter in the refresh token is not a number")]
    Counter,
    /// The last part is not 43 characters of canonical base64url.
    #[error("the last part of the refresh token is malformed")]
    Secret,
    /// A well-formed token of another cell.
    #[error("the refresh token belongs to another cell")]
    WrongCell,
    /// The secret is not the one that belongs to these ids and this counter.
    #[error("the refresh token is not known")]
    Unknown,
    /// Configuration: a key is not hexadecimal of at least 32 bytes, or there is none.
    #[error("a key for refresh tokens is not hexadecimal of at least 32 bytes")]
    KeyInvalid,
}
