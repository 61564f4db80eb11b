//! Calls of functions to ControlRoom, signed; never public.

pub mod config;
pub mod propose;

use crate::call::Call;
use attune_contracts::{FieldError, Problem, ProblemCode};
use attune_domain::TenantId;
use serde::de::DeserializeOwned;

/// Reads a command. Unknown fields are ignored within a version, as in every message (decision 4).
fn command<T: DeserializeOwned>(call: &Call<'_>) -> Result<T, Problem> {
    serde_json::from_slice(&call.body).map_err(|e| {
        let error = FieldError::new("", "invalid", e.to_string());
        Problem::new(ProblemCode::InvalidBody, "the command cannot be read").with_errors(vec![error])
    })
}

/// A tenant of another cell is not here.
fn own(call: &Call<'_>, tenant: &TenantId) -> Result<(), Problem> {
    if tenant.cell() == call.settings.config.cell {
        Ok(())
    } else {
        Err(Problem::new(ProblemCode::NotFound, "this cell has no such tenant"))
    }
}
