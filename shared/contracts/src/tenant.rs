//! Administration of tenants and API keys, for the operator.

use attune_domain::{Millis, TenantId};
use serde::{Deserialize, Serialize};

/// Body of `POST /v1/admin/tenants`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateTenantV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Name for people, 1 to 100 characters.
    pub name: String,
    /// Plan, by which the tenant is limited; absent: `free`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Id, with its cell.
    pub tenant_id: TenantId,
    /// Name.
    pub name: String,
    /// When it was made.
    pub created_at: Millis,
}

/// Body of `POST /v1/admin/tenants/{tenant}/keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateKeyV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Name for people.
    pub name: String,
    /// Scopes, at least one.
    pub scopes: Vec<String>,
    /// When it expires; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Millis>,
}

/// An API key without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Key id: the part between cell and secret.
    pub key_id: String,
    /// Name.
    pub name: String,
    /// Scopes.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Millis,
    /// When it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Millis>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Millis>,
    /// The whole key; only in the answer that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}
