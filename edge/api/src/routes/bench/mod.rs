//! Routes for measuring, there only when the configuration says so.

pub mod accept;
pub mod hop;
pub mod noop;
