//! Faults of requests that could not be built. What a service answers is [`crate::Failure`].

/// Short form for results of this crate.
pub type Result<T> = core::result::Result<T, Error>;

/// Why a request could not be built or signed, or a value not be converted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not an absolute `http://` or `https://` address.
    #[error("not an absolute http or https address")]
    Url,
    /// The time is outside the years 1970 to 9999.
    #[error("the time cannot be written in a signature")]
    Time,
    /// The signing key is of another day, and the signature would be refused.
    #[error("the signing key is not one of this day")]
    KeyScope,
    /// The time to live of a presigned address is not within 1 to 604,800 seconds.
    #[error("a presigned address lives 1 to 604800 seconds")]
    Expiry,
    /// Not the name of a bucket.
    #[error("not the name of a bucket")]
    Bucket,
    /// Not a usable object key: empty, longer than 1,024 bytes, or with `.` or `..` as a segment, which HTTP clients resolve.
    #[error("not a usable object key")]
    ObjectKey,
    /// A header value that HTTP does not carry.
    #[error("the value of header {0} holds control characters")]
    Header(&'static str),
    /// A number that JSON or DynamoDB cannot hold exactly.
    #[error("the number {0} cannot be held exactly")]
    Number(String),
    /// An item holds what JSON cannot: base64 that is none.
    #[error("a binary attribute is not base64")]
    Binary,
}
