//! The audit trail.

pub mod export;
pub mod search;
