//! `components.parameters` and `components.headers`.

use super::build::{integer, schema};
use super::schemas::{MAX_PAGE, ULID};
use serde_json::{Value, json};

fn path(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "path", "required": true, "description": description, "schema": schema})
}

fn query(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

fn id(prefix: &str) -> Value {
    json!({"type": "string", "pattern": format!("^{prefix}_{ULID}$")})
}

fn limit() -> Value {
    let mut limit = integer("Entries.", 1, MAX_PAGE);
    limit["default"] = json!(20);
    limit
}

/// Parameters by name.
pub fn parameters() -> Value {
    let mut all = json!({
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
            "description": "Entity tags that the client holds; with the current one among them the answer is 304. They compare weakly (RFC 9110, section 8.8.3.2).",
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
        "Room": path("room", "The room.", schema("RoomId")),
        "ChatRoom": path("room", "The chat room.", schema("ChatRoomId")),
        "Attachment": path("attachment", "The picture.", id("att")),
        "ChatAfter": query("after", "Number of the last event that the member has.", json!({"type": "integer", "minimum": 0})),
        "LastEventId": {
            "name": "last-event-id", "in": "header", "description": "The same, as server-sent events resume; it wins.",
            "schema": {"type": "string", "pattern": "^[0-9]+$"}
        },
        "ChatsWaiting": query("waits", "Only rooms whose visitor waits for a person.", json!({"type": "boolean", "default": false})),
        "RoomsLive": query("live", "Only rooms that have not ended.", json!({"type": "boolean", "default": false})),
        "RoomsLimit": query("limit", "Most rooms of the page.", json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 50})),
        "RoomsCursor": query("cursor", "`next_cursor` of the page before.", json!({"type": "string", "pattern": "^[A-Za-z0-9_]{1,64}$"})),
        "ProjectApiKey": {
            "name": "api_key", "in": "query", "required": true, "description": "The project's API key.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9_]{1,64}$"}
        },
        "Cursor": query("cursor", "`next_cursor` of the page before.", json!({"type": "string", "pattern": "^v[0-9]+$"})),
        // the tenant's administration
        "User": path("user", "The person.", id("usr")),
        "Device": path("device", "The device.", id("dev")),
        "Invitation": path("invitation", "The invitation.", id("inv")),
        "Role": path("role", "The custom role.", id("rol")),
        "PageLimit": query("limit", "Most entries of the page.", json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 50})),
        "PageCursor": query("cursor", "`next_cursor` of the page before.", json!({"type": "string", "pattern": "^[A-Za-z0-9_]{1,64}$"})),
        "PeopleRole": query("role", "Only people of this role: a built-in one, or the id of a custom one.", json!({"type": "string"})),
        "PeopleStatus": query("status", "Only people of this status; without, all but removed ones.", schema("PersonStatus")),
        "PeopleManager": query("manager", "Only people with this manager.", id("usr")),
        "PeopleEmail": query("email", "Only the person of this address, however its letters are written.", json!({"type": "string"})),
        "InvitationsOpen": query("open", "Only those that can still be accepted.", json!({"type": "boolean", "default": false})),
        "Issuer": {
            "name": "issuer", "in": "query", "required": true, "description": "The issuer's identifier.", "schema": {"type": "string"}
        },
        "AuditActor": query("actor", "Only what this actor did: `usr_…`, `key_…` or `operator`.", json!({"type": "string"})),
        "AuditAction": query("action", "Only this action, such as `key.create`; with a dot at its end all that begin so.", json!({"type": "string"})),
        "AuditTarget": query("target", "Only what was done to this.", json!({"type": "string"})),
        "AuditFrom": query("from", "Not before.", schema("Time")),
        "AuditUntil": query("until", "Before.", schema("Time")),
        "AuditAfter": query("after", "Only rows after this number.", integer("Row.", 0, (1 << 53) - 1)),
        "AuditLimit": query("limit", "Most rows of the answer.", json!({"type": "integer", "minimum": 1, "maximum": 10_000, "default": 10_000})),
    });
    // apart from the others: the macro has its limit
    if let (Some(all), Value::Object(more)) = (all.as_object_mut(), sign_in()) {
        all.extend(more);
    }
    all
}

fn sign_in() -> Value {
    json!({
        "OidcTenant": {
            "name": "tenant_id", "in": "query", "required": true, "description": "The tenant.", "schema": schema("TenantId")
        },
        "ReturnTo": {
            "name": "return_to", "in": "query", "required": true, "description": "Where the browser goes in the end, at most 1,024 characters.",
            "schema": {"type": "string", "format": "uri"}
        },
        "Identity": path("identity", "The identity.", json!({"type": "string", "pattern": "^idn_[0-9a-f]{32}$"})),
        "Widget": path("widget", "The widget.", id("wid")),
        "IfMatch": {
            "name": "If-Match", "in": "header",
            "description": "The entity tag that was read: only this version is changed. Without, whatever is there.",
            "schema": {"type": "string"}, "example": "\"7\""
        },
        "OidcState": query("state", "As the issuer was given it.", json!({"type": "string"})),
        "OidcCode": query("code", "The issuer's code.", json!({"type": "string"})),
        "OidcError": query("error", "Why the issuer refuses (RFC 6749, section 4.1.2.1).", json!({"type": "string"})),
        "OidcIss": query("iss", "The issuer (RFC 9207).", json!({"type": "string"})),
    })
}

/// Headers of answers by name.
pub fn headers() -> Value {
    json!({
        "RequestId": {"description": "Id of the request, for reports.", "required": true, "schema": schema("RequestId")},
        "ETag": {
            "description": "Entity tag of the effective configuration: version, content and freeze. A weak one (RFC 9110, section 8.8.1), because within it `ttl_s` runs down.", "required": true,
            "schema": {"type": "string", "pattern": "^W/\"[!#-~]+\"$"}
        },
        "WidgetTag": {
            "description": "Entity tag of the widget: its version.", "required": true, "schema": {"type": "string", "pattern": "^\"[0-9]+\"$"}
        },
        "RetryAfter": {"description": "Seconds after which to repeat.", "schema": {"type": "integer", "minimum": 0}},
        "PreferenceApplied": {
            "description": "RFC 7240: the wait that was granted.", "schema": {"type": "string", "pattern": "^wait=[0-9]{1,2}$"}
        },
        "WwwAuthenticate": {
            "description": "The scheme to use.", "required": true,
            "schema": {"enum": [
                "Bearer", "DPoP error=\"use_dpop_nonce\", algs=\"ES256\"", "DPoP error=\"invalid_dpop_proof\", algs=\"ES256\"",
                "DPoP error=\"invalid_token\", algs=\"ES256\""
            ]}
        },
        // a signed-in device, and the audit trail
        "DpopNonce": {
            "description": "The nonce for the next proofs (RFC 9449, sections 8 and 9). Sent with `use_dpop_nonce`, and when the one used is about to expire.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"}
        },
        "AuditSeq": {
            "description": "Number of the trail's last row; 0 when there is none.", "required": true, "schema": {"type": "integer", "minimum": 0}
        },
        "AuditHash": {
            "description": "Hash of the trail's last row: kept, it proves later that nothing before was edited.", "required": true,
            "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"}
        },
        "Link": {"description": "RFC 8288: where the next part is, while there is one.", "schema": {"type": "string"}},
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
        "Allow": {"description": "The methods that the path knows.", "required": true, "schema": {"type": "string"}},
    })
}
