//! `POST /v1/optimizer/run`: accepted by ControlRoom; with `Prefer: wait=N` the answer waits there for the run to end.

use crate::call::{Call, Outcome};
use crate::headers::prefer_wait;
use crate::shells::protocol::{Command, StartRun};
use attune_contracts::fingerprint;
use attune_contracts::run::RunRequestV1;
use attune_edge_kit::Answer;

const ROUTE: &str = "/v1/optimizer/run";

/// Handles the request: 202 with the run's id, or 200 with the whole answer if it came within the wait.
///
/// # Errors
/// `invalid_body`, `idempotency_key_required`, `idempotency_mismatch`, `overloaded`, `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let request: RunRequestV1 = call.parse()?;
    let idempotency_key = call.idempotency_key()?;
    let wait_s = prefer_wait(call.incoming);
    let print = fingerprint(ROUTE, &request).map_err(|e| call.internal("fingerprint", e))?;
    let body = StartRun { idempotency_key, fingerprint: print, wait_s, request };
    let command = Command { traceparent: Some(call.trace.traceparent.clone()), body };
    let answer = call.ask_room(tenant, "/run", &command).await?;
    let mut reply = Answer::json_text(answer.status, answer.body).with("cache-control", "no-store");
    if wait_s > 0 {
        reply = reply.with("preference-applied", format!("wait={wait_s}"));
    }
    Ok(reply.into())
}
