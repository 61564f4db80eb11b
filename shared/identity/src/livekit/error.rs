//! Why something of a media server was not accepted, or a token for it not made.

use crate::jose::JoseError;

/// Short form for results of this module.
pub type Result<T> = core::result::Result<T, LiveKitError>;

/// One variant per cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LiveKitError {
    /// A token or a document is not of the needed form.
    #[error("malformed: {0}")]
    Form(#[from] JoseError),
    /// An API key of 1 to 128 visible characters and a secret of at least 32 bytes are needed.
    #[error("the API key or the secret of the LiveKit project cannot be used")]
    KeyInvalid,

    // Minting.
    /// Joining needs an identity.
    #[error("a token to join needs an identity")]
    IdentityMissing,
    /// Joining and administering need a room.
    #[error("a token to join or administer needs a room")]
    RoomMissing,
    /// A window of 0, or longer than [`super::LONGEST_WINDOW_S`].
    #[error("the join window is not between 1 and 600 seconds")]
    Window,
    /// The time of issue is 0: a media server would take the token for revoked.
    #[error("the time of issue is missing")]
    NotBefore,
    /// An empty list of sources, which a media server reads as all of them.
    #[error("an empty list of sources would allow all of them")]
    SourcesEmpty,
    /// A text or a list is longer than a media server takes.
    #[error("{0} is too long")]
    TooLong(&'static str),
    /// Egress settings with a secret in them: whoever holds the token could read it.
    #[error("the room configuration holds a secret of egress")]
    EgressSecret,

    // Verifying.
    /// `iss` is another API key.
    #[error("the token is of another API key")]
    Issuer,
    /// The signature does not match.
    #[error("the signature of the token does not match")]
    Signature,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// `nbf` or `iat` lies in the future.
    #[error("the token is not yet valid")]
    NotYetValid,
    /// `sha256` is not the hash of the body.
    #[error("the webhook's token is for another body")]
    BodyHash,
    /// The webhook has no name, id or time.
    #[error("{0} of the webhook is missing")]
    EventField(&'static str),
}
