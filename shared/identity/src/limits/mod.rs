//! Limits: token buckets in six tiers, exact in one place, and cheap everywhere else by leases.
//!
//! - [`Rate`] and [`Bucket`]: a token bucket in integers. No rounding ever gives more than the rate; it gives at most 2 % less.
//! - [`Limits`]: which rates hold for which plan, class of route and tier; data, in `limits.json`.
//! - [`Shared`] and [`Local`]: one exact bucket in an object, and isolates that spend from leases of it.
//! - [`fields`]: what the caller is told.

mod bucket;
pub mod fields;
mod lease;
mod local;
mod table;

pub use bucket::{Bucket, Denied, Rate, Remaining};
pub use lease::{Answer, Ask, Lease, Shared};
pub use local::{Local, Step};
pub use table::{Caller, DEFAULT_PLAN, Limits, Policy, RouteClass, STANDARD, Tier};

/// Why a table of limits cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not the JSON of a table.
    #[error("the table of limits cannot be read: {0}")]
    Json(String),
    /// A rate out of bounds.
    #[error("a rate has a burst of 1 to 1,000,000, and at least one token in 20,000 s: {0}")]
    Rate(String),
    /// A plan that lacks a class of routes, or no default plan.
    #[error("the table lacks {0}")]
    Missing(String),
}
