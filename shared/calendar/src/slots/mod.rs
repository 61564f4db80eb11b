//! Slots for meetings: found, ranked, explained, and checked again before they are booked.
//!
//! One sweep: what a person's calendar says becomes sorted lists of spans once (`board`), then all possible starts are gone
//! through in order with a cursor in each list (`judge`). Zones are asked per day, never per start; nothing is allocated per start.
//! The same inputs and seed give the same answer, in whatever order people and blocks come.
//!
//! What must hold: nothing busy (with buffers, which stack), working hours, quiet hours, notice, daily limits, the request's days and
//! times. What is weighed instead is in [`weight`].

mod board;
mod explain;
mod find;
mod grid;
mod judge;
mod recheck;
mod request;
#[cfg(test)]
mod tests;

pub(crate) use explain::{clock_of, moment};
pub use find::find;
pub use recheck::{Changed, Clash, recheck};
pub use request::{
    Blocker, Constraint, Found, MAX_COUNT, MAX_DAYS, MAX_PEOPLE, MAX_STARTS, Reason, ReasonKind, Relaxation,
    RelaxationKind, Request, RequestError, Slot,
};

/// A free span in working hours that is at least this long is one for focus: two hours, in milliseconds.
pub const FOCUS: i64 = 2 * crate::freebusy::span::HOUR;

/// How far outside the working hours of a day somebody may be asked to come: three hours, in milliseconds.
pub const STRETCH: i64 = 3 * crate::freebusy::span::HOUR;

/// What each thing that is not perfect costs. Each person counts.
pub mod weight {
    /// Outside working hours; more for each further half hour ([`STRETCH_STEP`]).
    pub const STRETCH: u32 = 400;
    /// For each half hour, or part of one, outside.
    pub const STRETCH_STEP: u32 = 40;
    /// A buffer is cut.
    pub const CUT_BUFFER: u32 = 250;
    /// On a focus block.
    pub const FOCUS_BLOCK: u32 = 150;
    /// On tentative time.
    pub const TENTATIVE: u32 = 60;
    /// No lunch left.
    pub const LUNCH: u32 = 50;
    /// A span for focus is broken.
    pub const FOCUS_BROKEN: u32 = 40;
    /// Somebody optional cannot come.
    pub const OPTIONAL: u32 = 30;
    /// A rest of less than half an hour is left between two blocks.
    pub const SCRAP: u32 = 8;
    /// Each day that it is later.
    pub const LATER: u32 = 3;
    /// Between two proposals: on the same day of the organizer, and less than two hours apart. Weighed while proposals are picked, not part of
    /// [`super::Slot::cost`].
    pub const SAME_DAY: u32 = 20;
    /// See [`SAME_DAY`].
    pub const NEAR: u32 = 200;
}
