//! `POST /v1/config/update`: a manual change, through the same gate as the optimizer's.

use super::change;
use crate::call::{Call, Outcome};
use attune_contracts::config::UpdateV1;

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `idempotency_key_required`, `idempotency_mismatch`, and what ControlRoom refuses.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let request: UpdateV1 = call.parse()?;
    change(call, Some(request.scope), "/v1/config/update", "/update", request).await
}
