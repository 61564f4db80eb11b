//! No sequence of changes, rollbacks, expiries, freezes and times puts a value in force that breaks a rule; every rollback is
//! byte-identical to the version it returns to; merges are deterministic and legal whatever the layers hold.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not seen as tests by the lint")]

use attune_domain::knob::KNOBS;
use attune_domain::{Decimal, KnobName, Scope, Station};
use attune_optimizer::gate::{Bounds, Wish, clamp};
use attune_optimizer::layer::{canonical, read_strict, to_text};
use attune_optimizer::{Effective, Layers, Refusal, Request, State, Values, cross, judge, merge, restore};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn knob() -> impl Strategy<Value = KnobName> {
    // The knobs of the cross rules more often than the others.
    let crossed = vec![
        KnobName::INPUT_GAIN,
        KnobName::AGC_TARGET,
        KnobName::AGC_MAX_GAIN,
        KnobName::COMPRESSOR_MAKEUP,
        KnobName::GATE_THRESHOLD,
        KnobName::LIMITER_THRESHOLD,
        KnobName::NOISE_REDUCTION,
    ];
    prop_oneof![
        3 => proptest::sample::select(crossed),
        1 => (0..KNOBS.len()).prop_map(|i| KNOBS[i].key()),
    ]
}

/// Mostly values within bounds, some beyond, some at a wrong resolution.
fn entry() -> impl Strategy<Value = (KnobName, Decimal)> {
    (knob(), -1.2f64..1.2, 0u8..20).prop_map(|(name, part, wrong)| {
        let k = name.knob();
        let (middle, half) = ((k.min + k.max) as f64 / 2.0, (k.max - k.min) as f64 / 2.0);
        let places = if wrong == 0 { k.places + 1 } else { k.places };
        (name, Decimal::new((middle + part * half) as i64, places))
    })
}

fn layer() -> impl Strategy<Value = Values> {
    vec(entry(), 0..8).prop_map(|entries| entries.into_iter().collect())
}

fn station() -> impl Strategy<Value = Station> {
    proptest::sample::select(Station::ALL.to_vec())
}

fn scope() -> impl Strategy<Value = Scope> {
    proptest::sample::select(vec![Scope::Global, Scope::Tenant, Scope::Call, Scope::Call])
}

fn assert_legal(effective: &Effective) {
    let expected: Vec<_> = KNOBS.iter().filter(|k| k.exists_at(effective.station)).map(|k| k.key()).collect();
    assert_eq!(effective.knobs.len(), expected.len());
    for name in expected {
        let value = effective.value(name).unwrap();
        assert!(Bounds::of(name).contains(value) && value.places() == name.knob().places, "{name} {value}");
    }
    // Written out once more, apart from the code under test.
    let at = |name: KnobName| effective.value(name).unwrap().units();
    assert!(at(KnobName::GATE_THRESHOLD) + 100 <= at(KnobName::AGC_TARGET));
    assert!(at(KnobName::LIMITER_THRESHOLD) > at(KnobName::AGC_TARGET));
    assert!(at(KnobName::INPUT_GAIN) + at(KnobName::AGC_MAX_GAIN) + at(KnobName::COMPRESSOR_MAKEUP) <= 360);
    if [3, 4, 11].contains(&effective.station.number()) {
        assert_eq!(at(KnobName::NOISE_REDUCTION), 0);
    }
}

/// Canonical bytes and stored form of a version.
type Stored = (String, BTreeMap<String, String>);

/// A small ControlRoom for one station with one call.
struct Room {
    station: Station,
    state: State,
    counter: u64,
    now: i64,
    /// Versions of each layer.
    history: BTreeMap<Scope, Vec<Stored>>,
}

#[derive(Debug, Clone)]
enum Step {
    Change { scope: Scope, changes: BTreeMap<KnobName, Option<Decimal>>, stale: bool },
    Nudge { scope: Scope, knob: KnobName, part: f64 },
    Back { scope: Scope, pick: prop::sample::Index },
    Freeze(bool),
    Time(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let change = entry().prop_flat_map(|e| (Just(e.0), prop_oneof![4 => Just(Some(e.1)), 1 => Just(None)]));
    prop_oneof![
        2 => (scope(), vec(change, 1..4), proptest::bool::weighted(0.1))
            .prop_map(|(scope, c, stale)| Step::Change { scope, changes: c.into_iter().collect(), stale }),
        6 => (scope(), knob(), -1.3f64..1.3).prop_map(|(scope, knob, part)| Step::Nudge { scope, knob, part }),
        2 => (scope(), any::<prop::sample::Index>()).prop_map(|(scope, pick)| Step::Back { scope, pick }),
        1 => proptest::bool::weighted(0.3).prop_map(Step::Freeze),
        5 => (-1_000i64..40_000).prop_map(Step::Time),
    ]
}

impl Room {
    fn new(station: Station) -> Self {
        let empty = || vec![("{}".to_owned(), BTreeMap::new())];
        let history = [Scope::Global, Scope::Tenant, Scope::Call].map(|s| (s, empty())).into();
        Self { station, state: State::default(), counter: 0, now: 1_000_000, history }
    }

    /// The state as an asker of `scope` sees it: the call is then one of the affected configurations.
    fn seen_by(&self, scope: Scope) -> State {
        let mut state = self.state.clone();
        state.layers = state.layers.down_to(scope);
        state.affected = if scope == Scope::Call { Vec::new() } else { vec![self.state.layers.clone()] };
        state
    }

