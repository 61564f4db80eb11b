//! LocalStack is away while requests are accepted: frozen, cut off, silent, slow.

use attune_e2e::ledger::settle_runs;
use attune_e2e::traffic::{Traffic, snapshots};
use attune_e2e::wait::{count, full, until_true};
use attune_e2e::world::{Tenant, World};
use attune_test_support::proxy::Mode;
use std::time::{Duration, Instant};

pub const TESTS: &[crate::Test] = &[
    ("frozen_while_a_thousand_are_accepted", frozen),
    ("cut_off_while_a_thousand_are_accepted", cut),
    ("silent_and_slow_while_requests_are_accepted", silent),
];

/// How long it is away.
fn time_away() -> Duration {
    Duration::from_secs(if full() { 30 } else { 3 })
}

/// Has `wanted` snapshots accepted between `leave` and `return`, and that long at least; then everything is settled.
fn while_away(world: &World, tenant: &Tenant, wanted: usize, leave: impl Fn(&World), come_back: impl Fn(&World)) {
    leave(world);
    let started = Instant::now();
    let traffic = Traffic::start(world, tenant, snapshots(tenant, wanted));
    traffic.reach(wanted, 120);
    until_true("its time is over", 60, || started.elapsed() >= time_away());
    assert_eq!(traffic.failures.load(std::sync::atomic::Ordering::SeqCst), 0, "accepting needs no AWS");
    let ledger = traffic.join();
    come_back(world);
    let settled = ledger.settle(world, 240);
    assert_eq!((settled.effects, settled.letters), (wanted, 0));
    settle_runs(world, tenant, &settled.runs, 240);
}

fn frozen(world: &mut World) {
    let tenant = world.tenant("frozen");
    let stack = |world: &World| world.stack.pause_localstack().unwrap();
    while_away(world, &tenant, count(1_000), stack, |world| world.stack.resume_localstack().unwrap());
}

fn set(world: &World, mode: Mode) {
    world.worker_aws.set(mode);
    world.functions_aws.set(mode);
}

fn cut(world: &mut World) {
    let tenant = world.tenant("cut off");
    while_away(world, &tenant, count(1_000), |world| set(world, Mode::Refuse), |world| set(world, Mode::Pass));
}

fn silent(world: &mut World) {
    let tenant = world.tenant("silent");
    while_away(world, &tenant, count(300), |world| set(world, Mode::Blackhole), |world| set(world, Mode::Pass));
    let tenant = world.tenant("slow");
    let slow = Mode::Delay(Duration::from_millis(300));
    while_away(world, &tenant, count(300), |world| set(world, slow), |world| set(world, Mode::Pass));
}
