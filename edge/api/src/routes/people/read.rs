//! `GET /v1/people/{user}`: a person; of a removed one only the id, the role and the status are left.

use crate::call::{Call, Outcome, path_id};
use crate::shells::protocol::TenantCommand;
use attune_domain::UserId;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let user = path_id(call.params[0], UserId::parse)?;
    let answer = call.ask_tenant(tenant, None, TenantCommand::Person(user.as_str().to_owned())).await?;
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
