//! Calls of functions to ControlRoom, signed; never public.
//!
//! The body goes on as it came: only the tenant is read here, the room reads the rest.

pub mod config;
pub mod propose;

use crate::call::{Call, Outcome};
use crate::routes::config::read::forget;
use attune_contracts::{FieldError, Problem, ProblemCode};
use attune_domain::{TenantId, json};
use attune_edge_kit::Answer;
use attune_objects::names::{self, Class};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Whose {
    tenant: TenantId,
}

/// Hands the body to the room of its tenant, behind a line with the trace.
async fn hand_on(call: &Call<'_>, path: &str) -> Outcome {
    let whose: Whose = str::from_utf8(&call.body)
        .map_err(|e| unreadable(&e))
        .and_then(|text| json::from_str(text).map_err(|e| unreadable(&e)))?;
    let cell = &call.settings.config.cell;
    if whose.tenant.cell() != *cell {
        return Err(Problem::new(ProblemCode::NotFound, "this cell has no such tenant"));
    }
    let mut command = call.trace.traceparent.clone().into_bytes();
    command.push(b'\n');
    command.extend_from_slice(&call.body);
    let room = names::control_room(cell, &whose.tenant);
    let answer = call.ask_bytes(Class::ControlRoom, &room, path, &command).await;
    if path == propose::PATH {
        forget();
    }
    let answer = answer?;
    Ok(Answer::json_text(200, answer.body).into())
}

/// The problem of a command that is not what it should be.
pub fn unreadable(reason: &dyn std::fmt::Display) -> Problem {
    let error = FieldError::new("", "invalid", reason.to_string());
    Problem::new(ProblemCode::InvalidBody, "the command cannot be read").with_errors(vec![error])
}
