//! `DELETE /v1/devices/{device}`: revokes a device, for good. Its next request is refused, and its sockets are closed within seconds.

use crate::call::{Call, Outcome, path_id};
use crate::shells::protocol::SessionCommand;
use attune_domain::DeviceId;
use attune_edge_kit::Answer;

/// Handles the request; again is harmless.
///
/// # Errors
/// `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let user = call.caller.user()?;
    let device = path_id(call.params[0], DeviceId::parse)?;
    let command = SessionCommand::Revoke(device.as_str().to_owned(), user.user_id.clone());
    call.ask_own_device(user, &command).await?;
    Ok(Answer::empty(204).into())
}
