//! `GET /v1/bench/hop`: one call of an object that does nothing, and no credentials.

use crate::call::{Call, Outcome};
use attune_domain::TenantId;
use attune_edge_kit::Answer;
use attune_objects::names::{self, Class};

/// Handles the request.
///
/// # Errors
/// `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let cell = &call.settings.config.cell;
    let tenant = TenantId::new(cell, 0, 0);
    call.ask_bytes(Class::Outbox, &names::outbox(cell, &tenant, 1, 0), "/nothing", b"").await?;
    Ok(Answer::empty(204).into())
}
