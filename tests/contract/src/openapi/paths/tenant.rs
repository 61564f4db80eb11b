//! A tenant's people, roles, keys, issuers and audit trail.

use super::Operations;
use crate::openapi::build::schema;
use crate::openapi::operation::{Auth, Operation};
use attune_contracts::ProblemCode::{InvalidParameter, NotFound, VersionConflict};
use attune_identity::api_key::Scope;
use serde_json::json;

const NO_MORE: &str = "Nobody gives more than they have: what the caller may not, answers `forbidden` with its name.";

pub fn operations() -> Operations {
    let mut all = tenant();
    all.extend(people());
    all.extend(invitations());
    all.extend(roles());
    all.extend(keys());
    all.extend(issuers());
    all.extend(audit());
    all
}

fn new(id: &str, summary: &str, scope: Scope) -> Operation {
    Operation::new(id, "tenant", summary, Auth::May(scope))
}

fn paged(operation: Operation) -> Operation {
    operation.param("PageCursor").param("PageLimit").may_fail(&[InvalidParameter])
}

fn tenant() -> Operations {
    let read = new("readTenant", "The tenant with plan, region and settings", Scope::TenantRead).answers(
        200,
        "The tenant.",
        "TenantDetail",
        &["tenant-detail.v1"],
    );
    let update = new("updateTenant", "Change the tenant's name and settings", Scope::TenantWrite)
        .says("What is absent stays; a setting of null is taken away. `chat_retention_days` (1 to 3,650, without it 365): what is said in chats is kept so long.")
        .takes("UpdateTenant", &["update-tenant.v1"])
        .answers(200, "The tenant.", "TenantDetail", &["tenant-detail.v1"]);
    let end = new("endSessions", "End all access tokens of the tenant", Scope::TenantWrite)
        .says("Within 3 seconds, the caller's own too. Devices stay enrolled, and refresh.")
        .answers(200, "The tenant with its new epoch.", "TenantDetail", &["tenant-detail.v1"]);
    let plan = Operation::new("setPlan", "admin", "Set plan and region of a tenant", Auth::Operator)
        .param("Tenant")
        .takes("SetPlan", &["set-plan.v1"])
        .answers(200, "The tenant.", "TenantDetail", &["tenant-detail.v1"])
        .may_fail(&[NotFound]);
    vec![
        ("/v1/tenant", "get", read.build()),
        ("/v1/tenant", "patch", update.build()),
        ("/v1/tenant/end-sessions", "post", end.build()),
        ("/v1/admin/tenants/{tenant}/plan", "put", plan.build()),
    ]
}

fn people() -> Operations {
    let list = new("listPeople", "List people", Scope::UsersRead)
        .param("PeopleRole")
        .param("PeopleStatus")
        .param("PeopleManager")
        .param("PeopleEmail")
        .may_fail(&[NotFound]);
    let list = paged(list).answers(200, "A page.", "PeoplePage", &["people-page.v1"]);
    let read = new("readPerson", "A person", Scope::UsersRead)
        .param("User")
        .answers(200, "The person.", "Person", &[])
        .may_fail(&[NotFound]);
    let change = new("changePerson", "Change a person's name, role, manager or status", Scope::UsersWrite)
        .says(&format!(
            "What is absent stays. {NO_MORE} Only an owner makes or changes owners, and the last one stays."
        ))
        .param("User")
        .takes("ChangePerson", &["change-person.v1"])
        .answers(200, "The person.", "Person", &[])
        .may_fail(&[NotFound, VersionConflict]);
    let remove = new("removePerson", "Remove a person for good", Scope::UsersWrite)
        .says("Name, address, identities and session are erased; the id stays in the audit trail. The last owner stays. Again is harmless.")
        .param("User")
        .answers_nothing("The person is removed.")
        .may_fail(&[NotFound, VersionConflict]);
    vec![
        ("/v1/people", "get", list.build()),
        ("/v1/people/{user}", "get", read.build()),
        ("/v1/people/{user}", "patch", change.build()),
        ("/v1/people/{user}", "delete", remove.build()),
    ]
}

fn invitations() -> Operations {
    let list = new("listInvitations", "List invitations", Scope::InvitationsRead).param("InvitationsOpen");
    let list = paged(list).answers(200, "A page, without tokens.", "InvitationsPage", &["invitations-page.v1"]);
    let create = new("invite", "Invite somebody", Scope::InvitationsWrite)
        .says(&format!("{NO_MORE} The token is in this answer and nowhere else: a repeat gets the first answer without it. An open invitation of the same address ends."))
        .idempotent()
        .takes("Invite", &["invite.v1"])
        .answers(201, "The invitation.", "Invitation", &[])
        .may_fail(&[VersionConflict]);
    let read = new("readInvitation", "An invitation", Scope::InvitationsRead)
        .param("Invitation")
        .answers(200, "The invitation, without its token.", "Invitation", &[])
        .may_fail(&[NotFound]);
    let revoke = new("revokeInvitation", "Take an invitation back", Scope::InvitationsWrite)
        .says("Again is harmless.")
        .param("Invitation")
        .answers(200, "The revoked invitation.", "Invitation", &[])
        .may_fail(&[NotFound, VersionConflict]);
    vec![
        ("/v1/invitations", "get", list.build()),
        ("/v1/invitations", "post", create.build()),
        ("/v1/invitations/{invitation}", "get", read.build()),
        ("/v1/invitations/{invitation}", "delete", revoke.build()),
    ]
}

