//! `/v1/admin/…`

use super::Operations;
use crate::openapi::operation::{Auth, Operation};
use attune_contracts::ProblemCode::{NotFound, VersionConflict};

pub fn operations() -> Operations {
    let new = |id: &str, summary: &str| Operation::new(id, "admin", summary, Auth::Operator);
    let tenant = new("createTenant", "Make a tenant")
        .idempotent()
        .takes("TenantCreate", &["create-tenant.v1"])
        .answers(201, "The tenant.", "Tenant", &["tenant.v1"]);
    let list = new("listKeys", "List the API keys of a tenant")
        .param("Tenant")
        .answers(200, "The keys, without their secrets.", "KeyList", &[])
        .may_fail(&[NotFound]);
    let create = new("createKey", "Make an API key")
        .says("The whole key is in this answer and nowhere else: a repeat gets the first answer without it. Two live keys of one name are allowed, so that one can replace the other; a third answers `version_conflict`.")
        .param("Tenant")
        .idempotent()
        .takes("KeyCreate", &["create-key.v1"])
        .answers(201, "The key.", "Key", &[])
        .may_fail(&[NotFound, VersionConflict]);
    let revoke = new("revokeKey", "Revoke an API key")
        .says("It stops working within 3 seconds, and its live connections are closed.")
        .param("Tenant")
        .param("KeyId")
        .answers(200, "The revoked key.", "Key", &["key.v1"])
        .may_fail(&[NotFound]);
    vec![
        ("/v1/admin/tenants", "post", tenant.build()),
        ("/v1/admin/tenants/{tenant}/keys", "get", list.build()),
        ("/v1/admin/tenants/{tenant}/keys", "post", create.build()),
        ("/v1/admin/tenants/{tenant}/keys/{key_id}", "delete", revoke.build()),
    ]
}
