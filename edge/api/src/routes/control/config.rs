//! `POST /internal/v1/control/config`: layers and history of a station, for the optimizer's gate.

use super::hand_on;
use crate::call::{Call, Outcome};

/// Handles the request. Body: `ReadConfigV1`; answer: `StationStateV1`.
///
/// # Errors
/// `invalid_body`, `not_found`, `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    hand_on(call, "/state").await
}
