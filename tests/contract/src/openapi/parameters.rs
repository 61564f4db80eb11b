//! `components.parameters` and `components.headers`.

use super::build::{integer, schema};
use super::schemas::MAX_PAGE;
use serde_json::{Value, json};

fn path(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "path", "required": true, "description": description, "schema": schema})
}

fn query(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

fn limit() -> Value {
    let mut limit = integer("Entries.", 1, MAX_PAGE);
    limit["default"] = json!(20);
    limit
}

/// Parameters by name.
pub fn parameters() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": true,
            "description": "A new one per intended effect, the same one for a repeat. Repeated with the same body within 24 h, the first answer comes back; with another body, 422.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
        },
        "Prefer": {
            "name": "Prefer", "in": "header",
            "description": "RFC 7240: `wait=N` waits up to N seconds, 20 at most. What cannot be read is ignored.",
            "schema": {"type": "string"}, "example": "wait=5"
        },
        "IfNoneMatch": {
            "name": "If-None-Match", "in": "header",
            "description": "Entity tags that the client holds; with the current one among them the answer is 304.",
            "schema": {"type": "string"}
        },
        "Station": path("station", "The station's number.", schema("Station")),
        "RunId": path("id", "The run.", schema("RunId")),
        "ProblemCode": path("code", "The problem's word.", schema("ProblemCode")),
        "Tenant": path("tenant", "The tenant.", schema("TenantId")),
        "KeyId": path("key_id", "The key.", schema("KeyId")),
        "CallId": query("call_id", "Merge the layer of this call too.", schema("CallId")),
        "ChangesStation": query("station", "Only changes to this station.", schema("Station")),
        "Limit": query("limit", "Most entries of the page.", limit()),
        "Cursor": query("cursor", "`next_cursor` of the page before.", json!({"type": "string", "pattern": "^v[0-9]+$"})),
    })
}

/// Headers of answers by name.
pub fn headers() -> Value {
    json!({
        "RequestId": {"description": "Id of the request, for reports.", "required": true, "schema": schema("RequestId")},
        "ETag": {
            "description": "Entity tag of the effective configuration: version, content and freeze. Within one, only `ttl_s` runs down.", "required": true,
            "schema": {"type": "string", "pattern": "^(W/)?\"[!#-~]+\"$"}
        },
        "RetryAfter": {"description": "Seconds after which to repeat.", "schema": {"type": "integer", "minimum": 0}},
        "PreferenceApplied": {
            "description": "RFC 7240: the wait that was granted.", "schema": {"type": "string", "pattern": "^wait=[0-9]{1,2}$"}
        },
        "ServerTiming": {
            "description": "W3C Server-Timing: milliseconds that the request waited, as a whole and for what. Time of computing does not show.",
            "schema": {"type": "string", "pattern": "^door;dur=[0-9]+(, (object|crypto|aws);dur=[0-9]+)*$"}
        },
        "RateLimit": {
            "description": "draft-ietf-httpapi-ratelimit-headers-11: what is left by each limit, and the seconds until there is more.",
            "schema": {"type": "string", "pattern": "^\"[a-z]+\";r=[0-9]+(;t=[0-9]+)?(, \"[a-z]+\";r=[0-9]+(;t=[0-9]+)?)*$"}
        },
        "RateLimitPolicy": {
            "description": "The limits that hold: quota and window in seconds.",
            "schema": {"type": "string", "pattern": "^\"[a-z]+\";q=[0-9]+;w=[0-9]+(, \"[a-z]+\";q=[0-9]+;w=[0-9]+)*$"}
        },
        "WwwAuthenticate": {"description": "The scheme to use.", "required": true, "schema": {"const": "Bearer"}},
        "Allow": {"description": "The methods that the path knows.", "required": true, "schema": {"type": "string"}},
    })
}
