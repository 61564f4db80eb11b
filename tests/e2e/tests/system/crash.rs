//! Functions that are killed in the middle of a batch.

use attune_e2e::ledger::settle_runs;
use attune_e2e::traffic::{Traffic, snapshots};
use attune_e2e::wait::{count, full, until_true};
use attune_e2e::world::World;
use attune_test_support::proxy::Fate;
use attune_test_support::tap::Call;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub const TESTS: &[crate::Test] = &[
    ("a_function_that_dies_between_two_writes_loses_and_doubles_nothing", killed),
    ("answers_of_the_store_that_are_lost_lose_and_double_nothing", lost_answers),
];

/// Kills or cuts at some of the calls that `at` picks: not one after the other, so that each message comes through before its
/// deliveries are used up.
fn every(
    number: usize,
    most: usize,
    fate: Fate,
    at: impl Fn(&Call) -> bool + Send + 'static,
) -> (Arc<AtomicUsize>, impl FnMut(&Call) -> Fate + Send + 'static) {
    let (fired, mut seen) = (Arc::new(AtomicUsize::new(0)), 0);
    let count = Arc::clone(&fired);
    let judge = move |call: &Call| {
        if !at(call) {
            return Fate::Pass;
        }
        seen += 1;
        if seen % number != 0 || count.load(Ordering::SeqCst) >= most {
            return Fate::Pass;
        }
        count.fetch_add(1, Ordering::SeqCst);
        fate
    };
    (fired, judge)
}

fn by(function: &'static str, action: &'static str) -> impl Fn(&Call) -> bool + Send + 'static {
    move |call| call.caller.starts_with(function) && call.action == action
}

fn killed(world: &mut World) {
    let tenant = world.tenant("killed");
    let most = if full() { 10 } else { 2 };
    // after the marker and before the segment; after the run and before the proposal; between two items of a change
    let (ingest, mut first) = every(7, most, Fate::KillAfter, by("ingest-snapshot", "dynamodb:PutItem"));
    let (optimize, mut second) = every(3, most, Fate::KillAfter, by("optimize-run", "dynamodb:PutItem"));
    let (record, mut third) = every(3, most, Fate::KillAfter, by("record-change", "dynamodb:PutItem"));
    world.dynamodb.judge(move |call| {
        [first(call), second(call), third(call)].into_iter().find(|f| *f != Fate::Pass).unwrap_or(Fate::Pass)
    });
    // the raw object is there and the item is not; the item is there and its message is not sent
    let (raw, mut fourth) = every(5, 1, Fate::KillAfter, by("ingest-snapshot", "s3:PutObject"));
    let (sent, mut fifth) = every(3, 1, Fate::KillAfter, by("ingest-snapshot", "sqs:SendMessage"));
    world
        .functions_aws
        .judge(move |call| [fourth(call), fifth(call)].into_iter().find(|f| *f != Fate::Pass).unwrap_or(Fate::Pass));

    let wanted = count(600);
    let traffic = Traffic::start(world, &tenant, snapshots(&tenant, wanted));
    traffic.reach(wanted, 120);
    let ledger = traffic.join();
    let settled = ledger.settle(world, 180);
    settle_runs(world, &tenant, &settled.runs, 180);
    world.dynamodb.pardon();
    world.functions_aws.pardon();
    for (what, fired) in [("ingest", ingest), ("optimize", optimize), ("record", record), ("raw", raw), ("sent", sent)]
    {
        assert!(fired.load(Ordering::SeqCst) >= 1, "nothing was killed at {what}");
    }
    assert_eq!(settled.effects + settled.letters, wanted);
    assert_eq!(settled.letters, 0, "a few crashes use up no message's deliveries");
}

fn lost_answers(world: &mut World) {
    let tenant = world.tenant("lost answers");
    let (lost, mut first) = every(5, 1000, Fate::CutAfter, by("ingest-snapshot", "dynamodb:PutItem"));
    let (never, mut second) = every(7, 1000, Fate::CutBefore, by("ingest-snapshot", "dynamodb:UpdateItem"));
    world
        .dynamodb
        .judge(move |call| [first(call), second(call)].into_iter().find(|f| *f != Fate::Pass).unwrap_or(Fate::Pass));
    // the Worker's batches too: what was sent is sent again
    let (again, judge) = every(4, 1000, Fate::CutAfter, |call| call.action == "sqs:SendMessage");
    world.worker_aws.judge(judge);
    let wanted = count(600);
    let traffic = Traffic::start(world, &tenant, snapshots(&tenant, wanted));
    let ledger = traffic.join();
    until_true("a batch of the Worker was sent twice", 30, || again.load(Ordering::SeqCst) >= 1);
    let settled = ledger.settle(world, 180);
    world.dynamodb.pardon();
    world.worker_aws.pardon();
    settle_runs(world, &tenant, &settled.runs, 120);
    assert!(lost.load(Ordering::SeqCst) >= 1 && never.load(Ordering::SeqCst) >= 1);
    assert_eq!(settled.effects, wanted);
}
