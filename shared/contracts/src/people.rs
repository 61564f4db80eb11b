//! Tenants, people, roles, keys, sign-in and voice projects: bodies of the administrative routes, and the audit trail.

use attune_domain::{Millis, TenantId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A role in the OpenAPI document.
#[cfg(feature = "schema")]
const ROLE: &str = "^(owner|admin|manager|member|agent|end_user|rol_[0-7][0-9a-hjkmnp-tv-z]{25})$";

/// Settings of a tenant: names and JSON values that the parts which read them explain.
pub type Settings = BTreeMap<String, serde_json::Value>;

/// A tenant with all that its administrators see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantDetailV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Id, with its cell.
    pub tenant_id: TenantId,
    /// Name.
    pub name: String,
    /// Name of the plan.
    pub plan: String,
    /// Region to which voice is pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Settings.
    pub settings: Settings,
    /// Access tokens of lower epochs are dead.
    pub epoch: u64,
    /// When it was made.
    pub created_at: Millis,
}

/// Body of `PATCH /v1/tenant`: what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateTenantV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    pub name: Option<String>,
    /// Settings to set; null takes one away.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schemars(extend("propertyNames" = {"pattern": "^[A-Za-z0-9._-]{1,64}$"})))]
    pub settings: Settings,
}

/// Body of `PUT /v1/admin/tenants/{tenant}/plan`, for the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SetPlanV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Name of the plan.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[a-z0-9_-]{1,40}$")))]
    pub plan: String,
    /// Region to which voice is pinned; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[a-z0-9_-]{1,40}$")))]
    pub region: Option<String>,
}

/// What a person may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PersonStatus {
    /// May sign in.
    Active,
    /// May do nothing until it is taken back.
    Suspended,
    /// Gone; only the id is left.
    Removed,
}

impl PersonStatus {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Removed => "removed",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Suspended, Self::Removed].into_iter().find(|s| s.as_str() == text)
    }
}

/// A person of a tenant. Name and address are personal data: they are nowhere but in the `Tenant` object and in this answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PersonV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// `usr_<ulid>`.
    pub user_id: String,
    /// E-mail address; empty once removed.
    pub email: String,
    /// Name; empty once removed.
    pub name: String,
    /// A built-in role, or `rol_<ulid>`.
    pub role: String,
    /// Status.
    pub status: PersonStatus,
    /// User id of the person's manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
    /// When the person joined.
    pub created_at: Millis,
}

impl core::fmt::Debug for PersonV1 {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { user_id, role, status, .. } = self;
        f.debug_struct("PersonV1")
            .field("user_id", user_id)
            .field("role", role)
            .field("status", status)
            .finish_non_exhaustive()
    }
}

/// A page of people, in the order of their ids, which is that of their joining.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PeoplePageV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The people.
    pub people: Vec<PersonV1>,
    /// Ask with it for the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Body of `PATCH /v1/people/{user}`: what is absent stays.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePersonV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    pub name: Option<String>,
    /// New role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = ROLE)))]
    pub role: Option<String>,
    /// New manager; empty text: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^(usr_[0-7][0-9a-hjkmnp-tv-z]{25})?$")))]
    pub manager: Option<String>,
    /// `active` or `suspended`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<PersonStatus>,
}

/// Body of `POST /v1/invitations`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InviteV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// E-mail address.
    #[cfg_attr(feature = "schema", schemars(length(min = 3, max = 254)))]
    pub email: String,
    /// Role.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = ROLE)))]
    pub role: String,
}

/// Body of `POST /v1/invitations/accept`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AcceptInvitationV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The secret of the invitation.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 106)))]
    pub token: String,
    /// Name of the person.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    pub name: String,
    /// A token of one of the tenant's issuers: whom it names there signs in here by it from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 16_384)))]
    pub id_token: Option<String>,
}

/// An invitation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvitationV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// `inv_<ulid>`.
    pub invitation_id: String,
    /// E-mail address.
    pub email: String,
    /// Role.
    pub role: String,
    /// Who invites.
    pub invited_by: String,
    /// When it was made.
    pub created_at: Millis,
    /// When it is worth nothing any more.
    pub expires_at: Millis,
    /// When it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Millis>,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_by: Option<String>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Millis>,
    /// Its secret; only in the answer that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// A page of invitations, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvitationsPageV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The invitations.
    pub invitations: Vec<InvitationV1>,
    /// Ask with it for the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Body of `POST /v1/roles` and `PUT /v1/roles/{role}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PutRoleV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Name.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 40)))]
    pub name: String,
    /// Permissions, `noun:verb`.
    #[cfg_attr(
        feature = "schema",
        schemars(length(min = 1, max = 200), inner(regex(pattern = "^[a-z_]+:[a-z_]+$"), length(max = 64)))
    )]
    pub permissions: Vec<String>,
}

