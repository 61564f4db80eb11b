//! `GET /v1/people/{user}/devices`: the devices of a person, the newest first.

use crate::call::{Call, Outcome, path_id};
use crate::routes::rules;
use crate::shells::protocol::SessionCommand;
use attune_contracts::auth::{DeviceV1, DevicesV1};
use attune_contracts::{Problem, ProblemCode, SCHEMA_VERSION};
use attune_domain::{TenantId, UserId};
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let user = path_id(call.params[0], UserId::parse)?;
    rules::standing(call, tenant, user.as_str()).await?;
    let devices = of(call, tenant, user.as_str()).await?;
    let devices = DevicesV1 { schema_version: SCHEMA_VERSION, devices };
    Ok(Answer::json(200, &devices).with("cache-control", "no-store").into())
}

/// The devices of a person; none where nobody ever signed in.
///
/// # Errors
/// `unavailable`.
pub async fn of(call: &Call<'_>, tenant: &TenantId, user_id: &str) -> Result<Vec<DeviceV1>, Problem> {
    match call.ask_session(tenant, user_id, &SessionCommand::Devices).await {
        Ok(answer) => call.read(&answer),
        Err(problem) if problem.code == ProblemCode::SessionEnded => Ok(Vec::new()),
        Err(problem) => Err(problem),
    }
}
