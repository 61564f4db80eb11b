//! Runs the optimizer and proposes to ControlRoom.
//!
//! ```text
//! SQS optimize-run ─► newest snapshots of (call, leg, station) from DynamoDB
//!                  ─► layers and history of the station from ControlRoom (signed)
//!                  ─► attune_optimizer::run (pure)
//!                  ─► run item = marker, with the proposal (one conditional write)
//!                  ─► the proposal to ControlRoom (signed, idempotent by run id)
//!                  ─► what became of it into the run item
//! ```
//!
//! A redelivery proposes what is stored and never decides again. Also a run that changes nothing is reported, because waiters
//! and the first-window rule need it.

pub mod context;
pub mod handler;
pub mod item;

pub use context::OptimizeRun;
