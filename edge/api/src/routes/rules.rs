//! What routes ask of the `Tenant` object about people and roles. Who may give what to whom is judged there, with the change.

use crate::call::Call;
use crate::shells::protocol::{TenantCommand, UserRef};
use attune_contracts::people::{PersonStatus, RoleV1};
use attune_contracts::{Problem, ProblemCode};
use attune_domain::TenantId;
use attune_objects::names::{self, Class};
use attune_objects::tenant::Standing;

/// A custom role of the tenant.
///
/// # Errors
/// Those of the object.
pub async fn custom(call: &Call<'_>, tenant: &TenantId, id: &str) -> Result<Option<RoleV1>, Problem> {
    match call.ask_tenant(tenant, None, TenantCommand::Role(id.to_owned())).await {
        Ok(answer) => call.read(&answer).map(Some),
        Err(problem) if problem.code == ProblemCode::NotFound => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// The tenant's epoch, for somebody who may still sign in.
///
/// # Errors
/// `user_suspended`, `session_ended` for who is not with the tenant any more.
pub async fn epoch(call: &Call<'_>, tenant: &TenantId, user_id: &str) -> Result<u64, Problem> {
    let gone = || Problem::new(ProblemCode::SessionEnded, "the user is not with the tenant any more");
    match standing(call, tenant, user_id).await {
        Ok(standing) => match standing.status {
            PersonStatus::Active => Ok(standing.epoch),
            PersonStatus::Suspended => Err(Problem::new(ProblemCode::UserSuspended, "the user is suspended")),
            PersonStatus::Removed => Err(gone()),
        },
        Err(problem) if problem.code == ProblemCode::NotFound => Err(gone()),
        Err(problem) => Err(problem),
    }
}

/// How a person of the tenant stands, asked of the object itself and not of the memory.
///
/// # Errors
/// `not_found`.
pub async fn standing(call: &Call<'_>, tenant: &TenantId, user_id: &str) -> Result<Standing, Problem> {
    let name = names::tenant(&call.settings.config.cell, tenant);
    let user = UserRef { user_id: user_id.to_owned() };
    let answer = call.ask(Class::Tenant, &name, "/standing", &user).await?;
    call.read(&answer)
}
