//! Logic of the Durable Objects, over a storage trait: no clock, no randomness, no network, no `worker`.
//!
//! A Durable Object is a shell of a few dozen lines in `edge/api`: it opens one of the types below over its SQLite database,
//! hands each command to a method, and does what the answer says (send frames, drain, arm the alarm). Everything that can be
//! wrong is here, and is tested on the host over the same SQL.
//!
//! - [`outbox`]: the table and driver by which accepted work leaves an object; mounted by every object that owns state.
//! - [`control_room`]: the only writer of a tenant's configuration.
//! - [`registry`]: which objects there are, for the sweeper and `/readyz`.
//! - [`limiter`]: exact token buckets.
//! - [`chat`]: a chat room and the list of chat rooms.
//! - [`room`]: a voice room and the list of rooms.
//! - [`tenant`]: a tenant: people, roles, keys, sign-in, voice projects, and the audit trail of it all.
//! - [`session`]: a user's devices, refresh families, proofs, tickets and credentials.

/// Hands out the value, or ends the command with the refusal (of a `Session`, a `Room` or a `ChatRoom`).
macro_rules! granted {
    ($value:expr) => {
        match $value {
            Ok(value) => value,
            Err(refusal) => return Ok(Err(refusal)),
        }
    };
}

pub mod chat;
pub mod control_room;
mod error;
pub mod limiter;
pub mod names;
pub mod outbox;
pub mod registry;
pub mod room;
pub mod schema;
pub mod session;
pub mod store;
pub mod tenant;

pub use error::{Error, Result};
pub use store::{Cell, Row, Rows, SharedStore, Store, Value};
