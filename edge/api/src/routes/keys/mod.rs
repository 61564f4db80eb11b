//! API keys of the caller's tenant.

pub mod create;
pub mod list;
pub mod revoke;
