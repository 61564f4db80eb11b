//! Optimizer runs.

pub mod create;
pub mod read;
