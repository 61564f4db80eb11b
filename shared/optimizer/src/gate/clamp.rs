//! Shortens what is wanted to what the gate allows, so that a proposal passes.

use super::{Accepted, Code, Refusal, Request, State, Violation, judge};
use attune_domain::{Decimal, KnobName, Scope, Station};
use std::collections::BTreeMap;

/// A wanted value of a knob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// The knob.
    pub knob: KnobName,
    /// The value that would be best.
    pub value: Decimal,
}

/// What became of a list of wishes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clamped {
    /// What may be changed now: a request of these passes the gate.
    pub changes: BTreeMap<KnobName, Option<Decimal>>,
    /// The gate's judgement of them; `None` if there is nothing to change.
    pub accepted: Option<Accepted>,
    /// Wishes that were shortened or dropped, with the rule that did it.
    pub limited: Vec<(Wish, Violation)>,
}

/// Takes the wishes in their order; each one is granted as far as the gate allows together with those before it. A wish that
/// goes too far is shortened towards the value in force; one that comes too soon, or is not possible at all, is dropped.
///
/// # Errors
/// [`Refusal::Frozen`]: then there is nothing to wish for.
pub fn clamp(
    station: Station,
    scope: Scope,
    wishes: &[Wish],
    state: &State,
    ttl_s: Option<u32>,
    now_ms: i64,
) -> Result<Clamped, Refusal> {
    let mut clamped = Clamped::default();
    let base_version = state.version;
    let start = crate::layer::merge(station, &state.layers.down_to(scope));
    for wish in wishes {
        let attempt = |units: i64, granted: &BTreeMap<KnobName, Option<Decimal>>| {
            let mut changes = granted.clone();
            changes.insert(wish.knob, Some(Decimal::new(units, wish.knob.knob().places)));
            judge(&Request { station, scope, changes, base_version, ttl_s }, state, now_ms)
        };
        let Some(from) = start.value(wish.knob) else {
            clamped.limited.push((*wish, Violation::not_at_station(wish.knob, station)));
            continue;
        };
        if wish.value.places() != from.places() {
            clamped.limited.push((*wish, Violation::resolution(wish.knob, wish.value)));
            continue;
        }
        if wish.value == from {
            continue;
        }
        let first = match attempt(wish.value.units(), &clamped.changes) {
            Ok(accepted) => {
                clamped.changes.insert(wish.knob, Some(wish.value));
                clamped.accepted = Some(accepted);
                continue;
            }
            Err(Refusal::Frozen) => return Err(Refusal::Frozen),
            Err(Refusal::Violations(violations)) => violations,
            Err(_) => continue,
        };
        // Too soon is too soon for any value of it.
        if let Some(violation) = first.iter().find(|v| v.code == Code::TooSoon && v.knob == Some(wish.knob)) {
            clamped.limited.push((*wish, violation.clone()));
            continue;
        }
        if let Some(violation) = first.into_iter().next() {
            clamped.limited.push((*wish, violation));
        }
        // Bounds, steps and cross rules all get easier towards the value in force: the farthest value that passes is found by
        // halving. `good` passes or is the value in force, `bad` does not pass.
        let (mut good, mut bad, mut best) = (from.units(), wish.value.units(), None);
        while good.abs_diff(bad) > 1 {
            let middle = good + (bad - good) / 2;
            match attempt(middle, &clamped.changes) {
                Ok(accepted) => {
                    good = middle;
                    best = Some(accepted);
                }
                Err(_) => bad = middle,
            }
        }
        if let Some(accepted) = best {
            clamped.changes.insert(wish.knob, Some(Decimal::new(good, wish.knob.knob().places)));
            clamped.accepted = Some(accepted);
        }
    }
    Ok(clamped)
}
