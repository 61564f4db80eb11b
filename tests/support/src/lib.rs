//! Fault-injecting proxies, builders and fixtures for tests.
