//! Who is calling: API keys, the operator's key, and signed calls from functions to the edge.
//!
//! Everything here is pure: time and randomness are arguments, nothing is read from the environment, and the same code
//! runs in the Worker, in functions and in tests.

pub mod api_key;
pub mod audit;
mod error;
mod hex;
pub mod limits;
pub mod permission;
pub mod signature;

pub use error::{Error, Result};
