//! Fault-injecting proxies, builders and fixtures for tests.

pub mod runtime_api;
