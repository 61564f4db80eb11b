//! A user's own devices, and tickets for their sockets.

pub mod list;
pub mod rename;
pub mod revoke;
pub mod ticket;
