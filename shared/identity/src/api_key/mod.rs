//! API keys: `atn_<live|test>_<cell>_<keyid>_<secret><crc>`, and publishable ones: `pk_<live|test>_<cell>_<keyid>_<random><crc>`.
//!
//! - `keyid`: the tenant's ULID (26 lowercase Crockford characters) and 6 more of the same alphabet. The tenant, and with
//!   it the object that knows the key, follows from the text: no look-up routes a request.
//! - `secret`: 32 base62 characters (190 bits). A publishable key has 16 in this place, and they are no secret: such a key
//!   is good for few scopes, and from the allowed origins only.
//! - `crc`: CRC-32 (IEEE 802.3) of everything before it, as 6 base62 digits, most significant first, padded with `0`.
//!   It finds typing errors without a request, and lets secret scanners recognise a leaked key.
//!   For scanners: [`SECRET_KEY_PATTERN`] and [`PUBLISHABLE_KEY_PATTERN`].
//!
//! At rest lies HMAC-SHA-256 of the whole text under a pepper, and the pepper's id. A plain keyed hash is enough (no
//! Argon2) because the secret is random and not chosen by a person.

mod alphabet;
mod kind;
mod network;
mod operator;
mod origin;
mod parse;
mod pepper;
mod record;
mod scope;

pub use kind::{KeyKind, PUBLISHABLE_KEY_PATTERN, SECRET_KEY_PATTERN};
pub use network::{Network, caller_address};
pub use operator::{OPERATOR_ENTROPY, OperatorKey, operator_hash, verify_operator};
pub use origin::Origin;
pub use parse::{ApiKey, ENTROPY, Environment};
pub use pepper::Peppers;
pub use record::{ApiKeyRecord, Circumstances, MAX_NETWORKS, MAX_ORIGINS, Principal, authenticate, authenticate_in};
pub use scope::{Scope, Scopes};
