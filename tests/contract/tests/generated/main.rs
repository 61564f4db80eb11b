//! Requests that are generated, many of them, against a Worker under plain workerd that nothing else troubles.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper of a test fails like the test itself")]

mod document;
mod isolation;

use attune_contract_tests::unlimited;
use attune_dev::stack::Stack;
use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

/// A test by its name.
type Test = (&'static str, fn(&Stack));

/// Is this the run with the large counts?
fn full() -> bool {
    std::env::var("ATTUNE_FULL").is_ok_and(|value| value == "1")
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // one after the other: each takes all that there is
    arguments.test_threads = Some(1);
    let stack: Arc<OnceLock<Result<Stack, String>>> = Arc::default();
    let tests: [Test; 2] = [
        ("document::no_answer_is_undocumented_and_nothing_breaks", document::fuzzed),
        ("isolation::no_credential_reaches_another_tenant", isolation::generated),
    ];
    let trials = tests.into_iter().map(|(name, test)| {
        let stack = Arc::clone(&stack);
        Trial::test(name, move || {
            let start = || Stack::start(unlimited::options("generated")).map_err(|e| e.to_string());
            test(stack.get_or_init(start).as_ref()?);
            Ok(())
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    // ends the system's processes
    drop(stack);
    conclusion.exit_code()
}
