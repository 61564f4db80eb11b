//! The safety gate. Every change of configuration passes it: proposals of the optimizer, manual changes, rollbacks.
//!
//! A change keeps all of these, or is refused with everything that is wrong with it and what would be right:
//! the knob exists at the station; not-live knobs change only outside of calls; value at the knob's resolution, within the
//! catalogue's bounds and the tighter ones of the station's constraints; no step larger than the knob's largest, from the
//! *effective* value before to the effective value after; no second change within the knob's least interval; no cross rule
//! broken in the merged result; a time to live of 1 s to 7 days; base version = effective version; not frozen.
//!
//! A rollback ([`restore`]) returns a layer byte for byte to a stored version. It is not bound by steps, intervals, versions
//! or freezes, because it has to work at once; bounds it keeps, and cross rules too, by the merge.

mod clamp;
mod refusal;
mod state;

pub use clamp::{Clamped, Wish, clamp};
pub use refusal::{Code, Refusal, Violation};
pub use state::{Bounds, State};

use crate::layer::{Effective, Fallback, FallbackCause, Layers, Values, merge, within_bounds};
use attune_domain::{Decimal, KnobName, Scope, Station};
use std::collections::BTreeMap;

/// Longest time to live of a change, in seconds: 7 days.
pub const MAX_TTL_S: u32 = 604_800;

/// A wanted change of one layer of one station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Station.
    pub station: Station,
    /// Layer.
    pub scope: Scope,
    /// New values; `None` takes the knob out of the layer.
    pub changes: BTreeMap<KnobName, Option<Decimal>>,
    /// Effective version that the asker saw.
    pub base_version: u64,
    /// Seconds after which the change returns by itself.
    pub ttl_s: Option<u32>,
}

/// A change that may be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The whole layer after the change.
    pub layer_after: Values,
    /// What is in force then, as seen by the scope of the change (for a call: global, tenant and call merged).
    pub effective_after: Effective,
    /// Entries of the layer that changed: (before, after); `None`: not in the layer.
    pub changed: BTreeMap<KnobName, (Option<Decimal>, Option<Decimal>)>,
    /// For each of [`State::affected`], in its order, what is in force there. Where the change made a more specific layer's
    /// value illegal, that value fell back and is listed under `fallbacks`.
    pub affected_after: Vec<Effective>,
}

impl Accepted {
    /// What falls back in the affected configurations because of the change: (index in [`State::affected`], what).
    pub fn new_fallbacks<'a>(&'a self, state: &'a State, station: Station) -> Vec<(usize, &'a Fallback)> {
        let mut found = Vec::new();
        for (index, (after, layers)) in self.affected_after.iter().zip(&state.affected).enumerate() {
            let before = merge(station, layers).fallbacks;
            found.extend(after.fallbacks.iter().filter(|f| !before.contains(f)).map(|f| (index, f)));
        }
        found
    }
}

/// Judges a change.
///
/// # Errors
/// [`Refusal`] with every violation and what would be right.
pub fn judge(request: &Request, state: &State, now_ms: i64) -> Result<Accepted, Refusal> {
    if state.frozen {
        return Err(Refusal::Frozen);
    }
    if request.base_version != state.version {
        return Err(Refusal::VersionConflict { current: state.version });
    }
    let Request { station, scope, .. } = *request;
    let own = state.layers.down_to(scope);
    let before = merge(station, &own);
    let mut violations = Vec::new();
    if let Some(ttl) = request.ttl_s.filter(|ttl| !(1..=MAX_TTL_S).contains(ttl)) {
        violations.push(Violation::ttl(ttl));
    }

    let mut layer_after = own.get(scope).clone();
    let mut changed = BTreeMap::new();
    for (&knob, &value) in &request.changes {
        let old = layer_after.get(&knob).copied();
        if old == value {
            continue;
        }
        violations.extend(check_value(knob, value, request, state));
        match value {
            Some(value) => layer_after.insert(knob, value),
            None => layer_after.remove(&knob),
        };
        changed.insert(knob, (old, value));
    }
    // Steps and cross rules can be judged only on values that are legal by themselves.
    if !violations.is_empty() {
        return Err(Refusal::Violations(violations));
    }
    if changed.is_empty() {
        return Err(Refusal::NothingToChange);
    }

    let after = merge(station, &own.with(scope, layer_after.clone()));
    violations.extend(check_cross(&before, &after, &own.with(scope, layer_after.clone()), &changed));
    if violations.is_empty() {
        for knob in before.knobs.keys() {
            violations.extend(check_move(*knob, &before, &after, state, now_ms));
        }
    }
    if !violations.is_empty() {
        return Err(Refusal::Violations(violations));
    }
    let affected_after = affected_after(station, scope, &layer_after, state);
    Ok(Accepted { layer_after, effective_after: after, changed, affected_after })
}

