//! Stores accepted snapshots and decides whether an optimizer run is due.
//!
//! ```text
//! SQS ingest-snapshot ─► validate again ─► raw lines to S3 (one object per tenant, call and minute of the batch)
//!                                       ─► channel: claims the first window of a version (commutes)
//!                                       ─► snapshot item = marker, with decision and sends (one conditional write)
//!                                       ─► segment, call (upserts, repeated by a redelivery, they commute)
//!                                       ─► SQS optimize-run, from the item
//! ```
//!
//! Whatever the order, the doubling and the batches in which messages come, the same items are there in the end.

pub mod context;
pub mod decide;
pub mod handler;
pub mod items;
pub mod raw;

pub use context::Ingest;
