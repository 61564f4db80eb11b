//! AWS Signature Version 4: signed headers and presigned addresses.
//!
//! Canonical forms follow "Create a signed AWS API request" of the IAM User Guide; where that is silent (what counts as a
//! space, which headers are left out) the behaviour of the crate `aws-sigv4` is followed, and tests hold the two together.

mod canonical;
mod credentials;
mod key;
mod sign;
mod signer;
mod time;

pub(crate) use canonical::encode;
pub use credentials::Credentials;
pub use key::SigningKey;
pub use sign::{Options, Payload, Presigned, Signable, SignedHeaders, presign, sign_headers, sign_request};
pub use signer::Signer;
