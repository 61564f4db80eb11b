//! Any sequence of commands: every effective value is legal, versions only rise, a return is byte-identical to the version it
//! returns to, a room reads the same after it has slept.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use attune_contracts::config::{ChangeV1, Origin};
use attune_contracts::message::CONFIG_CHANGED_V1;
use attune_domain::{Scope, Station};
use attune_objects::Store;
use attune_objects::control_room::{ControlRoom, GlobalLayerV1, Owner};
use attune_optimizer::cross::first_broken;
use attune_optimizer::layer::{read_stored, within_bounds};
use common::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const HERE: Station = Station::GatewayIn;
const KNOBS: [(&str, [&str; 5]); 6] = [
    (GAIN, ["-6", "0", "6.0", "12", "24"]),
    ("agc.max_gain_db", ["0", "6", "12", "18", "30"]),
    ("compressor.makeup_db", ["0", "6", "12", "18", "24"]),
    ("noise_gate.threshold_dbfs", ["-80", "-60", "-40", "-20", "-30"]),
    ("agc.target_level_dbfs", ["-35", "-30", "-24", "-18", "-12"]),
    ("limiter.threshold_dbfs", ["0", "-3", "-6", "-12", "-9"]),
];

#[derive(Debug, Clone)]
enum Step {
    Update { call: u8, stale: bool, knobs: Vec<(usize, usize)>, ttl: Option<u32> },
    Propose { run: u8, call: u8, knobs: Vec<(usize, usize)>, score: u8, fresh: bool, tenant: bool },
    Rollback { call: u8, to: u8 },
    Freeze { on: bool },
    Global { version: u8, knobs: Vec<(usize, usize)> },
    Wait { ms: i64 },
    Sleep,
}

fn knobs() -> impl Strategy<Value = Vec<(usize, usize)>> {
    proptest::collection::vec((0..KNOBS.len(), 0..5_usize), 1..4)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0..3_u8, 0..8_u8, knobs(), prop_oneof![3 => Just(None), 1 => (1..200_u32).prop_map(Some)])
            .prop_map(|(call, stale, knobs, ttl)| Step::Update { call, stale: stale == 0, knobs, ttl }),
        6 => (any::<u8>(), 1..3_u8, knobs(), any::<u8>(), any::<bool>(), 0..5_u8).prop_map(
            |(run, call, knobs, score, fresh, tenant)| Step::Propose { run, call, knobs, score, fresh, tenant: tenant == 0 }),
        2 => (0..3_u8, any::<u8>()).prop_map(|(call, to)| Step::Rollback { call, to }),
        1 => any::<bool>().prop_map(|on| Step::Freeze { on }),
        1 => (any::<u8>(), knobs()).prop_map(|(version, knobs)| Step::Global { version, knobs }),
        5 => prop_oneof![1_000..40_000_i64, 1_000..200_000_i64].prop_map(|ms| Step::Wait { ms }),
        1 => Just(Step::Sleep),
    ]
}

fn chosen(knobs: &[(usize, usize)]) -> Vec<(&'static str, &'static str)> {
    knobs.iter().map(|(knob, value)| (KNOBS[*knob].0, KNOBS[*knob].1[*value])).collect()
}

struct World {
    bench: Bench,
    /// Content hash of each version's layer, and its place.
    made: BTreeMap<u64, (String, Scope, Option<String>)>,
    /// Effective versions seen per call (0: none).
    seen: BTreeMap<u8, u64>,
    global: u64,
    segment: u32,
}

impl World {
    fn apply(&mut self, step: &Step) {
        let b = &mut self.bench;
        let of = |call: u8| (call > 0).then(|| call_of(call));
        match step {
            Step::Update { call, stale, knobs, ttl } => {
                let c = of(*call);
                let scope = if c.is_some() { Scope::Call } else { Scope::Tenant };
                let base = b.version(HERE, c.as_ref()).wrapping_sub(u64::from(*stale));
                let values: Vec<(&str, Option<&str>)> =
                    chosen(knobs).into_iter().map(|(n, v)| (n, (v != "0").then_some(v))).collect();
                let mut body = change(scope, c.as_ref(), base, &values);
                body.ttl_s = *ttl;
                if b.update(&body).answer.is_ok() {
                    assert!(!stale, "compare and set");
                }
            }
            Step::Propose { run, call, knobs, score, fresh, tenant } => {
                let c = call_of(*call);
                let version = b.version(HERE, Some(&c));
                self.segment += 1;
                let seen = if *fresh { version } else { version.saturating_sub(1) };
                let mut body = proposal(
                    u128::from(*run),
                    &c,
                    version,
                    window(self.segment, seen, f64::from(*score) / 2.55),
                    &chosen(knobs),
                );
                if *tenant {
                    body.scope = Scope::Tenant;
                }
                let before = b.version(HERE, Some(&c));
                let known = b.room.run(&body.run_id).unwrap().is_some();
                b.propose(&body).answer.unwrap();
                if known {
                    assert_eq!(b.version(HERE, Some(&c)), before, "a repeat changes nothing");
                }
            }
            Step::Rollback { call, to } => {
                let c = of(*call);
                let scope = if c.is_some() { Scope::Call } else { Scope::Tenant };
                let top = self.made.keys().last().copied().unwrap_or(0);
                let to = u64::from(*to) % (top + 1);
                let own = self
                    .made
                    .get(&to)
                    .is_some_and(|(_, s, place)| (*s, place.as_deref()) == (scope, c.as_ref().map(|c| c.as_str())));
                let done = b.rollback(&back(scope, c.as_ref(), to)).answer;
                if to == 0 || own {
                    // history is kept for the last fifty versions of a layer, and these runs are shorter
                    let made = done.unwrap().change.unwrap();
                    if let Some((hash, _, _)) = self.made.get(&to) {
                        assert_eq!(&made.content_hash, hash, "byte-identical");
                    }
                } else {
                    assert!(done.is_err(), "a version of another layer");
                }
            }
            Step::Freeze { on } => b.freeze(*on),
            Step::Global { version, knobs } => {
                self.global = self.global.max(u64::from(*version));
                let values = chosen(knobs).into_iter().filter_map(|(n, v)| {
                    let knob = attune_domain::KnobName::parse(n).unwrap().knob();
                    Some((n.to_owned(), knob.parse_value(v).ok()?.to_string()))
                });
                let layer = GlobalLayerV1 {
                    source_version: u64::from(*version),
                    station: HERE,
                    values: values.collect(),
                    origin: Origin::Manual { key_id: "operator".to_owned() },
                    reason: "global".to_owned(),
                    expires_at: None,
                };
                b.room.take_global(&b.ctx(), &[layer], true).answer.unwrap();
            }
            Step::Wait { ms } => {
                // a step may hold several due times: the alarm rings until none is left
                let end = b.now.get() + ms;
                while let Some(at) = b.room.next_alarm(b.now.get()).unwrap().filter(|at| *at < end) {
                    b.now.set(at.max(b.now.get() + 1));
                    b.room.on_alarm(&b.ctx()).answer.unwrap();
                    drain(&b.room, b.now.get());
                }
                b.now.set(end);
                b.room.on_alarm(&b.ctx()).answer.unwrap();
            }
            Step::Sleep => {
                let before: Vec<_> = (0..3).map(|c| b.room.effective(HERE, of(c).as_ref(), START).unwrap()).collect();
                b.room = ControlRoom::open(b.store.clone(), Owner::Tenant(tenant())).unwrap();
                let after: Vec<_> = (0..3).map(|c| b.room.effective(HERE, of(c).as_ref(), START).unwrap()).collect();
                assert_eq!(before, after);
            }
        }
        self.check();
    }