/// Judges a return of a layer to a stored version (`target`: its whole content; empty: version 0). For rollbacks, manual and
/// automatic, and for the end of a time to live. The layer afterwards is exactly `target`.
///
/// # Errors
/// [`Refusal::Violations`] when a value is out of the bounds of today or its knob no longer exists at the station.
pub fn restore(station: Station, scope: Scope, target: &Values, state: &State) -> Result<Accepted, Refusal> {
    let mut violations = Vec::new();
    for (&knob, &value) in target {
        if !knob.knob().exists_at(station) {
            violations.push(Violation::not_at_station(knob, station));
        } else if !within_bounds(knob, value) {
            violations.push(Violation::out_of_range(knob, value, Bounds::of(knob)));
        }
    }
    if !violations.is_empty() {
        return Err(Refusal::Violations(violations));
    }
    let own = state.layers.down_to(scope);
    let old = own.get(scope);
    let mut changed = BTreeMap::new();
    for &knob in old.keys().chain(target.keys()) {
        let (before, after) = (old.get(&knob).copied(), target.get(&knob).copied());
        if before != after {
            changed.insert(knob, (before, after));
        }
    }
    Ok(Accepted {
        layer_after: target.clone(),
        effective_after: merge(station, &own.with(scope, target.clone())),
        changed,
        affected_after: affected_after(station, scope, target, state),
    })
}

fn affected_after(station: Station, scope: Scope, layer: &Values, state: &State) -> Vec<Effective> {
    state.affected.iter().map(|layers| merge(station, &layers.with(scope, layer.clone()))).collect()
}

/// What a value may be by itself.
fn check_value(knob: KnobName, value: Option<Decimal>, request: &Request, state: &State) -> Option<Violation> {
    let k = knob.knob();
    let Request { station, scope, .. } = *request;
    if !k.exists_at(station) {
        // An entry that should not be there may always be taken out.
        return value.is_some().then(|| Violation::not_at_station(knob, station));
    }
    if !k.live && scope == Scope::Call {
        return Some(Violation::not_live(knob));
    }
    let value = value?;
    if value.places() != k.places {
        return Some(Violation::resolution(knob, value));
    }
    let bounds = state.bounds(knob);
    (!bounds.contains(value)).then(|| Violation::out_of_range(knob, value, bounds))
}

/// Step and rate: on the effective value, whatever layer it comes from.
fn check_move(
    knob: KnobName,
    before: &Effective,
    after: &Effective,
    state: &State,
    now_ms: i64,
) -> impl Iterator<Item = Violation> {
    let k = knob.knob();
    let mut found = [None, None];
    if let (Some(old), Some(new)) = (before.value(knob), after.value(knob))
        && old != new
    {
        let bounds = state.bounds(knob);
        if new.units().abs_diff(old.units()) > k.max_step.unsigned_abs() {
            found[0] = Some(Violation::step(knob, old, new, bounds));
        }
        found[1] = state.wait_ms(knob, now_ms).map(|wait| Violation::too_soon(knob, wait));
    }
    found.into_iter().flatten()
}

/// A change is refused if the merged result would not be legal with it: if anything falls back that did not before.
fn check_cross(
    before: &Effective,
    after: &Effective,
    layers: &Layers,
    changed: &BTreeMap<KnobName, (Option<Decimal>, Option<Decimal>)>,
) -> Vec<Violation> {
    let mut unmerged = Values::new();
    for scope in [Scope::Global, Scope::Tenant, Scope::Call] {
        unmerged.extend(layers.get(scope));
    }
    let mut violations: Vec<Violation> = Vec::new();
    for fallback in after.fallbacks.iter().filter(|f| !before.fallbacks.contains(f)) {
        let FallbackCause::Cross(rule) = fallback.cause else { continue };
        let mut blamed: Vec<KnobName> = rule.knobs().iter().copied().filter(|k| changed.contains_key(k)).collect();
        if blamed.is_empty() {
            blamed.push(fallback.knob);
        }
        for knob in blamed {
            let violation = Violation::cross(knob, rule, after.station, &unmerged);
            if !violations.contains(&violation) {
                violations.push(violation);
            }
        }
    }
    violations
}
