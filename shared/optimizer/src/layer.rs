//! Layers of configuration and their merge.
//!
//! A layer holds values of some knobs of one station. The more specific one wins, per knob: call over tenant over global,
//! and the catalogue's default under all. The merged result is always legal: where a layer makes it break a rule, the most
//! specific offending layer falls back, and a [`Fallback`] tells so.

use crate::cross::{self, CrossRule};
use attune_contracts::FieldError;
use attune_contracts::config::EffectiveValue;
use attune_contracts::parse::escape;
use attune_domain::knob::KNOBS;
use attune_domain::{Decimal, KnobName, Scope, Station, map_of};
use std::collections::BTreeMap;

/// Values of a layer or of a merged configuration, each at its knob's resolution.
pub type Values = BTreeMap<KnobName, Decimal>;

/// The three layers of one station, as seen by one call (or by no call: then `call` is empty).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layers {
    /// All tenants of the cell.
    pub global: Values,
    /// The tenant.
    pub tenant: Values,
    /// The call.
    pub call: Values,
}

impl Layers {
    /// The layer of a scope.
    pub const fn get(&self, scope: Scope) -> &Values {
        match scope {
            Scope::Global => &self.global,
            Scope::Tenant => &self.tenant,
            Scope::Call => &self.call,
        }
    }

    /// The layer of a scope, to change it.
    pub const fn get_mut(&mut self, scope: Scope) -> &mut Values {
        match scope {
            Scope::Global => &mut self.global,
            Scope::Tenant => &mut self.tenant,
            Scope::Call => &mut self.call,
        }
    }

    /// These layers with one of them replaced.
    pub fn with(&self, scope: Scope, layer: Values) -> Self {
        let mut layers = self.clone();
        *layers.get_mut(scope) = layer;
        layers
    }

    /// These layers down to `scope`, the more specific ones empty: what a change of that scope is judged by.
    pub fn down_to(&self, scope: Scope) -> Self {
        let mut layers = self.clone();
        if scope < Scope::Tenant {
            layers.tenant.clear();
        }
        if scope < Scope::Call {
            layers.call.clear();
        }
        layers
    }
}

/// A stored entry that could not be read: a knob that left the catalogue, or a value that is not at its resolution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// Name as stored.
    pub name: String,
    /// Value as stored.
    pub value: String,
    /// Why it was ignored.
    pub detail: String,
}

/// Reads a stored layer (name → decimal string). What cannot be read is left out and reported, so that a knob taken out of
/// the catalogue does not make a station's configuration unreadable.
pub fn read_stored(stored: &BTreeMap<String, String>) -> (Values, Vec<Ignored>) {
    let mut values = Values::new();
    let mut ignored = Vec::new();
    for (name, text) in stored {
        match parse_entry(name, text) {
            Ok((knob, value)) => {
                values.insert(knob, value);
            }
            Err((_, detail)) => ignored.push(Ignored { name: name.clone(), value: text.clone(), detail }),
        }
    }
    (values, ignored)
}

/// Reads the `values` of a request (null takes the knob out of the layer). Bounds are the gate's to judge.
///
/// # Errors
/// One [`FieldError`] under `/values` for each unknown name (`unknown`) and unreadable value (`invalid`).
pub fn read_changes(
    values: &BTreeMap<String, Option<String>>,
) -> Result<BTreeMap<KnobName, Option<Decimal>>, Vec<FieldError>> {
    let mut changes = BTreeMap::new();
    let mut errors = Vec::new();
    for (name, text) in values {
        let read = match text {
            Some(text) => parse_entry(name, text).map(|(knob, value)| (knob, Some(value))),
            None => KnobName::parse(name).map(|knob| (knob, None)).map_err(|e| ("unknown", e.to_string())),
        };
        match read {
            Ok((knob, value)) => {
                changes.insert(knob, value);
            }
            Err((code, detail)) => errors.push(FieldError::new(format!("/values/{}", escape(name)), code, detail)),
        }
    }
    if errors.is_empty() { Ok(changes) } else { Err(errors) }
}

