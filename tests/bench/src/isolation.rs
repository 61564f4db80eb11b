//! The generated run of `attune_contract_tests::isolation`, longer than a test suite can be.

use crate::error::{Error, Result};
use crate::report::{Bound, Report};
use attune_contract_tests::isolation::{Edge, run as generated};
use attune_contract_tests::{openapi, unlimited};
use attune_dev::keys::random;
use attune_dev::stack::Stack;
use std::time::Instant;

const PART: &str = "isolation";

/// Sends and reports.
///
/// # Errors
/// The system does not start, or a request gets no answer.
pub fn run(count: u64, report: &mut Report) -> Result<()> {
    let stack = Stack::start(unlimited::options("isolation"))?;
    let authority = format!("127.0.0.1:{}", stack.ports.worker);
    let edge = Edge { authority, operator_key: stack.keys.operator_key.clone() };
    let seed = u64::from_le_bytes(random()?);
    eprintln!("isolation: seed {seed}");
    let started = Instant::now();
    let seen = generated(&edge, &openapi::document(), count, seed).map_err(Error::wrong)?;
    let took = started.elapsed().as_secs_f64();
    for fault in seen.faults.iter().take(10) {
        eprintln!("isolation: {fault}");
    }
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    let [faults, answers] = [seen.faults.len() as u64, seen.answers.values().sum()].map(|count: u64| count as f64);
    report.require(PART, "leaks, broken answers and met limits", faults, "requests", Bound::AtMost(0.0));
    report.tell(PART, "requests, of all routes and kinds of credentials", answers, "requests");
    report.tell(PART, "throughput", answers / took, "1/s");
    Ok(())
}
