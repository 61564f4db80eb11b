//! Fault-injecting proxies, builders and fixtures for tests.

pub mod device;
pub mod fuzz;
pub mod golden;
pub mod livekit;
pub mod oidc;
pub mod proxy;
pub mod runtime_api;
pub mod tap;
