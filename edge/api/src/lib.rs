//! The Worker of Attune: a thin router, one file per endpoint, and Durable Object shells around the logic of `attune-objects`.

pub mod auth;
pub mod headers;
pub mod query;
pub mod router;