/// Reads name → decimal string, all of which set a value (a proposal).
///
/// # Errors
/// As [`read_changes`].
pub fn read_strict(values: &BTreeMap<String, String>) -> Result<Values, Vec<FieldError>> {
    let optional = map_of(values.iter().map(|(name, text)| (name.clone(), Some(text.clone()))));
    Ok(map_of(read_changes(&optional)?.into_iter().filter_map(|(knob, value)| Some((knob, value?)))))
}

fn parse_entry(name: &str, text: &str) -> Result<(KnobName, Decimal), (&'static str, String)> {
    let knob = KnobName::parse(name).map_err(|e| ("unknown", e.to_string()))?;
    let value = knob.knob().parse_value(text).map_err(|e| ("invalid", e.to_string()))?;
    Ok((knob, value))
}

/// Name → decimal string: the stored and sent form.
pub fn to_text(values: &Values) -> BTreeMap<String, String> {
    map_of(values.iter().map(|(knob, value)| (knob.as_str().to_owned(), value.to_string())))
}

/// RFC 8785 JSON of name → decimal string. Equal values give equal bytes.
pub fn canonical(values: &Values) -> String {
    // Names and decimals are ASCII without anything to escape, and the map is sorted by name: that is the RFC 8785 form.
    let entries: Vec<String> = values.iter().map(|(knob, value)| format!("\"{knob}\":\"{value}\"")).collect();
    format!("{{{}}}", entries.join(","))
}

/// SHA-256 of [`canonical`], lowercase hex.
pub fn content_hash(values: &Values) -> String {
    attune_contracts::canonical::sha256_hex(canonical(values).as_bytes())
}

/// An effective value and the layer it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sourced {
    /// The value.
    pub value: Decimal,
    /// Its layer; `None`: the catalogue's default.
    pub scope: Option<Scope>,
}

/// A merged configuration: every knob that exists at the station. Legal by construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// The station.
    pub station: Station,
    /// All its knobs.
    pub knobs: BTreeMap<KnobName, Sourced>,
    /// What fell back, in the order in which it did.
    pub fallbacks: Vec<Fallback>,
}

/// A value of a layer that is not in force, because the merged result would not be legal with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// The layer that fell back.
    pub scope: Scope,
    /// The knob.
    pub knob: KnobName,
    /// The value that is not in force.
    pub value: Decimal,
    /// The rule it breaks.
    pub cause: FallbackCause,
}

/// Why a value fell back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FallbackCause {
    /// The knob does not exist at the station.
    NotAtStation,
    /// Outside the catalogue's bounds, or not at its resolution.
    Bounds,
    /// A rule between knobs.
    Cross(CrossRule),
}

impl std::fmt::Display for Fallback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (scope, knob, value) = (self.scope.as_str(), self.knob, self.value);
        match self.cause {
            FallbackCause::NotAtStation => {
                write!(f, "{knob} {value} of the {scope} layer: no such knob at the station")
            }
            FallbackCause::Bounds => write!(f, "{knob} {value} of the {scope} layer is out of bounds"),
            FallbackCause::Cross(rule) => write!(f, "{knob} {value} of the {scope} layer: {rule}"),
        }
    }
}

impl Effective {
    /// The value of a knob; `None` if it does not exist at the station.
    pub fn value(&self, knob: KnobName) -> Option<Decimal> {
        self.knobs.get(&knob).map(|s| s.value)
    }

    /// All values.
    pub fn values(&self) -> Values {
        map_of(self.knobs.iter().map(|(knob, sourced)| (*knob, sourced.value)))
    }

    /// Values that differ from the defaults, name → decimal string: what a snapshot reports as its parameters.
    pub fn non_default(&self) -> BTreeMap<String, String> {
        let differing = self.values().into_iter().filter(|(knob, value)| *value != knob.knob().default_value());
        to_text(&map_of(differing))
    }

    /// RFC 8785 JSON of name → decimal string of all values.
    pub fn canonical(&self) -> String {
        canonical(&self.values())
    }

    /// SHA-256 of [`Self::canonical`], lowercase hex: `content_hash` of the effective configuration.
    pub fn content_hash(&self) -> String {
        content_hash(&self.values())
    }

