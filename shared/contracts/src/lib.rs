//! What crosses a border of Attune: HTTP bodies, queue messages, commands between objects, problems.
//!
//! HTTP writes are strict: an unknown field is an error that names it. Queue messages, commands and stored items ignore
//! unknown fields within a version; a new meaning is a new variant. Golden files under `golden/` pin each shape.

pub mod audio;
pub mod auth;
pub mod canonical;
pub mod chat;
pub mod command;
pub mod config;
pub mod envelope;
pub mod jcs;
pub mod message;
pub mod parse;
pub mod people;
mod pointer;
pub mod problem;
pub mod run;
pub mod snapshot;
pub mod stream;
pub mod tenant;
pub mod voice;
pub mod widget;

pub use canonical::{canonical_json, fingerprint, message_id};
pub use envelope::Envelope;
pub use parse::parse_body;
pub use problem::{FieldError, Problem, ProblemCode};

/// The schema version that every HTTP body carries today.
pub const SCHEMA_VERSION: u32 = 1;
/// All schema versions this build reads.
pub const KNOWN_VERSIONS: &[u32] = &[1];
