//! What the gate has to know of a station to judge a change.

use crate::layer::{Ignored, Layers, read_stored};
use attune_contracts::command::StationStateV1;
use attune_contracts::snapshot::Constraint;
use attune_domain::{Decimal, KnobName, map_of};
use std::collections::BTreeMap;

/// Bounds of a value, inclusive, in units of the knob's resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Least.
    pub min: Decimal,
    /// Largest.
    pub max: Decimal,
}

impl Bounds {
    /// The catalogue's bounds.
    pub fn of(knob: KnobName) -> Self {
        let knob = knob.knob();
        Self { min: Decimal::new(knob.min, knob.places), max: Decimal::new(knob.max, knob.places) }
    }

    /// Is the value within?
    pub fn contains(self, value: Decimal) -> bool {
        (self.min.units()..=self.max.units()).contains(&value.units())
    }
}

/// State of a station as one asker sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// Effective version: the highest version of a change in the layers merged.
    pub version: u64,
    /// The layers. For a change of tenant or global scope the more specific ones do not count here, see [`Self::affected`].
    pub layers: Layers,
    /// Every more specific configuration that a change reaches too: for a change of tenant scope the layers of each active call.
    pub affected: Vec<Layers>,
    /// Time of the last change per knob, ms since 1970.
    pub last_changed: BTreeMap<KnobName, i64>,
    /// Are changes frozen?
    pub frozen: bool,
    /// Bounds tighter than the catalogue's. Looser ones have no effect.
    pub constraints: BTreeMap<KnobName, (Option<Decimal>, Option<Decimal>)>,
}

impl State {
    /// Reads what ControlRoom answers a function. What cannot be read of the layers is reported and left out.
    pub fn from_wire(wire: &StationStateV1) -> (Self, Vec<Ignored>) {
        let (global, mut ignored) = read_stored(&wire.global);
        let (tenant, more) = read_stored(&wire.tenant);
        ignored.extend(more);
        let (call, more) = read_stored(&wire.call);
        ignored.extend(more);
        let last_changed = map_of(wire.last_changed.iter().filter_map(|(k, at)| Some((KnobName::parse(k).ok()?, *at))));
        let state = Self {
            version: wire.version,
            layers: Layers { global, tenant, call },
            affected: Vec::new(),
            last_changed,
            frozen: wire.frozen,
            constraints: BTreeMap::new(),
        };
        (state, ignored)
    }

    /// Takes over a snapshot's constraints. A constraint that cannot be read has been refused with its snapshot; here it is
    /// left out.
    #[must_use]
    pub fn constrained(mut self, constraints: &BTreeMap<String, Constraint>) -> Self {
        for (name, constraint) in constraints {
            let Ok(knob) = KnobName::parse(name) else { continue };
            let read = |text: &Option<String>| text.as_deref().and_then(|t| knob.knob().parse_value(t).ok());
            self.constraints.insert(knob, (read(&constraint.min), read(&constraint.max)));
        }
        self
    }

    /// The bounds in force for a knob: the catalogue's, made tighter by the constraints. They may exclude every value.
    pub fn bounds(&self, knob: KnobName) -> Bounds {
        let mut bounds = Bounds::of(knob);
        if let Some((min, max)) = self.constraints.get(&knob) {
            bounds.min = min.map_or(bounds.min, |m| m.max(bounds.min));
            bounds.max = max.map_or(bounds.max, |m| m.min(bounds.max));
        }
        bounds
    }

    /// Milliseconds until the knob may change again; `None`: at once. A last change in the future counts as just made.
    pub fn wait_ms(&self, knob: KnobName, now_ms: i64) -> Option<i64> {
        let interval = knob.knob().min_interval_ms;
        let elapsed = now_ms.saturating_sub(*self.last_changed.get(&knob)?).max(0);
        (elapsed < interval).then_some(interval - elapsed)
    }
}
