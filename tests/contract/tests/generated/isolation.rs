//! The generated run over all routes and credentials: 100,000 requests.

use attune_contract_tests::isolation::{self, Edge};
use attune_contract_tests::openapi;
use attune_dev::keys::random;
use attune_dev::stack::Stack;
use std::time::Instant;

const COUNT: u64 = 100_000;

pub fn generated(stack: &Stack) {
    let edge =
        Edge { authority: format!("127.0.0.1:{}", stack.ports.worker), operator_key: stack.keys.operator_key.clone() };
    let seed = u64::from_le_bytes(random().unwrap());
    let begun = Instant::now();
    let document = openapi::document();
    let seen = isolation::run(&edge, &document, COUNT, seed).unwrap();
    let answers: u64 = seen.answers.values().sum();
    eprintln!("seed {seed}: {answers} requests in {:.0} s", begun.elapsed().as_secs_f64());
    assert!(seen.faults.is_empty(), "seed {seed}: {} of {answers}\n{:#?}", seen.faults.len(), seen.faults);
    assert_eq!(answers, COUNT, "every request was answered");
    // The run would prove nothing if the good credentials were not good.
    for kind in ["key", "owner", "agent", "narrow key"] {
        assert!(seen.answers.iter().any(|((k, status), _)| *k == kind && *status < 300), "{kind} never worked");
    }
    assert_eq!(
        seen.reached,
        isolation::with_things(&document),
        "a route that gives nobody anything tells nothing: `Side` needs such a thing"
    );
}
