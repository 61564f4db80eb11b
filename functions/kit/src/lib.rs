//! Everything a function needs, in one place; a new function is a small crate (main, context, handler, error).
//!
//! - [`runtime`]: starts a [`Function`] under the Lambda Runtime API.
//! - [`batch`]: parses each record alone, catches panics per record, watches the deadline, reports partial failures.
//! - [`spilled`]: messages that were too large for a queue.
//! - [`outcome`]: what became of a record, and why.
//! - [`store`], [`queue`], [`bucket`], [`edge`]: idempotent writes, sends, objects, signed calls.
//! - [`telemetry`]: one JSON line per record with its span, one metric line (EMF) per outcome and invocation.
//!
//! Time is read only in [`clock`].

pub mod aws;
pub mod batch;
pub mod bucket;
pub mod clock;
pub mod config;
pub mod edge;
mod error;
mod http;

pub mod item;
pub mod outcome;
pub mod queue;
pub mod record;
pub mod runtime;
pub mod secret;
pub mod spilled;
pub mod store;
pub mod telemetry;

pub use aws::Aws;
pub use batch::{Function, Window};
pub use config::{Config, EdgeConfig};
pub use error::{CallError, ConfigError, StartError};
pub use item::Item;
pub use outcome::{GiveUp, Outcome, Retry};
pub use record::{Message, Record};

/// What a function is made from.
#[derive(Debug, Clone)]
pub struct Kit {
    /// The checked environment.
    pub config: Config,
    /// Clients of the cloud.
    pub aws: Aws,
}
