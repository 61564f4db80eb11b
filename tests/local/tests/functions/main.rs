//! Each function as a real program on the local cloud.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests: a failure is to be loud")]

mod batch;
mod chat;
mod figures;
mod ingest;
mod mail;
mod optimize;
mod park;
mod record;
mod spilled;
