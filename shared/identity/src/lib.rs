//! Who is calling: API keys, the operator's key, and signed calls from functions to the edge.
//!
//! Everything here is pure: time and randomness are arguments, nothing is read from the environment, and the same code
//! runs in the Worker, in functions and in tests.

pub mod api_key;
pub mod audit;
pub mod email_code;
mod error;
mod hex;
pub mod limits;
pub mod password;
pub mod permission;
pub mod recovery;
pub mod sealed;
pub mod signature;
pub mod totp;

pub use error::{Error, Result};
