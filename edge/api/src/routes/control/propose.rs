//! `POST /internal/v1/control/propose`: what a run found. Idempotent by run.

use super::hand_on;
use crate::call::{Call, Outcome};

/// Path of the command in the object.
pub const PATH: &str = "/propose";

/// Handles the request. Body: `ProposeV1`; answer: `ProposeAnswerV1`.
///
/// # Errors
/// `invalid_body`, `not_found`, `unavailable`, `overloaded`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    hand_on(call, PATH).await
}
