//! Messages that come twice and out of order.

use attune_dev::keys::random;
use attune_e2e::ledger::{Ledger, settle_runs};
use attune_e2e::wait::{count, until};
use attune_e2e::world::World;
use attune_local_tests::cloud::items;
use attune_local_tests::messages::{Snapshot, call, change, run};
use attune_migrations::keys;
use serde_json::json;
use std::collections::BTreeSet;

pub const TESTS: &[crate::Test] = &[
    ("copies_of_snapshots_in_any_order_have_one_effect", snapshots),
    ("copies_of_runs_and_changes_in_any_order_have_one_effect", changes),
];

/// A generator with a printed seed (SplitMix64).
struct Random(u64);

impl Random {
    fn new() -> Self {
        let seed = u64::from_le_bytes(random::<8>().unwrap());
        println!("seed {seed}");
        Self(seed)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

/// Sends each body three times, shuffled, in batches.
fn send(world: &World, queue: &str, bodies: &[String], random: &mut Random) {
    let mut copies: Vec<&String> = bodies.iter().flat_map(|body| [body; 3]).collect();
    random.shuffle(&mut copies);
    for chunk in copies.chunks(10) {
        let entries: Vec<_> =
            chunk.iter().enumerate().map(|(at, body)| json!({"Id": at.to_string(), "MessageBody": body})).collect();
        let request = json!({"QueueUrl": world.stack.queue_url(queue), "Entries": entries});
        let answer = world.stack.api.sqs("SendMessageBatch", &request).unwrap();
        assert!(answer["Failed"].as_array().is_none_or(Vec::is_empty), "{answer}");
    }
}

fn snapshots(world: &mut World) {
    let tenant = world.tenant("copies");
    let (ledger, call) = (Ledger::default(), call());
    let mut bodies = Vec::new();
    for index in 0..u32::try_from(count(200)).unwrap() {
        let snapshot = if index % 5 == 0 {
            Snapshot::quiet(&tenant.id, &call, index)
        } else {
            Snapshot::clean(&tenant.id, &call, index)
        };
        bodies.push(snapshot.envelope().to_string());
        ledger.accepted(snapshot);
    }
    send(world, "ingest-snapshot", &bodies, &mut Random::new());
    let settled = ledger.settle(world, 60);
    assert_eq!((settled.effects, settled.letters), (bodies.len(), 0));
    settle_runs(world, &tenant, &settled.runs, 60);
}

fn changes(world: &mut World) {
    let tenant = world.tenant("copies of changes");
    let mut random = Random::new();
    // runs that were asked for, of a call that is measured
    let snapshot = Snapshot::clean(&tenant.id, &call(), 0);
    world.snapshot(&tenant, &snapshot);
    let ledger = Ledger::default();
    ledger.accepted(snapshot.clone());
    ledger.settle(world, 30);
    let ids: Vec<_> = (0..count(50))
        .map(|_| {
            attune_domain::RunId::new(attune_local_tests::messages::now_ms(), attune_local_tests::messages::unique())
        })
        .collect();
    let bodies: Vec<String> = ids.iter().map(|id| run(&tenant.id, &snapshot.call, id).to_string()).collect();
    send(world, "optimize-run", &bodies, &mut random);
    let runs: BTreeSet<String> = ids.iter().map(|id| id.as_str().to_owned()).collect();
    settle_runs(world, &tenant, &runs, 60);

    // changes of one knob: the newest one counts, whenever it comes
    let last = u64::try_from(count(100)).unwrap();
    let change = |version: u64| {
        let gain = |version: u64| format!("{}.0", version % 7);
        let values = json!({"pcm.input_gain_db": {"old": gain(version - 1), "new": gain(version)}});
        change(&tenant.id, version, &values).to_string()
    };
    let bodies: Vec<String> = (1..=last).map(change).collect();
    send(world, "record-change", &bodies, &mut random);
    let items = until("each change is recorded", 60, || {
        let items = items(&world.stack, "tuning", &keys::station_pk(&tenant.id, 4));
        let recorded = items.keys().filter(|sk| sk.starts_with(keys::CHANGE_PREFIX)).count();
        let parameter = items.iter().find(|(sk, _)| sk.starts_with("PAR#")).map(|(_, item)| item["version"].clone());
        if recorded == bodies.len() && parameter == Some(json!(last)) {
            Ok(items)
        } else {
            Err(format!("{recorded} of {last}, parameter at {parameter:?}"))
        }
    });
    assert_eq!(items.len(), bodies.len() + 1, "one parameter");
}
