//! `POST /v1/voice/token/renew`: another token for a device that is in the room, holds a reservation, or left less than a minute ago.
//! The device proves its key anew; whether it may be there is asked anew as well.

use super::token;
use crate::call::{Call, Outcome};

/// Handles the request.
///
/// # Errors
/// `forbidden` for a device that is not in the room, and those of `POST /v1/voice/token`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    token::give(call, true).await
}
