//! Why a JWS, a JWK or the JSON in them was not accepted.

/// Short form for results of this module.
pub type Result<T> = core::result::Result<T, JoseError>;

/// One variant per cause. Messages never repeat what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoseError {
    // The outer form (RFC 7515, section 7.1).
    /// More bytes than this kind of token may have.
    #[error("the token is too long")]
    TooLong,
    /// Not three parts between two dots, or an empty header or payload.
    #[error("the token has not three parts")]
    Parts,
    /// A part is not base64url without padding in its one canonical spelling.
    #[error("a part of the token is not canonical base64url")]
    Base64,
    /// The signature has not the length that its algorithm makes.
    #[error("the signature has the wrong length")]
    SignatureLength,

    // JSON, in the header, the payload, a key or a document.
    /// Not UTF-8.
    #[error("the JSON is not UTF-8")]
    Utf8,
    /// Not JSON, or something behind it.
    #[error("the JSON cannot be read")]
    Json,
    /// JSON, but not an object.
    #[error("the JSON is not an object")]
    NotObject,
    /// Deeper than [`super::MAX_DEPTH`].
    #[error("the JSON is nested too deep")]
    TooDeep,
    /// More than [`super::MAX_MEMBERS`] members in one object.
    #[error("a JSON object has too many members")]
    TooManyMembers,
    /// A member or claim is there twice (RFC 8725, section 2.4; RFC 7519, section 4, lets us refuse).
    #[error("a JSON object has a member twice")]
    Duplicate,
    /// A member or claim of the wrong type or with an impossible value.
    #[error("{0} has a wrong value")]
    Member(&'static str),
    /// A needed member or claim is absent.
    #[error("{0} is missing")]
    Missing(&'static str),

    // The header (RFC 7515, section 4; RFC 8725, section 3).
    /// `alg` is `none`, however spelled.
    #[error("a token without a signature is not accepted")]
    AlgNone,
    /// `alg` is an HMAC where a public key signs: the key confusion attack.
    #[error("an HMAC algorithm is not accepted where a public key signs")]
    AlgSymmetric,
    /// `alg` is not on the list for this kind of token.
    #[error("the algorithm is not accepted")]
    AlgNotAllowed,
    /// `typ` is that of another kind of token, or absent where it is needed.
    #[error("the type of the token is not accepted")]
    Typ,
    /// `crit` is there: no extension is understood.
    #[error("critical header parameters are not accepted")]
    Crit,
    /// `jwk` in the header of a token whose key is known otherwise.
    #[error("a key embedded in the token is not accepted")]
    HeaderJwk,
    /// `jku` in the header.
    #[error("the address of a key set in the token is not accepted")]
    HeaderJku,
    /// `x5u` in the header.
    #[error("the address of a certificate in the token is not accepted")]
    HeaderX5u,
    /// `x5c` in the header.
    #[error("a certificate in the token is not accepted")]
    HeaderX5c,
    /// `b64`, `enc` or `zip` in the header.
    #[error("an encoding of the payload is not accepted")]
    HeaderEncoding,

    // Keys (RFC 7517, RFC 7518, section 6).
    /// A private or symmetric member in what must be a public key.
    #[error("the key holds a private member")]
    PrivateMember,
    /// `kty` or `crv` of another kind.
    #[error("the type of the key is not accepted")]
    KeyType,
    /// `use`, `key_ops` or `alg` of the key forbid this use.
    #[error("the key is not meant for this use")]
    KeyUse,
    /// An RSA modulus of less than 2048 or more than 8192 bits, an even number, or an odd exponent out of range.
    #[error("the RSA key is not of an accepted size")]
    RsaSize,
    /// The key's type is not the one that the token's algorithm needs.
    #[error("the key does not fit the algorithm")]
    KeyMismatch,
    /// No key of this id.
    #[error("the key of the token is not known")]
    KeyUnknown,
    /// Several keys could be meant.
    #[error("the key of the token is ambiguous")]
    KeyAmbiguous,
    /// More keys than a set may have.
    #[error("the key set has too many keys")]
    TooManyKeys,
    /// An HMAC key of less than 32 bytes (RFC 7518, section 3.2).
    #[error("an HMAC key has at least 32 bytes")]
    KeyTooShort,

    // The judgement.
    /// The signature is not one of this key over this token.
    #[error("the signature does not match")]
    Signature,
}
