//! The audit trail of a tenant: rows that nobody can change, leave out or reorder without breaking a chain of hashes.
//!
//! The hash of a row is SHA-256 over the RFC 8785 JSON of the row without its `hash`; each row names the hash of the one
//! before it. An export has one row a line, in RFC 8785 JSON too: a line that says the same in other bytes is refused, so no
//! second reading of it exists. The chain proves that nothing inside was edited; that its end was not cut off or all of it
//! written anew is proved by a head that was kept elsewhere (decision 6: hourly, under object lock).

mod row;
mod verify;

pub use row::{Entry, GENESIS, Head, Row};
pub use verify::{Broken, ExpectedHead, MAX_LINE, Verified, Verifier, Why, verify};

/// Why something cannot be recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An actor or a target that is not an id.
    #[error("actors and targets are ids: 1 to 80 small letters, digits, capitals of ids, and _")]
    Id,
    /// An action that does not read `noun.verb`.
    #[error("an action reads noun.verb, in small letters")]
    Action,
    /// The detail has too many members, is nested, too long, or holds a number that is not an exact integer.
    #[error("a detail has at most 32 members: texts, integers, booleans, or lists of them, 4 KB together")]
    Detail,
    /// The detail holds what looks like an e-mail address.
    #[error("a detail holds no personal data")]
    Personal,
    /// A text that is not the hash or `seq:hash` of a head.
    #[error("a head reads <64 hexadecimal digits> or <sequence>:<64 hexadecimal digits>")]
    Head,
    /// The row cannot be written as JSON; cannot happen.
    #[error("the row cannot be written")]
    Json,
}