    fn check(&mut self) {
        let b = &self.bench;
        // every new version: higher than all before, recorded as a message, and if it is a return, byte-identical
        let last = self.made.keys().last().copied().unwrap_or(0);
        let rows =
            b.store.exec("SELECT change, content FROM change WHERE version > ?1 ORDER BY version", &[last.into()]);
        for mut row in rows.unwrap() {
            let made: ChangeV1 = serde_json::from_str(&row.text(0).unwrap()).unwrap();
            let content = row.text(1).unwrap();
            assert_eq!(made.version, self.made.keys().last().copied().unwrap_or(0) + 1, "no version is left out");
            assert!(made.parent < made.version);
            assert_eq!(attune_contracts::canonical::sha256_hex(content.as_bytes()), made.content_hash);
            let to = match made.origin {
                Origin::Rollback { to_version, .. } | Origin::AutomaticRollback { to_version, .. } => Some(to_version),
                _ => None,
            };
            if let Some((hash, _, _)) = to.and_then(|to| self.made.get(&to)) {
                assert_eq!(hash, &made.content_hash);
            }
            let place = made.call_id.as_ref().map(ToString::to_string);
            self.made.insert(made.version, (made.content_hash, made.scope, place));
        }
        for call in 0..3_u8 {
            let c = (call > 0).then(|| call_of(call));
            let config = b.room.effective(HERE, c.as_ref(), b.now.get()).unwrap();
            let stored = config.values.iter().map(|(name, v)| (name.clone(), v.value.clone())).collect();
            let (values, ignored) = read_stored(&stored);
            assert!(ignored.is_empty() && values.iter().all(|(knob, value)| within_bounds(*knob, *value)));
            assert_eq!(first_broken(HERE, &values), None, "legal whatever happens");
            let version = self.seen.entry(call).or_insert(0);
            assert!(config.version >= *version, "effective versions never fall");
            *version = config.version;
        }
        for (dest, body) in messages(&*b.store) {
            assert_eq!((dest.as_str(), body["kind"].as_str()), ("record-change", Some(CONFIG_CHANGED_V1)));
        }
    }
}

fn messages(store: &dyn Store) -> Vec<(String, serde_json::Value)> {
    let rows = store.exec("SELECT dest, body FROM outbox ORDER BY seq", &[]).unwrap();
    rows.into_iter().map(|mut r| (r.text(0).unwrap(), serde_json::from_str(&r.text(1).unwrap()).unwrap())).collect()
}

/// A receiver that works.
fn drain(room: &ControlRoom, now: i64) {
    use attune_aws::sqs::EntryOutcome;
    use attune_objects::outbox::{BatchResult, Limits};
    for batch in room.outbox().plan(Limits::default(), now).unwrap() {
        let sent = batch.entries.iter().map(|_| EntryOutcome::Sent { message_id: "x".to_owned() }).collect();
        room.outbox().settle(&batch, &BatchResult::Entries(sent), 1, now).unwrap();
    }
}

fn call_of(number: u8) -> attune_domain::CallId {
    call(u128::from(number))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]
    #[test]
    fn configuration_stays_legal_and_versions_rise(steps in proptest::collection::vec(step(), 1..40)) {
        let bench = Bench::tenant();
        let mut world = World { bench, made: BTreeMap::new(), seen: BTreeMap::new(), global: 0, segment: 0 };
        for step in &steps {
            world.apply(step);
        }
    }
}

/// A tenth of the full count by default; `ATTUNE_FULL=1` runs all.
fn cases() -> u32 {
    if std::env::var_os("ATTUNE_FULL").is_some_and(|full| full == "1") { 1_000 } else { 100 }
}
