//! The account of what was answered 202 against what has come of it, kept outside Attune's own counters.
//!
//! What came of it is read from the engine, from S3, and from the calls that the proxies saw: an item can be there only once, so
//! the writes that were let through are counted too.

use crate::wait::until;
use crate::world::{Tenant, World};
use attune_dev::dead_letters::DeadLetters;
use attune_domain::{CallId, TenantId};
use attune_local_tests::cloud::{items, object};
use attune_local_tests::messages::Snapshot;
use attune_migrations::keys;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// What was answered 202.
#[derive(Debug, Default)]
pub struct Ledger {
    accepted: Mutex<Vec<Snapshot>>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Settled {
    /// Snapshots in effect.
    pub effects: usize,
    /// Snapshots that are dead letters.
    pub letters: usize,
    /// Runs that their items decided.
    pub runs: BTreeSet<String>,
}

fn pk(snapshot: &Snapshot) -> String {
    keys::call_pk(&snapshot.tenant, &snapshot.call)
}

fn sk(snapshot: &Snapshot) -> String {
    keys::snapshot_sk(snapshot.leg, snapshot.station, snapshot.index)
}

/// A call of a tenant.
type Place = (TenantId, CallId);

impl Ledger {
    /// Notes a 202.
    pub fn accepted(&self, snapshot: Snapshot) {
        self.accepted.lock().unwrap().push(snapshot);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.accepted.lock().unwrap().len()
    }

    /// Waits until every 202 has its effect or its dead letter, then checks that none has two.
    #[track_caller]
    pub fn settle(&self, world: &World, seconds: u64) -> Settled {
        let accepted = self.accepted.lock().unwrap().clone();
        let mut stored: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
        let letters = until("each 202 has its effect or its dead letter", seconds, || {
            let letters = DeadLetters::new(&world.stack.api, world.stack.name("")).keys().map_err(|e| e.to_string())?;
            for pk in accepted.iter().map(pk).collect::<BTreeSet<_>>() {
                stored.insert(pk.clone(), items(&world.stack, "calls", &pk));
            }
            // the segment is written behind the snapshot, which is the marker
            let there = |s: &Snapshot| {
                let items = &stored[&pk(s)];
                let segment = keys::segment_sk(s.leg, s.station, s.index);
                items.contains_key(&sk(s)) && items.contains_key(&segment)
                    || letters.iter().any(|key| key.contains(&s.id()))
            };
            let missing: Vec<String> = accepted.iter().filter(|s| !there(s)).map(Snapshot::id).collect();
            let some: Vec<_> = missing.iter().take(5).collect();
            if missing.is_empty() {
                Ok(letters)
            } else {
                Err(format!("{} of {} miss, such as {some:?}", missing.len(), accepted.len()))
            }
        });
        self.check(world, &accepted, &stored, &letters)
    }

    fn check(
        &self,
        world: &World,
        accepted: &[Snapshot],
        stored: &BTreeMap<String, BTreeMap<String, Value>>,
        letters: &[String],
    ) -> Settled {
        let writes = writes(world);
        let mut objects: BTreeMap<String, String> = BTreeMap::new();
        let mut settled = Settled::default();
        for snapshot in accepted {
            let (pk, sk, id) = (pk(snapshot), sk(snapshot), snapshot.id());
            let parked = letters.iter().filter(|key| key.contains(&id)).count();
            let Some(item) = stored[&pk].get(&sk) else {
                assert_eq!(parked, 1, "{id} is one dead letter");
                settled.letters += 1;
                continue;
            };
            settled.effects += 1;
            assert_eq!(parked, 0, "{id} is in effect and a dead letter: {letters:?}");
            assert_eq!(item["id"], id, "{sk} is the effect of its own message");
            let (done, unknown) = writes.get(&(pk.clone(), sk.clone())).copied().unwrap_or_default();
            assert!(done <= 1, "{id} was written {done} times");
            assert!(done + unknown >= 1, "{id} is there, and nobody wrote it");
            let raw = item["raw"].as_str().expect("a key");
            let text = objects
                .entry(raw.to_owned())
                .or_insert_with(|| object(&world.stack, "raw", raw).expect("the raw object"));
            let lines = text.lines().filter(|line| line.contains(&id)).count();
            assert!(lines >= 1, "{id} is in {raw}");
            settled.runs.extend(runs(item));
        }
        // no snapshot that nobody sent
        let places: BTreeSet<Place> = accepted.iter().map(|s| (s.tenant.clone(), s.call.clone())).collect();
        let of = |tenant: &TenantId, call: &CallId| {
            stored[&keys::call_pk(tenant, call)].keys().filter(|sk| sk.starts_with("SNAP#")).count()
        };
        let there: usize = places.iter().map(|(tenant, call)| of(tenant, call)).sum();
        assert_eq!(there, settled.effects, "items without an accepted snapshot");
        settled
    }
}

/// Writes of snapshot items that the engine let through, and those whose answer nobody saw.
fn writes(world: &World) -> BTreeMap<(String, String), (usize, usize)> {
    let mut writes: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    for call in world.dynamodb.calls().iter().filter(|call| call.action == "dynamodb:PutItem") {
        let text = |name: &str| call.body["Item"][name]["S"].as_str().unwrap_or_default().to_owned();
        let entry = writes.entry((text("pk"), text("sk"))).or_default();
        match call.status {
            Some(200) => entry.0 += 1,
            None => entry.1 += 1,
            Some(_) => {}
        }
    }
    writes
}

/// Runs that a snapshot item has decided.
fn runs(item: &Value) -> Vec<String> {
    let sends: Value = serde_json::from_str(item["sends"].as_str().unwrap_or("[]")).expect("sends are JSON");
    let runs = sends.as_array().into_iter().flatten();
    runs.filter_map(|send| send["body"]["body"]["run_id"].as_str().map(str::to_owned)).collect()
}

/// Waits until each run has been stored and answered, then checks that none changed the configuration twice.
#[track_caller]
pub fn settle_runs(world: &World, tenant: &Tenant, runs: &BTreeSet<String>, seconds: u64) {
    until("each run is stored and answered", seconds, || {
        let open: Vec<&String> = runs
            .iter()
            .filter(|run| {
                let items = items(&world.stack, "tuning", &keys::run_pk(&tenant.id, run));
                !items.get(keys::RUN_SK).is_some_and(|item| item["outcome"].is_string())
            })
            .collect();
        if open.is_empty() { Ok(()) } else { Err(format!("{} of {} runs are open: {open:?}", open.len(), runs.len())) }
    });
    // the history is projected behind the answer
    let applied = |run: &String| {
        let item = items(&world.stack, "tuning", &keys::run_pk(&tenant.id, run));
        let outcome: Value =
            serde_json::from_str(item[keys::RUN_SK]["outcome"].as_str().unwrap_or("{}")).unwrap_or_default();
        outcome["status"] == "applied"
    };
    let expected: BTreeSet<&String> = runs.iter().filter(|run| applied(run)).collect();
    until("each applied run is in the history", seconds, || {
        let changes = world.changes(tenant);
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for change in &changes {
            if let Some(run) = change["origin"]["run_id"].as_str() {
                *seen.entry(run).or_default() += 1;
            }
        }
        assert!(seen.values().all(|count| *count == 1), "a run changed the configuration twice: {seen:?}");
        let missing: Vec<_> = expected.iter().filter(|run| !seen.contains_key(run.as_str())).collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("{missing:?} miss in {} changes", changes.len())) }
    });
}
