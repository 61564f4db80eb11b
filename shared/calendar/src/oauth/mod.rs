//! OAuth 2.0 for the providers' calendars: the authorization code flow (RFC 6749, 4.1) with PKCE by S256 (RFC 7636),
//! refresh, and revocation (RFC 7009), as requests and answers. State, verifier and the time are the caller's.

mod client;
mod pkce;
mod provider;
mod token;

#[cfg(test)]
mod tests;

pub use client::{Callback, CallbackFault, Client, callback};
pub use pkce::challenge;
pub use provider::{Grant, Provider};
pub use token::{Tokens, revoked, tokens};
