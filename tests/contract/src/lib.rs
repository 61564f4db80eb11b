//! The OpenAPI document and the Worker's answers against it.
//!
//! `cargo run -p attune-contract-tests --bin openapi` writes `shared/contracts/openapi.json` and `asyncapi.json` from the crates; the tests fail when the
//! committed document is another one, and check every answer of a running Worker against it.

#![recursion_limit = "256"]

pub mod asyncapi;
pub mod conform;
pub mod connection;
pub mod golden;
pub mod http;
pub mod isolation;
pub mod openapi;
pub mod unlimited;
pub mod validate;
