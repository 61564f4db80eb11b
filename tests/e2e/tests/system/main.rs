//! LocalStack, engine, functions and the Worker together, with faults between and in them.
//!
//! One system runs for all tests of this binary, and they run one after the other: each breaks something of it and mends it. Each
//! has a tenant of its own. `ATTUNE_FULL=1` takes the large counts.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper of a test fails like the test itself")]

mod away;
mod chain;
mod chat;
mod control;
mod crash;
mod heads;
mod mail;
mod order;
mod poison;
mod proofs;
mod roles;
mod secrets;
mod stream;
mod worker;

use attune_e2e::world::World;
use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

/// A test by its name.
type Test = (&'static str, fn(&mut World));

/// In this order: the last ones judge what the others have left.
const TESTS: &[(&str, &[Test])] = &[
    ("chain", chain::TESTS),
    ("control", control::TESTS),
    ("mail", mail::TESTS),
    ("chat", chat::TESTS),
    ("order", order::TESTS),
    ("poison", poison::TESTS),
    ("crash", crash::TESTS),
    ("away", away::TESTS),
    ("worker", worker::TESTS),
    ("proofs", proofs::TESTS),
    ("heads", heads::TESTS),
    ("roles", roles::TESTS),
    ("secrets", secrets::TESTS),
];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let world: Arc<Mutex<Option<World>>> = Arc::default();
    let trial = |area: &str, (name, test): &Test| {
        let (world, test) = (Arc::clone(&world), *test);
        Trial::test(format!("{area}::{name}"), move || {
            let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
            // the first test starts the system: a run that only lists starts nothing
            test(world.get_or_insert_with(World::start));
            Ok(())
        })
    };
    let trials = TESTS.iter().flat_map(|(area, tests)| tests.iter().map(|test| trial(area, test))).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    // ends the system's processes
    drop(world.lock().unwrap_or_else(PoisonError::into_inner).take());
    conclusion.exit_code()
}
