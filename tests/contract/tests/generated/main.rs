//! Requests that are generated, many of them, against a Worker under plain workerd that nothing else troubles.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper of a test fails like the test itself")]

mod document;

use attune_dev::stack::{Functions, Options, Runtime, Stack};
use libtest_mimic::{Arguments, Trial};
use serde_json::{Value, json};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

/// A test by its name.
type Test = (&'static str, fn(&Stack));

/// Is this the run with the large counts?
fn full() -> bool {
    std::env::var("ATTUNE_FULL").is_ok_and(|value| value == "1")
}

fn start() -> Result<Stack, String> {
    let options = Options {
        functions: Functions::None,
        runtime: Runtime::Workerd,
        worker_config: json!({"limits": no_limits()}),
        ..Options::new("generated")
    };
    Stack::start(options).map_err(|e| e.to_string())
}

/// The table of limits with rates that nothing here reaches: a request that is refused for its rate tells nothing.
fn no_limits() -> Value {
    fn raise(value: &mut Value) {
        let Some(members) = value.as_object_mut() else { return };
        if members.contains_key("burst") {
            *value = json!({"burst": 1_000_000, "tokens": 1_000_000, "seconds": 1});
        } else {
            members.values_mut().for_each(raise);
        }
    }
    let mut table = serde_json::from_str(attune_identity::limits::STANDARD).unwrap();
    raise(&mut table);
    table
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // one after the other: each takes all that there is
    arguments.test_threads = Some(1);
    let stack: Arc<OnceLock<Result<Stack, String>>> = Arc::default();
    let tests: [Test; 1] = [("document::no_answer_is_undocumented_and_nothing_breaks", document::fuzzed)];
    let trials = tests.into_iter().map(|(name, test)| {
        let stack = Arc::clone(&stack);
        Trial::test(name, move || {
            test(stack.get_or_init(start).as_ref()?);
            Ok(())
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    // ends the system's processes
    drop(stack);
    conclusion.exit_code()
}
