//! Who is calling: API keys, the operator's key, device proofs, tokens of ours, of other issuers and of media servers, and signed
//! calls from functions to the edge.
//!
//! Everything here is pure: time and randomness are arguments, nothing is read from the environment, and the same code
//! runs in the Worker, in functions and in tests.

pub mod access;
pub mod api_key;
pub mod audit;
pub mod dpop;
pub mod email_code;
mod error;
mod hex;
pub mod jose;
pub mod limits;
pub mod livekit;
pub mod oidc;
pub mod password;
pub mod permission;
pub mod recovery;
pub mod refresh;
pub mod sealed;
pub mod signature;
pub mod totp;

pub use error::{Error, Result};
