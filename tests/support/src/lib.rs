//! Fault-injecting proxies, builders and fixtures for tests.

pub mod device;
pub mod fuzz;
pub mod golden;
pub mod google;
pub mod livekit;
pub mod microsoft;
pub mod oidc;
pub mod provider;
pub mod proxy;
pub mod runtime_api;
pub mod tap;
