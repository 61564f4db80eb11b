//! The only wrapper of the crate `worker`: clock, randomness, configuration, storage, outgoing calls, answers, logs.
//!
//! Everything that touches the Workers runtime is here; what can be decided without it (reading configuration, trace context,
//! the form of a log line) is plain code that is tested on the host.

pub mod alarm;
pub mod answer;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod digest;
mod error;
pub mod event;
pub mod incoming;
pub mod log;
pub mod object;
pub mod pieces;
pub mod random;
pub mod socket;
pub mod sql;
pub mod trace;
pub mod transport;
pub mod wait;
pub mod zone;

pub use answer::Answer;
pub use config::Settings;
pub use error::{Error, Result};
pub use incoming::Incoming;
