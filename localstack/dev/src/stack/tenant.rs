//! Tenants and keys, made through the Worker's admin routes.

use serde_json::{Value, json};

use super::Stack;
use crate::error::{Error, Result};
use crate::http;

impl Stack {
    /// Creates a tenant with a key of all scopes; the tenant's id and the key. Of the largest plan, so that no test or bench meets
    /// a limit that it does not look for.
    pub fn create_tenant(&self, name: &str) -> Result<(String, String)> {
        self.create_tenant_of("enterprise", name)
    }

    /// Creates a tenant of a plan with a key of all scopes.
    pub fn create_tenant_of(&self, plan: &str, name: &str) -> Result<(String, String)> {
        let tenant = self.admin("/v1/admin/tenants", &json!({"schema_version": 1, "name": name, "plan": plan}))?;
        let id = field(&tenant, "tenant_id")?;
        let key = self.create_key(&id, name, SCOPES)?;
        Ok((id, key))
    }

    /// Creates another key of a tenant.
    pub fn create_key(&self, tenant: &str, name: &str, scopes: &[&str]) -> Result<String> {
        let body = json!({"schema_version": 1, "name": name, "scopes": scopes});
        field(&self.admin(&format!("/v1/admin/tenants/{tenant}/keys"), &body)?, "key")
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

fn field(value: &Value, name: &str) -> Result<String> {
    let text = value[name].as_str().map(str::to_owned);
    text.ok_or_else(|| Error::other(format!("the answer has no {name}")))
}
