//! `/v1/optimizer/…`

use super::Operations;
use crate::openapi::operation::{Auth, Operation};
use attune_contracts::ProblemCode::{NotFound, Overloaded};
use attune_identity::api_key::Scope;

pub fn operations() -> Operations {
    let create = Operation::new("createRun", "optimizer", "Have a station of a call judged and tuned", Auth::May(Scope::RunsWrite))
        .says("Without `Prefer: wait=N` the answer is 202 with the run's id. With it, the answer waits up to N seconds for the run to end; on time-out it is the same 202.")
        .idempotent()
        .param("Prefer")
        .takes("RunRequest", &["run-request.v1"])
        .answers(200, "The run has ended within the wait.", "Run", &["run-answer.v1"])
        .answers(202, "Accepted.", "Run", &["run-accepted.v1"])
        .with_header(200, "preference-applied", "PreferenceApplied")
        .with_header(202, "preference-applied", "PreferenceApplied")
        .may_fail(&[Overloaded]);
    let read = Operation::new("getRun", "optimizer", "Read a run", Auth::May(Scope::RunsRead))
        .param("RunId")
        .answers(200, "The run.", "Run", &["run-answer.v1", "run-accepted.v1"])
        .may_fail(&[NotFound]);
    vec![("/v1/optimizer/run", "post", create.build()), ("/v1/optimizer/runs/{id}", "get", read.build())]
}
