//! Fault-injecting proxies, builders and fixtures for tests.

pub mod golden;
pub mod runtime_api;
