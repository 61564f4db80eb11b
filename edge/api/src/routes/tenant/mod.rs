//! The tenant itself.

pub mod end_sessions;
pub mod read;
pub mod set_plan;
pub mod update;
