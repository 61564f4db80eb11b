//! The one error type of this crate. Messages name the cause and never repeat a secret.

use crate::api_key::Scope;

/// Short form for results of this crate.
pub type Result<T> = core::result::Result<T, Error>;

/// Why a key, a secret or a signature was not accepted, or could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // The form of an API key. These may be told to the caller: they say nothing about stored keys.
    /// The text begins neither with `atn_` nor with `pk_`, or has not five parts.
    #[error("an API key has the form atn_<live|test>_<cell>_<key id>_<secret>, a publishable one begins with pk_")]
    KeyPrefix,
    /// The second part is neither `live` nor `test`.
    #[error("the environment in the API key is neither live nor test")]
    KeyEnvironment,
    /// A well-formed key of the other environment (a test key against live data, or the reverse).
    #[error("the API key belongs to the other environment")]
    KeyWrongEnvironment,
    /// The third part is not the name of a cell.
    #[error("the cell in the API key is not a cell name")]
    KeyCell,
    /// A well-formed key whose tenant lives in another cell.
    #[error("the API key belongs to another cell")]
    KeyWrongCell,
    /// The key id or the secret has the wrong length.
    #[error("the API key has the wrong length")]
    KeyLength,
    /// A character outside the alphabet of its part.
    #[error("the API key holds a character that cannot be in it")]
    KeyAlphabet,
    /// The checksum does not match: a typing or copying error.
    #[error("the checksum of the API key does not match")]
    KeyChecksum,

    // The judgement on a well-formed key.
    /// No such key, or the wrong secret: deliberately one variant, so that nobody can ask which.
    #[error("the API key is not known")]
    KeyUnknown,
    /// The key was revoked.
    #[error("the API key was revoked")]
    KeyRevoked,
    /// The key's time is over.
    #[error("the API key has expired")]
    KeyExpired,
    /// The key is good but does not carry this scope.
    #[error("the API key lacks the scope {0}")]
    MissingScope(Scope),

    /// A publishable key without an `Origin`, or from one that it does not allow.
    #[error("the API key is not allowed from this origin")]
    KeyOrigin,
    /// The key is bound to networks, and the caller's address is in none of them.
    #[error("the API key is not allowed from this address")]
    KeyNetwork,

    // Configuration and making of keys.
    /// A publishable key would carry a scope that everybody who sees the page would have.
    #[error("a publishable key cannot have the scope {0}")]
    PublishableScope(Scope),
    /// Allowed origins on a secret key, none on a publishable one, or too many origins or networks.
    #[error("a publishable key needs 1 to 50 allowed origins, a secret one has none; 50 networks at most")]
    KeyRestrictions,
    /// A key would make one that is good where or when it is not itself.
    #[error("a key makes no key that is bound less than it is: {0} has to be given, within its own")]
    KeyBound(&'static str),
    /// Not an origin in its exact form (RFC 6454, section 6.2).
    #[error("an origin reads https://host or https://host:port, in small letters, without a path")]
    OriginInvalid,
    /// Not a CIDR block.
    #[error("a network reads 192.0.2.0/24 or 2001:db8::/32, with zeros after the prefix")]
    NetworkInvalid,
    /// The stored record names a pepper that is not configured: answer 503, never a judgement on the key.
    #[error("the pepper of this record is not configured")]
    PepperMissing,
    /// A pepper is not hexadecimal of at least 32 bytes, its id is empty, or there is no current one.
    #[error("a pepper is not hexadecimal of at least 32 bytes, or the current one is not among them")]
    PepperInvalid,
    /// The caller gave too little randomness.
    #[error("not enough random bytes")]
    Entropy,
    /// A tenant's ULID that is not 26 lowercase Crockford characters.
    #[error("not the ULID of a tenant")]
    TenantUlid,

    // Signed messages (RFC 9421, RFC 9530).
    /// A needed field is not there.
    #[error("the header field {0} is missing")]
    HeaderMissing(&'static str),
    /// A field is there but not in the one shape that is accepted.
    #[error("the header field {0} has not the accepted shape")]
    HeaderMalformed(&'static str),
    /// The body is not the one that the digest was made from.
    #[error("the content digest does not match the body")]
    DigestMismatch,
    /// The key id is not configured.
    #[error("the signing key is not known")]
    SigningKeyUnknown,
    /// The signature was made too long ago.
    #[error("the signature is too old")]
    SignatureExpired,
    /// The signature claims to come from the future by more than the tolerated clock difference.
    #[error("the signature was made in the future")]
    SignatureInFuture,
    /// The signature is not one of this key over this message.
    #[error("the signature does not match")]
    SignatureMismatch,
    /// A private or public key that cannot be read (or a weak public key).
    #[error("the signing key cannot be read")]
    SigningKeyInvalid,
    /// The target of the request is not an absolute path in visible ASCII, or the method is not a token.
    #[error("the method or the target of the request cannot be signed")]
    Target,
}
