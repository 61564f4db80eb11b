//! Live chat, sans-IO: what goes over the line, how a member keeps its place in a room whatever the line does, and the assistant
//! that answers from a tenant's FAQ.
//!
//! The room's side lies over a store in `attune-objects`. Both are run against each other on the host, over lines that lose, double,
//! reorder and break.
//!
//! - [`frame`]: frames up and down, close codes, limits.
//! - [`member`]: the member's state machine, the model of the widget's.
//! - [`picture`]: what a picture is, by its bytes.
//! - [`faq`]: ranks FAQ entries (BM25) behind the trait [`Responder`].

pub mod faq;
mod fold;
pub mod frame;
pub mod member;
pub mod picture;

pub use faq::{Reply, Responder};
