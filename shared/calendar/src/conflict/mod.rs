//! Conflicts: two things at one time, and two changes of one event. Both end in proposals; nothing is moved, declined or overwritten here.
//!
//! - [`detect`]: double bookings and broken buffers in one person's time.
//! - [`merge`]: our change of an event and the provider's newer one, by a three-way merge.

mod detect;
mod merge;
#[cfg(test)]
mod tests;

pub(crate) use detect::Room;
pub use detect::{Action, Conflict, ConflictKind, MAX_CONFLICTS, Proposal, detect};
pub use merge::{Field, FieldConflict, Merged, Side, merge, resolve};