    /// `values` of the effective configuration as it is sent.
    pub fn to_wire(&self) -> BTreeMap<String, EffectiveValue> {
        let wire = |knob: &KnobName, s: &Sourced| EffectiveValue {
            value: s.value.to_string(),
            unit: knob.knob().unit.to_owned(),
            scope: s.scope,
        };
        map_of(self.knobs.iter().map(|(knob, s)| (knob.as_str().to_owned(), wire(knob, s))))
    }
}

/// Is the value at its knob's resolution and within its bounds?
pub fn within_bounds(knob: KnobName, value: Decimal) -> bool {
    let k = knob.knob();
    value.places() == k.places && (k.min..=k.max).contains(&value.units())
}

/// Merges the layers of a station.
///
/// Deterministic, and legal whatever the layers hold: values out of bounds and knobs that the station does not have are
/// left out; then, as long as a cross rule is broken, the knobs of the most specific layer whose removal makes it less
/// broken fall back to the next layer. The defaults, at the end of every fall, obey all rules.
pub fn merge(station: Station, layers: &Layers) -> Effective {
    let mut fallbacks = Vec::new();
    // For each knob the values that may be in force, the most specific one last.
    let mut stacks: BTreeMap<KnobName, Vec<Sourced>> = BTreeMap::new();
    for knob in KNOBS.iter().filter(|k| k.exists_at(station)) {
        stacks.insert(knob.key(), vec![Sourced { value: knob.default_value(), scope: None }]);
    }
    for scope in [Scope::Global, Scope::Tenant, Scope::Call] {
        for (&knob, &value) in layers.get(scope) {
            match stacks.get_mut(&knob) {
                None => fallbacks.push(Fallback { scope, knob, value, cause: FallbackCause::NotAtStation }),
                Some(_) if !within_bounds(knob, value) => {
                    fallbacks.push(Fallback { scope, knob, value, cause: FallbackCause::Bounds });
                }
                Some(stack) => stack.push(Sourced { value, scope: Some(scope) }),
            }
        }
    }
    // Each round takes at least one value off a stack, so this ends.
    while let Some(rule) = cross::first_broken(station, &tops(&stacks)) {
        let falling = falling(rule, station, &stacks);
        if falling.is_empty() {
            break; // only the defaults are left, and a test of the catalogue shows that they are legal
        }
        for knob in falling {
            let Some(Sourced { value, scope: Some(scope) }) = stacks.get_mut(&knob).and_then(Vec::pop) else {
                continue;
            };
            fallbacks.push(Fallback { scope, knob, value, cause: FallbackCause::Cross(rule) });
        }
    }
    let knobs = map_of(stacks.into_iter().filter_map(|(knob, mut stack)| Some((knob, stack.pop()?))));
    Effective { station, knobs, fallbacks }
}

fn tops(stacks: &BTreeMap<KnobName, Vec<Sourced>>) -> Values {
    map_of(stacks.iter().filter_map(|(knob, stack)| Some((*knob, stack.last()?.value))))
}

/// The knobs that fall back for a broken rule: those of the most specific layer that make it worse than the value below
/// them would; if there is no such layer, all of the rule's knobs in the most specific layer that has any.
fn falling(rule: CrossRule, station: Station, stacks: &BTreeMap<KnobName, Vec<Sourced>>) -> Vec<KnobName> {
    let now = tops(stacks);
    let excess = rule.excess(station, &now);
    let in_layer = |scope: Scope| {
        rule.knobs()
            .iter()
            .copied()
            .filter(move |knob| stacks.get(knob).and_then(|s| s.last()).is_some_and(|top| top.scope == Some(scope)))
    };
    let offends = |knob: &KnobName| {
        let below = stacks.get(knob).and_then(|s| s.len().checked_sub(2).and_then(|i| s.get(i)));
        below.is_some_and(|below| {
            let mut without = now.clone();
            without.insert(*knob, below.value);
            rule.excess(station, &without) < excess
        })
    };
    let scopes = [Scope::Call, Scope::Tenant, Scope::Global];
    let offending = scopes.into_iter().map(|scope| in_layer(scope).filter(offends).collect::<Vec<_>>());
    let any = scopes.into_iter().map(|scope| in_layer(scope).collect::<Vec<_>>());
    offending.chain(any).find(|knobs| !knobs.is_empty()).unwrap_or_default()
}
