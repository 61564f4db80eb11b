//! Copies dead letters with their reason to S3, then lets SQS delete them.
//!
//! It reads nothing that a broken message could break: a letter whose body is not even text of ours is parked all the same.
//! It never gives up itself. If S3 fails, the letter stays in its queue, for 14 days since its first send, and the alarm on the
//! queue's age rings. [`letter`] documents key and format for `cargo dev dlq`.

pub mod context;
pub mod handler;
pub mod letter;

pub use context::Park;
pub use letter::LetterV1;
