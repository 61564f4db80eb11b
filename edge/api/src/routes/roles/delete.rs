//! `DELETE /v1/roles/{role}`: takes away a custom role that nobody has.

use crate::call::{Call, Outcome, path_id};
use crate::routes::rules;
use crate::shells::protocol::TenantCommand;
use attune_contracts::{Problem, ProblemCode};
use attune_domain::RoleId;
use attune_edge_kit::Answer;
use attune_identity::permission::may_define;

/// Handles the request.
///
/// # Errors
/// `not_found`, `forbidden`, `version_conflict` while people have the role or are invited to it.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let role = path_id(call.params[0], RoleId::parse)?;
    let Some(before) = rules::custom(call, tenant, role.as_str()).await? else {
        return Err(Problem::new(ProblemCode::NotFound, "there is no such role"));
    };
    rules::judged(may_define(rules::actor(&call.caller), Some(rules::of_names(&before)), None))?;
    call.ask_tenant(tenant, None, TenantCommand::DeleteRole(role.as_str().to_owned())).await?;
    Ok(Answer::empty(204).into())
}