fn roles() -> Operations {
    let permissions = Operation::new("listPermissions", "tenant", "All permissions and built-in roles", Auth::Member)
        .answers(200, "The permissions, and which of them the caller has.", "Permissions", &["permissions.v1"]);
    let list =
        new("listRoles", "List custom roles", Scope::RolesRead).answers(200, "All of them.", "Roles", &["roles.v1"]);
    let create = new("createRole", "Make a custom role", Scope::RolesWrite)
        .says(NO_MORE)
        .idempotent()
        .takes("PutRole", &["put-role.v1"])
        .answers(201, "The role.", "Role", &[])
        .may_fail(&[VersionConflict]);
    let read = new("readRole", "A custom role", Scope::RolesRead)
        .param("Role")
        .answers(200, "The role.", "Role", &[])
        .may_fail(&[NotFound]);
    let put = new("putRole", "Write a custom role anew", Scope::RolesWrite)
        .says(&format!(
            "{NO_MORE} That holds for the role as it was, too. Who has it may do what it says within 3 seconds."
        ))
        .param("Role")
        .takes("PutRole", &["put-role.v1"])
        .answers(200, "The role.", "Role", &[])
        .may_fail(&[NotFound, VersionConflict]);
    let delete = new("deleteRole", "Delete a custom role that nobody has", Scope::RolesWrite)
        .param("Role")
        .answers_nothing("The role is gone.")
        .may_fail(&[NotFound, VersionConflict]);
    vec![
        ("/v1/permissions", "get", permissions.build()),
        ("/v1/roles", "get", list.build()),
        ("/v1/roles", "post", create.build()),
        ("/v1/roles/{role}", "get", read.build()),
        ("/v1/roles/{role}", "put", put.build()),
        ("/v1/roles/{role}", "delete", delete.build()),
    ]
}

fn keys() -> Operations {
    let list = paged(new("listOwnKeys", "List the tenant's API keys", Scope::KeysRead)).answers(
        200,
        "A page, without secrets.",
        "KeysPage",
        &["keys-page.v1"],
    );
    let create = new("createOwnKey", "Make an API key", Scope::KeysWrite)
        .says(&format!("{NO_MORE} The whole key is in this answer and nowhere else: a repeat gets the first answer without it. A publishable key needs its exact origins, and may only join rooms and chats. Two live keys of one name are allowed, so that one can replace the other; a third answers `version_conflict`."))
        .idempotent()
        .takes("MakeKey", &["make-key.v1"])
        .answers(201, "The key.", "KeyDetail", &[])
        .may_fail(&[VersionConflict]);
    let revoke = new("revokeOwnKey", "Revoke an API key", Scope::KeysWrite)
        .says("It stops working within 3 seconds, and its live connections are closed. Again is harmless.")
        .param("KeyId")
        .answers(200, "The revoked key.", "KeyDetail", &[])
        .may_fail(&[NotFound]);
    vec![
        ("/v1/keys", "get", list.build()),
        ("/v1/keys", "post", create.build()),
        ("/v1/keys/{key_id}", "delete", revoke.build()),
    ]
}

fn issuers() -> Operations {
    let list = new("listIssuers", "List the OIDC issuers of the tenant", Scope::IssuersRead).answers(
        200,
        "All of them, without secrets.",
        "Issuers",
        &["issuers.v1"],
    );
    let about = "The client secret is kept sealed and never shown again; absent, it stays as it was.";
    let put = new("putIssuer", "Make an OIDC issuer, or write one anew", Scope::IssuersWrite)
        .says(about)
        .takes("PutIssuer", &["put-issuer.v1"])
        .answers(200, "The issuer.", "Issuer", &[])
        .may_fail(&[VersionConflict]);
    let delete = new("deleteIssuer", "Take an OIDC issuer away", Scope::IssuersWrite)
        .says("Its tokens are refused from now on; the people it vouched for stay.")
        .param("Issuer")
        .answers_nothing("The issuer is gone.")
        .may_fail(&[InvalidParameter, NotFound]);
    let admin = Operation::new("putIssuerAsOperator", "admin", "Write an OIDC issuer of a tenant", Auth::Operator)
        .says(about)
        .param("Tenant")
        .takes("PutIssuer", &["put-issuer.v1"])
        .answers(200, "The issuer.", "Issuer", &[])
        .may_fail(&[NotFound, VersionConflict]);
    vec![
        ("/v1/issuers", "get", list.build()),
        ("/v1/issuers", "put", put.build()),
        ("/v1/issuers", "delete", delete.build()),
        ("/v1/admin/tenants/{tenant}/issuers", "put", admin.build()),
    ]
}

fn audit() -> Operations {
    let search = new("searchAudit", "Search the audit trail", Scope::AuditRead)
        .param("AuditActor")
        .param("AuditAction")
        .param("AuditTarget")
        .param("AuditFrom")
        .param("AuditUntil");
    let search = paged(search).answers(200, "A page, the newest row first.", "AuditPage", &["audit-page.v1"]);
    let lines = json!({
        "description": "The rows in their order, one per line, each in the form of RFC 8785. All parts behind each other are the export.",
        "headers": {
            "x-request-id": {"$ref": "#/components/headers/RequestId"},
            "audit-seq": {"$ref": "#/components/headers/AuditSeq"},
            "audit-hash": {"$ref": "#/components/headers/AuditHash"},
            "link": {"$ref": "#/components/headers/Link"},
        },
        "content": {"application/jsonl": {"schema": schema("AuditRow")}},
    });
    let export = new("exportAudit", "Export the audit trail", Scope::AuditExport)
        .says("`cargo dev audit verify` checks that no row was edited, left out or moved. A long trail comes in parts, each with a `Link` to the next.")
        .param("AuditAfter")
        .param("AuditLimit")
        .responds(200, lines)
        .may_fail(&[InvalidParameter]);
    vec![("/v1/audit", "get", search.build()), ("/v1/audit/export", "get", export.build())]
}
