//! Recurrence: RRULE, RDATE, EXDATE and EXRULE of RFC 5545, section 3.8.5 (and RFC 2445), read, written and expanded.
//!
//! - [`rule`]: one rule (RECUR, section 3.3.10), its reader and its canonical text.
//! - [`expand`]: the instances of one rule, as local times.
//!
//! An event's set of instances, with its overrides, is [`series`](crate::series).

pub(crate) mod civil;
pub mod expand;
mod parse;
mod plan;
mod print;
pub mod rule;

pub use expand::Instances;
pub use rule::{ByDay, End, Freq, Rule, RuleError, Until};
