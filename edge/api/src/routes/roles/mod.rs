//! Permissions, and the roles that a tenant makes of them.

pub mod create;
pub mod delete;
pub mod list;
pub mod permissions;
pub mod put;
pub mod read;

use crate::call::refuse_fields;
use attune_contracts::people::PutRoleV1;
use attune_contracts::{FieldError, Problem};
use attune_identity::permission::{CustomRole, Error, Permission, Permissions};

/// Checks name and permissions of a role's body. Who may give them is for the `Tenant` object.
///
/// # Errors
/// `invalid_body` with the offending fields.
fn checked(role_id: &str, body: &PutRoleV1) -> Result<(), Problem> {
    let mut errors = Vec::new();
    let mut permissions = Vec::new();
    for (index, name) in body.permissions.iter().enumerate() {
        match name.parse::<Permission>() {
            Ok(permission) => permissions.push(permission),
            Err(e) => errors.push(FieldError::new(format!("/permissions/{index}"), "unknown", e.to_string())),
        }
    }
    refuse_fields(errors)?;
    let permissions: Permissions = permissions.into_iter().collect();
    let wrong = match CustomRole::new(role_id, &body.name, permissions) {
        Ok(_) => return Ok(()),
        Err(e @ Error::EmptyRole) => FieldError::new("/permissions", "missing", e.to_string()),
        Err(e) => FieldError::new("/name", "invalid", e.to_string()),
    };
    refuse_fields(vec![wrong])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_role_is_named() {
        let id = "rol_01hzzzzzzzzzzzzzzzzzzzzzzz";
        let body = |name: &str, permissions: &[&str]| PutRoleV1 {
            schema_version: 1,
            name: name.to_owned(),
            permissions: permissions.iter().map(|p| (*p).to_owned()).collect(),
        };
        assert!(checked(id, &body("Auditor", &["audit:read"])).is_ok());
        for (bad, pointer) in [
            (body("Auditor", &[]), "/permissions"),
            (body("Auditor", &["audit:read", "audit:delete"]), "/permissions/1"),
            (body("Owner", &["audit:read"]), "/name"),
            (body("", &["audit:read"]), "/name"),
        ] {
            assert_eq!(checked(id, &bad).unwrap_err().errors[0].pointer, pointer);
        }
    }
}
