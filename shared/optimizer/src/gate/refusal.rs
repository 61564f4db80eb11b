//! Why the gate refuses a change.

use super::{Bounds, MAX_TTL_S};
use crate::cross::CrossRule;
use crate::layer::Values;
use attune_contracts::FieldError;
use attune_domain::{Decimal, KnobName, Station};

/// Why a change is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Changes are frozen; only rollbacks pass.
    #[error("changes are frozen")]
    Frozen,
    /// The asker judged from another version.
    #[error("the effective version is {current}")]
    VersionConflict {
        /// The effective version.
        current: u64,
    },
    /// All values are in the layer already, or none were given.
    #[error("nothing to change")]
    NothingToChange,
    /// It breaks rules: all of them.
    #[error("{}", .0.iter().map(|v| v.detail.as_str()).collect::<Vec<_>>().join("; "))]
    Violations(Vec<Violation>),
}

/// What kind of rule is broken. The word of [`Self::as_str`] is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Code {
    /// The knob does not exist at the station.
    NotAtStation,
    /// The knob cannot change within a running stream.
    NotLive,
    /// Not at the knob's resolution.
    Resolution,
    /// Outside the bounds.
    OutOfRange,
    /// Too far from the effective value.
    StepTooLarge,
    /// Too early after the last change.
    TooSoon,
    /// A rule between knobs.
    CrossRule,
}

impl Code {
    /// The word for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAtStation => "not_at_station",
            Self::NotLive => "not_live",
            Self::Resolution => "resolution",
            Self::OutOfRange => "out_of_range",
            Self::StepTooLarge => "step_too_large",
            Self::TooSoon => "too_soon",
            Self::CrossRule => "cross_rule",
        }
    }
}

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The knob; `None`: the time to live.
    pub knob: Option<KnobName>,
    /// What kind of rule.
    pub code: Code,
    /// What is wrong, with the numbers that would be right.
    pub detail: String,
}

impl Violation {
    /// As an entry of a problem's `errors[]`, pointing into the body of an update.
    pub fn field_error(&self) -> FieldError {
        // No name of the catalogue holds a character that a JSON Pointer escapes.
        let pointer = self.knob.map_or_else(|| "/ttl_s".to_owned(), |knob| format!("/values/{knob}"));
        FieldError::new(pointer, self.code.as_str(), self.detail.clone())
    }

    fn of(knob: KnobName, code: Code, detail: String) -> Self {
        Self { knob: Some(knob), code, detail }
    }

    pub(super) fn ttl(ttl: u32) -> Self {
        let detail = format!("expected 1 to {MAX_TTL_S} s, not {ttl}");
        Self { knob: None, code: Code::OutOfRange, detail }
    }

    pub(super) fn not_at_station(knob: KnobName, station: Station) -> Self {
        Self::of(knob, Code::NotAtStation, format!("{knob} does not exist at station {station}"))
    }

    pub(super) fn not_live(knob: KnobName) -> Self {
        let detail =
            format!("{knob} takes effect with the next stream: change it in the tenant's layer, not in a call's");
        Self::of(knob, Code::NotLive, detail)
    }

    pub(super) fn resolution(knob: KnobName, value: Decimal) -> Self {
        let places = knob.knob().places;
        Self::of(knob, Code::Resolution, format!("{knob} has {places} decimal places; {value} has {}", value.places()))
    }

    pub(super) fn out_of_range(knob: KnobName, value: Decimal, bounds: Bounds) -> Self {
        let (min, max, unit) = (bounds.min, bounds.max, knob.knob().unit);
        let detail = if min <= max {
            format!("{knob}: expected {min} to {max} {unit}, not {value}")
        } else {
            format!("{knob}: the station's constraint leaves no value (least {min}, largest {max} {unit})")
        };
        Self::of(knob, Code::OutOfRange, detail)
    }

    pub(super) fn step(knob: KnobName, old: Decimal, new: Decimal, bounds: Bounds) -> Self {
        let k = knob.knob();
        let (step, unit) = (Decimal::new(k.max_step, k.places), k.unit);
        let low = Decimal::new(old.units().saturating_sub(k.max_step).max(bounds.min.units()), k.places);
        let high = Decimal::new(old.units().saturating_add(k.max_step).min(bounds.max.units()), k.places);
        let detail =
            format!("{knob}: from {old} at most {step} {unit} at once: expected {low} to {high} {unit}, not {new}");
        Self::of(knob, Code::StepTooLarge, detail)
    }

    pub(super) fn too_soon(knob: KnobName, wait_ms: i64) -> Self {
        let interval = knob.knob().min_interval_ms;
        let detail = format!("{knob} changes at most every {interval} ms: allowed again in {wait_ms} ms");
        Self::of(knob, Code::TooSoon, detail)
    }

    pub(super) fn cross(knob: KnobName, rule: CrossRule, station: Station, values: &Values) -> Self {
        Self::of(knob, Code::CrossRule, rule.explain(station, values, knob))
    }
}
