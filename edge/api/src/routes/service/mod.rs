//! Routes about the service itself.

pub mod healthz;
pub mod openapi;
pub mod problem;
pub mod readyz;
