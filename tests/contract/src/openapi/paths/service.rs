//! The service about itself.

use super::Operations;
use crate::openapi::operation::{Auth, Operation};
use attune_contracts::ProblemCode::{Internal, Misconfigured, NotFound, RateLimited, Unavailable};
use serde_json::json;

pub fn operations() -> Operations {
    let new = |id: &str, summary: &str| Operation::new(id, "service", summary, Auth::Open);
    let health = new("getHealth", "Does the Worker run?")
        .says("Asks nothing and nobody, not even its own configuration.")
        .answers(200, "It runs.", "Health", &[])
        .never(&[Internal, Misconfigured, RateLimited, Unavailable]);
    let ready = new("getReadiness", "Do the parts it depends on answer?")
        .answers(200, "They do.", "Readiness", &[])
        .never(&[RateLimited]);
    let document = new("getOpenapi", "This document").responds(
        200,
        json!({
            "description": "This document.",
            "headers": {"x-request-id": {"$ref": "#/components/headers/RequestId"}},
            "content": {"application/json": {"schema": {"type": "object", "required": ["openapi", "info", "paths"]}}},
        }),
    );
    let problem = new("getProblem", "What a problem means")
        .param("ProblemCode")
        .answers(200, "Its meaning and what to do.", "ProblemPage", &[])
        .may_fail(&[NotFound]);
    vec![
        ("/healthz", "get", health.build()),
        ("/readyz", "get", ready.build()),
        ("/openapi.json", "get", document.build()),
        ("/problems/{code}", "get", problem.build()),
    ]
}
