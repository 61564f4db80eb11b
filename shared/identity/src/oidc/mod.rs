//! Sign-in with OpenID Connect issuers: discovery, their keys, their tokens, and the authorization code flow with PKCE.
//!
//! Nothing is fetched here. The caller gets addresses and bodies to send, and brings back what was answered.

mod callback;
mod discovery;
mod error;
mod flow;
mod form;
mod issuer;
mod jwks;
mod token;
mod token_response;

pub use callback::Callback;
pub use discovery::{MAX_DISCOVERY, Metadata, discovery_url};
pub use error::{OidcError, Result};
pub use flow::{Client, ClientSecret, Pending, TokenRequest};
pub use issuer::{Issuer, Reach};
pub use jwks::{FRESH_S, Jwks, Lookup, REFETCH_S, RETRY_S, STALE_S};
pub use token::{CLOCK_TOLERANCE_S, Expectation, ExternalClaims, ExternalToken, Kind, MAX_TOKEN};
pub use token_response::{MAX_TOKEN_RESPONSE, TokenResponse};