    fn apply(&mut self, scope: Scope, accepted: &attune_optimizer::Accepted) {
        self.counter += 1;
        self.state.version = self.counter;
        *self.state.layers.get_mut(scope) = accepted.layer_after.clone();
        for knob in accepted.changed.keys() {
            self.state.last_changed.insert(*knob, self.now);
        }
        let stored = to_text(&accepted.layer_after);
        self.history.get_mut(&scope).unwrap().push((canonical(&accepted.layer_after), stored));
    }

    fn change(&mut self, scope: Scope, changes: BTreeMap<KnobName, Option<Decimal>>, stale: bool) {
        let base_version = if stale { self.state.version + 1 } else { self.state.version };
        let request = Request { station: self.station, scope, changes, base_version, ttl_s: None };
        let seen = self.seen_by(scope);
        let before = merge(self.station, &seen.layers);
        match judge(&request, &seen, self.now) {
            Err(refusal) => assert!(!stale || matches!(refusal, Refusal::VersionConflict { .. } | Refusal::Frozen)),
            Ok(accepted) => {
                assert!(!seen.frozen && !stale, "nothing passes while frozen or from another version");
                for (knob, sourced) in &accepted.effective_after.knobs {
                    let (old, new, k) = (before.value(*knob).unwrap(), sourced.value, knob.knob());
                    if old == new {
                        continue;
                    }
                    assert!((new.units() - old.units()).abs() <= k.max_step, "{knob} {old} {new}");
                    assert!(k.live || scope != Scope::Call, "{knob} is not live");
                    let last = self.state.last_changed.get(knob);
                    assert!(last.is_none_or(|at| self.now - at >= k.min_interval_ms), "{knob} too soon");
                }
                for (knob, (_, new)) in &accepted.changed {
                    // What was asked for is in force, and not something else: nothing accepted falls back at once.
                    assert!(new.is_none_or(|new| accepted.effective_after.value(*knob) == Some(new)), "{knob}");
                }
                self.apply(scope, &accepted);
            }
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Time(ms) => self.now += ms,
            Step::Freeze(frozen) => self.state.frozen = frozen,
            Step::Change { scope, changes, stale } => self.change(scope, changes, stale),
            Step::Nudge { scope, knob, part } => {
                let Some(old) = merge(self.station, &self.seen_by(scope).layers).value(knob) else { return };
                let new = old.units() + (part * knob.knob().max_step as f64) as i64;
                self.change(scope, [(knob, Some(Decimal::new(new, old.places())))].into(), false);
            }
            Step::Back { scope, pick } => {
                let (bytes, stored) = pick.get(&self.history[&scope]).clone();
                let target = read_strict(&stored).unwrap();
                let accepted = restore(self.station, scope, &target, &self.seen_by(scope)).unwrap();
                assert_eq!(canonical(&accepted.layer_after), bytes, "byte-identical to the version it returns to");
                self.apply(scope, &accepted);
                assert_eq!(canonical(self.state.layers.get(scope)), bytes);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_merge_is_legal_and_deterministic(station in station(), global in layer(), tenant in layer(), call in layer()) {
        let layers = Layers { global, tenant, call };
        let merged = merge(station, &layers);
        assert_legal(&merged);
        prop_assert_eq!(&merged, &merge(station, &layers));
        // Every entry is in force, overruled by a more specific layer, or reported.
        for scope in [Scope::Global, Scope::Tenant, Scope::Call] {
            for (knob, value) in layers.get(scope) {
                let in_force = merged.knobs.get(knob).is_some_and(|s| s.scope >= Some(scope));
                let reported = merged.fallbacks.iter().any(|f| (f.scope, f.knob, f.value) == (scope, *knob, *value));
                prop_assert!(in_force || reported, "{} {} of {:?} vanished", knob, value, scope);
            }
        }
    }

    #[test]
    fn no_sequence_puts_an_illegal_value_in_force(station in station(), steps in vec(step(), 1..60)) {
        let mut room = Room::new(station);
        for step in steps {
            room.take(step);
            for scope in [Scope::Global, Scope::Tenant, Scope::Call] {
                assert_legal(&merge(station, &room.state.layers.down_to(scope)));
            }
        }
    }

    #[test]
    fn what_is_clamped_passes_the_gate(
        station in station(),
        steps in vec(step(), 0..20),
        wishes in vec(entry(), 0..6),
        constraints in btree_map(knob(), (-300i64..300, 0i64..300), 0..3),
    ) {
        let mut room = Room::new(station);
        steps.into_iter().for_each(|s| room.take(s));
        let mut state = room.state.clone();
        for (knob, (min, span)) in constraints {
            let at = |units| Some(Decimal::new(units, knob.knob().places));
            state.constraints.insert(knob, (at(min), at(min + span)));
        }
        let wishes: Vec<Wish> = wishes.into_iter().map(|(knob, value)| Wish { knob, value }).collect();
        match clamp(station, Scope::Call, &wishes, &state, Some(60), room.now) {
            Err(refusal) => prop_assert!(state.frozen && refusal == Refusal::Frozen),
            Ok(clamped) if clamped.changes.is_empty() => prop_assert!(clamped.accepted.is_none()),
            Ok(clamped) => {
                let (changes, base_version) = (clamped.changes, state.version);
                for (knob, value) in &changes {
                    prop_assert!(state.bounds(*knob).contains(value.unwrap()));
                }
                let request = Request { station, scope: Scope::Call, changes, base_version, ttl_s: Some(60) };
                prop_assert_eq!(judge(&request, &state, room.now).ok(), clamped.accepted);
            }
        }
    }
}

#[test]
fn the_defaults_of_every_station_are_legal() {
    for station in Station::ALL {
        let merged = merge(station, &Layers::default());
        assert_legal(&merged);
        assert_eq!(cross::first_broken(station, &merged.values()), None);
    }
}
