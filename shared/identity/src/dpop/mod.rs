//! Demonstrating proof of possession (RFC 9449): a request is signed by the key of the device that sends it.
//!
//! The way of a proof: [`Proof::parse`] looks at its form, [`Proof::check`] says which signature has to be verified by the runtime's
//! WebCrypto, [`Proof::accept`] judges everything else. That a `jti` is used once is for the owner of the device's state, who keeps
//! [`Accepted::jti`] until [`Accepted::forget_after_s`].

mod error;
mod nonce;
mod proof;
mod target;

pub use error::{DpopError, Result};
pub use nonce::{Known, NONCE_PERIOD_S, NonceKey};
pub use proof::{Accepted, Expectation, MAX_AGE_S, MAX_FUTURE_S, MAX_PROOF, Proof, access_token_hash};
