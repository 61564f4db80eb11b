//! `POST /v1/config/freeze`: while frozen, only rollbacks change configuration.

use super::change;
use crate::call::{Call, Outcome};
use attune_contracts::config::FreezeV1;

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `idempotency_key_required`, `idempotency_mismatch`, and what ControlRoom refuses.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let request: FreezeV1 = call.parse()?;
    change(call, None, "/v1/config/freeze", "/freeze", request).await
}
