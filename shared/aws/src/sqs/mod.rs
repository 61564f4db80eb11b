//! `SendMessageBatch` of SQS by the AWS JSON 1.0 protocol.
//!
//! Limits (SQS Developer Guide, "Message quotas"): 10 entries and 1,048,576 bytes per batch, bodies and attributes together.

mod answer;
mod batch;
mod call;

pub use answer::{EntryOutcome, parse_send_message_batch};
pub use batch::{Plan, Refusal, plan_batches};
pub use call::{BatchEntry, MAX_BATCH_BYTES, MAX_BATCH_ENTRIES, send_message_batch};
