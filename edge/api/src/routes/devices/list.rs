//! `GET /v1/devices`: the caller's devices, the newest first.

use crate::call::{Call, Outcome};
use crate::shells::protocol::SessionCommand;
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::auth::DevicesV1;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// Those of the door.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let user = call.caller.user()?;
    let answer = call.ask_session(&user.tenant, &user.user_id, &SessionCommand::Devices).await?;
    let devices = DevicesV1 { schema_version: SCHEMA_VERSION, devices: call.read(&answer)? };
    Ok(Answer::json(200, &devices).with("cache-control", "no-store").into())
}
