//! The whole system, with faults: LocalStack, engine, functions and the Worker, and between them proxies that can fail on request.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "only tests use it, and there a failure is to be loud")]

pub mod ledger;
pub mod traffic;
pub mod wait;
pub mod world;