/// A custom role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoleV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// `rol_<ulid>`.
    pub role_id: String,
    /// Name.
    pub name: String,
    /// Permissions, sorted.
    pub permissions: Vec<String>,
    /// When it was made.
    pub created_at: Millis,
}

/// All custom roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RolesV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The roles.
    pub roles: Vec<RoleV1>,
}

/// What may be allowed, and to whom it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PermissionsV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// All permissions that there are, `noun:verb`.
    pub permissions: Vec<String>,
    /// What the built-in roles allow.
    pub roles: BTreeMap<String, Vec<String>>,
    /// What the caller may do.
    pub yours: Vec<String>,
}

/// Body of `POST /v1/keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MakeKeyV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Name.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    pub name: String,
    /// `secret` or `publishable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^(secret|publishable)$")))]
    pub kind: Option<String>,
    /// Scopes, at least one.
    #[cfg_attr(
        feature = "schema",
        schemars(length(min = 1), inner(regex(pattern = "^[a-z_]+:[a-z_]+$"), length(max = 64)))
    )]
    pub scopes: Vec<String>,
    /// Exact origins from which a publishable key is good.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 50), inner(length(min = 8, max = 267))))]
    pub origins: Vec<String>,
    /// Networks from which the key is good, CIDR; none: from everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 50), inner(length(min = 2, max = 49))))]
    pub networks: Vec<String>,
    /// When it expires; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Millis>,
}

/// An API key as its tenant sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeyDetailV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Key id: the part between cell and secret.
    pub key_id: String,
    /// Name.
    pub name: String,
    /// `secret` or `publishable`.
    pub kind: String,
    /// Scopes.
    pub scopes: Vec<String>,
    /// Origins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<String>,
    /// Networks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<String>,
    /// When it was made.
    pub created_at: Millis,
    /// When it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Millis>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Millis>,
    /// The day of the last use, `yyyy-mm-dd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_on: Option<String>,
    /// The whole key; only in the answer that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// A page of keys, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeysPageV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The keys.
    pub keys: Vec<KeyDetailV1>,
    /// Ask with it for the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Body of `PUT /v1/issuers`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PutIssuerV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The issuer's identifier, an `https` address.
    #[cfg_attr(feature = "schema", schemars(length(min = 8, max = 255)))]
    pub issuer: String,
    /// Audiences that are good.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 20), inner(regex(pattern = "^[!-~]{1,255}$"))))]
    pub audiences: Vec<String>,
    /// Client id at the issuer, for the authorization code flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[!-~]{1,255}$")))]
    pub client_id: Option<String>,
    /// Client secret; absent: as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 4_096)))]
    pub client_secret: Option<String>,
}

/// An OIDC issuer whose tokens are good for this tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IssuerV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The issuer's identifier.
    pub issuer: String,
    /// Audiences.
    pub audiences: Vec<String>,
    /// Client id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Is a client secret kept?
    pub has_secret: bool,
    /// When it was made.
    pub created_at: Millis,
}

/// All issuers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IssuersV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The issuers.
    pub issuers: Vec<IssuerV1>,
}

/// One change of consequence. `hash` is the SHA-256, in lowercase hexadecimal, of the RFC 8785 form of the row without `hash`;
/// `prev` is the hash of the row before, and 64 zeros in the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditRowV1 {
    /// 1, 2, 3, … without a gap.
    pub seq: u64,
    /// When it was recorded.
    pub at: Millis,
    /// Who: `usr_…`, `key_…`, `operator`.
    pub actor: String,
    /// What was done, such as `person.invite`.
    pub action: String,
    /// To what: an id.
    pub target: String,
    /// Ids, numbers and words; never a secret or personal data.
    pub detail: serde_json::Map<String, serde_json::Value>,
    /// Hash of the row before.
    pub prev: String,
    /// Hash of this row.
    pub hash: String,
}

/// A page of the audit trail, the newest row first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditPageV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The rows.
    pub rows: Vec<AuditRowV1>,
    /// Ask with it for the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// The last row of a trail: whoever keeps it can later prove that nothing before it was edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditHeadV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Its number; 0: there is none.
    pub seq: u64,
    /// Its hash; 64 zeros when there is none.
    pub hash: String,
}

// Credentials and personal data are not printed.
attune_domain::silent!(ChangePersonV1, InviteV1, AcceptInvitationV1, InvitationV1, PutIssuerV1);
