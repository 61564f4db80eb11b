//! API keys: `atn_<live|test>_<cell>_<keyid>_<secret><crc>`.
//!
//! - `keyid`: the tenant's ULID (26 lowercase Crockford characters) and 6 more of the same alphabet. The tenant, and with
//!   it the object that knows the key, follows from the text: no look-up routes a request.
//! - `secret`: 32 base62 characters (190 bits).
//! - `crc`: CRC-32 (IEEE 802.3) of everything before it, as 6 base62 digits, most significant first, padded with `0`.
//!   It finds typing errors without a request, and lets secret scanners recognise a leaked key.
//!
//! At rest lies HMAC-SHA-256 of the whole text under a pepper, and the pepper's id. A plain keyed hash is enough (no
//! Argon2) because the secret is random and not chosen by a person.

mod alphabet;
mod operator;
mod parse;
mod pepper;
mod record;
mod scope;

pub use operator::{OPERATOR_ENTROPY, OperatorKey, operator_hash, verify_operator};
pub use parse::{ApiKey, ENTROPY, Environment};
pub use pepper::Peppers;
pub use record::{ApiKeyRecord, Principal, authenticate};
pub use scope::{Scope, Scopes};
