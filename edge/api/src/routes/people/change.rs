//! `PATCH /v1/people/{user}`: changes name, role, manager or status. Nobody gives more than they have or changes somebody who may do
//! more, and only an owner makes or changes owners: the `Tenant` object judges it in the transaction of the change.

use crate::asked;
use crate::call::{Call, Outcome, path_id};
use crate::shells::protocol::TenantCommand;
use attune_contracts::people::ChangePersonV1;
use attune_domain::UserId;
use attune_edge_kit::Answer;
use attune_objects::tenant::PersonChange;

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `not_found`, `forbidden`; `version_conflict` for the last owner.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: ChangePersonV1 = call.parse()?;
    let (tenant, _) = call.caller.tenant()?;
    let user = path_id(call.params[0], UserId::parse)?;
    let ChangePersonV1 { schema_version: _, name, role, manager, status } = body;
    let change = PersonChange { name, role, manager, status };
    let command = TenantCommand::ChangePerson(user.as_str().to_owned(), change);
    let answer = call.ask_tenant(tenant, None, command).await?;
    asked::forget_user(user.as_str());
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
