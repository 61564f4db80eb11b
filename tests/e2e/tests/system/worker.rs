//! The Worker's processes are killed while requests are accepted.

use attune_e2e::ledger::settle_runs;
use attune_e2e::traffic::{Traffic, snapshots};
use attune_e2e::wait::{count, full};
use attune_e2e::world::World;
use std::sync::atomic::Ordering;

pub const TESTS: &[crate::Test] = &[("killed_with_kill_9_while_requests_are_accepted", killed)];

fn killed(world: &mut World) {
    let tenant = world.tenant("kill -9");
    let (wanted, kills) = (count(1_000), if full() { 8 } else { 3 });
    let traffic = Traffic::start(world, &tenant, snapshots(&tenant, wanted));
    for kill in 1..=kills {
        traffic.reach(wanted * kill / (kills + 1), 120);
        world.stack.kill_workerd().unwrap();
        world.stack.restart_worker().unwrap();
    }
    traffic.reach(wanted, 120);
    assert!(traffic.failures.load(Ordering::SeqCst) > 0, "the clients have noticed");
    let ledger = traffic.join();
    let settled = ledger.settle(world, 180);
    assert_eq!((settled.effects, settled.letters), (wanted, 0));
    settle_runs(world, &tenant, &settled.runs, 180);
}
