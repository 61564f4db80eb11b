//! What station agents call.

pub mod audio;
pub mod snapshot;
pub mod stream;
