//! `POST /v1/config/rollback`: back to an earlier version of a layer; works while frozen and while AWS is away.

use super::change;
use crate::call::{Call, Outcome};
use attune_contracts::config::RollbackV1;

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `idempotency_key_required`, `idempotency_mismatch`, and what ControlRoom refuses.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let request: RollbackV1 = call.parse()?;
    change(call, Some(request.scope), "/v1/config/rollback", "/rollback", request).await
}
