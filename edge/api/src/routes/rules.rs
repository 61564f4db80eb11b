//! Who may give what to whom: the rules of `attune_identity::permission` over what the `Tenant` object knows. Shared by the
//! routes that change people, invitations, roles and keys.

use crate::auth::{Caller, permissions};
use crate::call::{Call, refuse_fields};
use crate::shells::protocol::{TenantCommand, UserRef};
use attune_contracts::people::{PersonStatus, RoleV1};
use attune_contracts::{FieldError, Problem, ProblemCode};
use attune_domain::TenantId;
use attune_identity::permission::{Error, Permissions, RoleRef, Standing};
use attune_objects::names::{self, Class};
use attune_objects::tenant::Standing as PersonStanding;

/// The `Tenant` object counts the owners itself, in the transaction of the change.
pub const OWNERS_COUNTED_BY_OBJECT: usize = usize::MAX;

/// Where the caller stands. A key acts with its scopes and is never owner.
pub fn actor(caller: &Caller) -> Standing {
    let owner = matches!(caller, Caller::User(user) if user.role == "owner");
    Standing { owner, permissions: caller.permissions() }
}

/// The problem of a rule that says no.
///
/// # Errors
/// `forbidden`, naming the permission.
pub fn judged(verdict: Result<(), Error>) -> Result<(), Problem> {
    verdict.map_err(|e| Problem::new(ProblemCode::Forbidden, e.to_string()))
}

/// What a role allows.
///
/// # Errors
/// `invalid_body` at `/role` for one that the tenant has not.
pub async fn role(call: &Call<'_>, tenant: &TenantId, name: &str) -> Result<Standing, Problem> {
    let found = match name.parse::<RoleRef>() {
        Ok(RoleRef::BuiltIn(role)) => Some(role.into()),
        Ok(RoleRef::Custom(id)) => custom(call, tenant, &id).await?.map(|role| Standing::from(of_names(&role))),
        Err(_) => None,
    };
    if let Some(found) = found {
        return Ok(found);
    }
    let error = FieldError::new("/role", "unknown", "expected a built-in role or the id of a custom one");
    refuse_fields(vec![error])?;
    Err(call.internal("role", "unreachable"))
}

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

/// The permissions of a custom role. A name that this version does not know grants nothing.
pub fn of_names(role: &RoleV1) -> Permissions {
    role.permissions.iter().filter_map(|name| name.parse().ok()).collect()
}

/// How a person of the tenant stands, asked of the object itself and not of the memory.
///
/// # Errors
/// `not_found`.
pub async fn person(call: &Call<'_>, tenant: &TenantId, user_id: &str) -> Result<Standing, Problem> {
    let standing = standing(call, tenant, user_id).await?;
    Ok(Standing { owner: standing.role == "owner", permissions: permissions(&standing) })
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

async fn standing(call: &Call<'_>, tenant: &TenantId, user_id: &str) -> Result<PersonStanding, Problem> {
    let name = names::tenant(&call.settings.config.cell, tenant);
    let user = UserRef { user_id: user_id.to_owned() };
    let answer = call.ask(Class::Tenant, &name, "/standing", &user).await?;
    call.read(&answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use attune_identity::api_key::KeyKind;
    use attune_identity::permission::{may_change, may_grant};

    #[test]
    fn a_key_of_all_scopes_is_no_owner() {
        let tenant = TenantId::parse("tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz").unwrap();
        let (scopes, key_id) = (Permissions::all(), "k".to_owned());
        let key = actor(&Caller::Tenant { tenant, key_id, kind: KeyKind::Secret, scopes, expires_at: None });
        assert!(!key.owner);
        let owner = Standing { owner: true, permissions: Permissions::all() };
        let refused = judged(may_change(key, None, Some(owner), OWNERS_COUNTED_BY_OBJECT)).unwrap_err();
        assert_eq!(refused.code, ProblemCode::Forbidden);
        assert!(judged(may_grant(key, Permissions::all())).is_ok());
        assert!(judged(may_grant(actor(&Caller::Operator), Permissions::all())).is_err());
    }
}
