//! Tenants and API keys.

use super::Named;
use crate::openapi::build::{array, described, nullable, object, prose, schema, strict, words};
use attune_identity::api_key::Scope;
use serde_json::json;

pub fn schemas() -> Named {
    let scopes: Vec<&str> = Scope::ALL.iter().map(|s| s.as_str()).collect();
    vec![
        ("KeyScope", json!({"type": "string", "enum": scopes, "description": "What a key may do."})),
        (
            "TenantCreate",
            strict(
                "A new tenant of this cell.",
                &[
                    ("schema_version", schema("SchemaVersion")),
                    ("name", prose("Name for people.", 1, 100)),
                    (
                        "plan?",
                        nullable(
                            "Plan, by which the tenant is limited; absent: `free`.",
                            json!({"type": "string", "minLength": 1}),
                        ),
                    ),
                ],
            ),
        ),
        (
            "Tenant",
            object(
                "A tenant.",
                &[
                    ("schema_version", schema("SchemaVersion")),
                    ("tenant_id", schema("TenantId")),
                    ("name", words("Name.")),
                    ("created_at", schema("Instant")),
                ],
            ),
        ),
        (
            "KeyCreate",
            strict(
                "A new API key.",
                &[
                    ("schema_version", schema("SchemaVersion")),
                    ("name", prose("Name for people.", 1, 100)),
                    (
                        "scopes",
                        json!({"type": "array", "minItems": 1, "items": schema("KeyScope"), "description": "At least one."}),
                    ),
                    ("expires_at?", nullable("When it expires; absent: never.", schema("Time"))),
                ],
            ),
        ),
        (
            "Key",
            object(
                "An API key.",
                &[
                    ("schema_version", schema("SchemaVersion")),
                    ("key_id", schema("KeyId")),
                    ("name", words("Name.")),
                    ("scopes", array("What it may do.", schema("KeyScope"))),
                    ("created_at", schema("Instant")),
                    ("expires_at?", schema("Instant")),
                    ("revoked_at?", schema("Instant")),
                    ("key?", described("ApiKey", "The whole key; only in the answer that made it.")),
                ],
            ),
        ),
        (
            "KeyList",
            object(
                "The keys of a tenant, without their secrets.",
                &[("schema_version", schema("SchemaVersion")), ("keys", array("The keys.", schema("Key")))],
            ),
        ),
    ]
}
