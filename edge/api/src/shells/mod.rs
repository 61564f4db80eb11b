//! Durable Objects: shells around the logic of `attune-objects`.

pub mod base;
pub mod chat_room;
pub mod control_room;
pub mod credentials;
pub mod drain;
pub mod limiter;
mod object;
pub mod operations;
pub mod outbox;
pub mod protocol;
pub mod register;
pub mod registry;
pub mod room;
pub mod session;
pub mod tenant;
