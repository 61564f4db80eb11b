//! Tenants and keys, made through the Worker's admin routes.

use serde_json::{Value, json};

use super::Stack;
use crate::error::{Error, Result};
use crate::http;

impl Stack {
    /// Creates a tenant with a key of all scopes; the tenant's id and the key.
    pub fn create_tenant(&self, name: &str) -> Result<(String, String)> {
        let tenant = self.admin("/v1/admin/tenants", &json!({"schema_version": 1, "name": name}))?;
        let id = field(&tenant, &["tenant_id", "id", "tenant"])?;
        let key = match field(&tenant, &["api_key", "key", "secret"]) {
            Ok(key) => key,
            Err(_) => self.create_key(&id, name, SCOPES)?,
        };
        Ok((id, key))
    }

    /// Creates another key of a tenant.
    pub fn create_key(&self, tenant: &str, name: &str, scopes: &[&str]) -> Result<String> {
        let body = json!({"schema_version": 1, "name": name, "scopes": scopes});
        field(&self.admin(&format!("/v1/admin/tenants/{tenant}/keys"), &body)?, &["api_key", "key", "secret"])
    }

    fn admin(&self, path: &str, body: &Value) -> Result<Value> {
        let authorization = format!("Bearer {}", self.keys.operator_key);
        let token = crate::keys::random_hex(16)?;
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", token.as_str()),
        ];
        let url = format!("{}{path}", self.url());
        Ok(http::send("POST", &url, &headers, body.to_string().as_bytes(), 20)?.success(path)?.json())
    }
}

/// Everything that a station and an operator's console of one tenant may do.
pub const SCOPES: &[&str] =
    &["snapshots:write", "audio:write", "runs:write", "runs:read", "config:write", "config:read", "stream:connect"];

fn field(value: &Value, names: &[&str]) -> Result<String> {
    names
        .iter()
        .find_map(|name| value[*name].as_str())
        .map(str::to_owned)
        .ok_or_else(|| Error::other(format!("the answer has no {}: {value}", names.join(" or "))))
}
