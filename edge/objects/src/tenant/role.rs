//! Custom roles. That their permissions exist is judged at the door.

use super::authority::{judged, of_names};
use super::{By, Done, Tenant, check_name, conflict, invalid, list, not_found, read_list};
use crate::control_room::Once;
use crate::{Result, Row};
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::people::{PutRoleV1, RoleV1, RolesV1};
use attune_domain::Millis;
use attune_identity::permission::may_define;
use serde_json::json;

/// Roles that every tenant has.
pub const BUILT_IN_ROLES: [&str; 6] = ["owner", "admin", "manager", "member", "agent", "end_user"];
/// Most custom roles of a tenant.
pub const MAX_ROLES: u64 = 100;
/// Most permissions of a role.
pub const MAX_PERMISSIONS: usize = 200;

const COLUMNS: &str = "role_id, name, permissions, created_at";

impl Tenant {
    /// Makes a custom role, or, without `once`, writes one anew.
    ///
    /// # Errors
    /// `invalid_body`; `not_found`; `forbidden`; `version_conflict` when another role has the name, or there are too many; `idempotency_mismatch`.
    pub fn put_role(
        &self,
        by: &By<'_>,
        once: Option<&Once<'_>>,
        role_id: &str,
        role: &PutRoleV1,
    ) -> Result<Done<RoleV1>> {
        check_name(&role.name)?;
        let permissions = check_permissions(&role.permissions)?;
        self.change(by, once, || {
            let known = self.role(role_id)?;
            if known.is_none() && once.is_none() {
                return Err(not_found("there is no such role"));
            }
            let before = known.as_ref().map(|role| of_names(&role.permissions));
            judged(may_define(self.authority(by)?, before, Some(of_names(&permissions))))?;
            let namesake = "SELECT 1 FROM custom_role WHERE name = ?1 AND role_id <> ?2";
            let taken = !self.store.exec(namesake, &[(&role.name).into(), role_id.into()])?.is_empty();
            if taken || BUILT_IN_ROLES.contains(&role.name.as_str()) {
                return Err(conflict("/name", "taken", "another role has this name"));
            }
            if known.is_none() {
                let count = self.store.exec("SELECT count(*) FROM custom_role", &[])?.first();
                if count.map(|row| row.uint(0)).transpose()?.unwrap_or(0) >= MAX_ROLES {
                    return Err(conflict("", "too_many", "the tenant has too many roles"));
                }
            }
            self.store.exec(
                "INSERT INTO custom_role (role_id, name, permissions, created_at) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (role_id) DO UPDATE SET name = ?2, permissions = ?3",
                &[role_id.into(), (&role.name).into(), (&list(&permissions)?).into(), by.now_ms.into()],
            )?;
            let action = if known.is_some() { "role.update" } else { "role.create" };
            self.record(by, action, role_id, json!({ "permissions": permissions }))?;
            self.role(role_id)?.ok_or_else(|| not_found("there is no such role"))
        })
    }

    /// A custom role.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn role(&self, role_id: &str) -> Result<Option<RoleV1>> {
        let sql = format!("SELECT {COLUMNS} FROM custom_role WHERE role_id = ?1");
        self.store.exec(&sql, &[role_id.into()])?.first().map(read).transpose()
    }

    /// All custom roles.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn roles(&self) -> Result<RolesV1> {
        let rows = self.store.exec(&format!("SELECT {COLUMNS} FROM custom_role ORDER BY role_id"), &[])?;
        let roles = rows.into_iter().map(read).collect::<Result<_>>()?;
        Ok(RolesV1 { schema_version: SCHEMA_VERSION, roles })
    }

    /// Takes a custom role away that nobody has or is invited to.
    ///
    /// # Errors
    /// `not_found`, `forbidden`, `version_conflict` while it is in use.
    pub fn delete_role(&self, by: &By<'_>, role_id: &str) -> Result<()> {
        self.apply(|| {
            let before = self.role(role_id)?.ok_or_else(|| not_found("there is no such role"))?;
            judged(may_define(self.authority(by)?, Some(of_names(&before.permissions)), None))?;
            let used = "SELECT 1 FROM person WHERE role = ?1 AND status <> 'removed' UNION ALL SELECT 1 FROM invitation \
                        WHERE role = ?1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > ?2 LIMIT 1";
            if !self.store.exec(used, &[role_id.into(), by.now_ms.into()])?.is_empty() {
                return Err(conflict("", "in_use", "people have this role, or are invited to it"));
            }
            self.store.exec("DELETE FROM custom_role WHERE role_id = ?1", &[role_id.into()])?;
            self.record(by, "role.delete", role_id, json!({})).map(drop)
        })
    }

    /// Does a person's role exist?
    pub(super) fn check_role(&self, role: &str) -> Result<()> {
        if BUILT_IN_ROLES.contains(&role) || self.role(role)?.is_some() {
            return Ok(());
        }
        Err(invalid("/role", "unknown", "expected a built-in role or the id of a custom one"))
    }
}

fn check_permissions(given: &[String]) -> Result<Vec<String>> {
    let word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let good =
        |text: &str| text.len() <= 64 && text.split_once(':').is_some_and(|(noun, verb)| word(noun) && word(verb));
    if given.is_empty() || given.len() > MAX_PERMISSIONS || !given.iter().all(|text| good(text)) {
        return Err(invalid("/permissions", "invalid", "1 to 200 permissions, such as people:read"));
    }
    let mut permissions = given.to_vec();
    permissions.sort();
    permissions.dedup();
    Ok(permissions)
}

fn read(mut row: Row) -> Result<RoleV1> {
    Ok(RoleV1 {
        schema_version: SCHEMA_VERSION,
        role_id: row.text(0)?,
        name: row.text(1)?,
        permissions: read_list(&row.text(2)?)?,
        created_at: Millis(row.int(3)?),
    })
}
