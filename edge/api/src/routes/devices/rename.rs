//! `PATCH /v1/devices/{device}`: names a device.

use crate::call::{Call, Outcome, path_id};
use crate::shells::protocol::SessionCommand;
use attune_contracts::auth::NameDeviceV1;
use attune_domain::DeviceId;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: NameDeviceV1 = call.parse()?;
    let user = call.caller.user()?;
    let device = path_id(call.params[0], DeviceId::parse)?;
    let command = SessionCommand::NameDevice(device.as_str().to_owned(), body.name);
    let answer = call.ask_own_device(user, &command).await?;
    Ok(Answer::json_text(200, answer.body).into())
}
