//! `GET /v1/me`: who is signed in, what they may do, and which credentials they have.

use super::person;
use crate::call::{Call, Outcome};
use crate::shells::protocol::{Credentials, SessionCommand};
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::auth::MeV1;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// Those of the door.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let user = call.caller.user()?;
    let answer = call.ask_session(&user.tenant, &user.user_id, &SessionCommand::Credentials).await?;
    let held: Credentials = call.read(&answer)?;
    let mut permissions: Vec<String> = user.permissions.iter().map(|p| p.as_str().to_owned()).collect();
    permissions.sort();
    let me = MeV1 {
        schema_version: SCHEMA_VERSION,
        person: person(call, user).await?,
        permissions,
        device_id: user.device_id.clone(),
        has_password: held.has_password,
        has_totp: held.has_totp,
        recovery_codes_left: held.recovery_codes_left,
    };
    Ok(Answer::json(200, &me).with("cache-control", "no-store").into())
}
