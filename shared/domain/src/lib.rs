//! The vocabulary of Attune: tenants, prefixed ids, stations, metrics, knobs, times.
//!
//! Wasm-safe and synchronous; no clock, no randomness, no environment. Everything else in the tree depends on this crate,
//! and this crate depends on nothing in the tree.

pub mod decimal;
pub mod id;
pub mod json;
pub mod knob;
pub mod metric;
#[cfg(feature = "schema")]
mod schema;
pub mod secret;
pub mod station;
pub mod time;

pub use decimal::Decimal;
pub use id::{
    AttachmentId, CallId, Cell, ChangeId, ChatRoomId, DeviceId, InvitationId, RoleId, RoomId, RunId, TenantId, UserId,
    WidgetId,
};
pub use knob::{Knob, KnobName, Scope};
pub use metric::{MetricDef, MetricName};
pub use secret::{Pii, Secret};
pub use station::{Leg, Station};
pub use time::Millis;

use std::collections::BTreeMap;

/// A map of pairs; of a repeated key the last value. `collect()` gives the same, but sorts first, and each type that is sorted adds
/// 3 KB to the Worker.
pub fn map_of<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(pairs);
    map
}

/// Why a piece of text or a number is not a value of the domain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DomainError {
    /// An id has the wrong prefix, cell or alphabet.
    #[error("expected {expected}")]
    Id {
        /// The form that would be right.
        expected: &'static str,
    },
    /// Not one of the seven stations.
    #[error("unknown station {0}: expected 1, 2, 3, 4, 9, 10 or 11")]
    Station(u64),
    /// Not a leg of a call.
    #[error("unknown leg: expected \"a\" or \"b\"")]
    Leg,
    /// Not a knob of the catalogue.
    #[error("unknown parameter {0:?}")]
    Knob(String),
    /// Not a metric of the catalogue.
    #[error("unknown metric {0:?}")]
    Metric(String),
    /// Not a plain decimal number.
    #[error("expected a decimal number such as \"6.5\"")]
    Decimal,
    /// More decimal places than the resolution has.
    #[error("finer than the resolution of {0} decimal places")]
    Resolution(u8),
    /// Not an RFC 3339 time.
    #[error("expected an RFC 3339 time such as \"2026-01-31T12:00:00.000Z\"")]
    Time,
    /// Not a configuration scope.
    #[error("unknown scope: expected \"global\", \"tenant\" or \"call\"")]
    Scope,
}
