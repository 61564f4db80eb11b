//! Ids, times, stations, scopes.

use super::Named;
use crate::openapi::build::one_of;
use attune_contracts::KNOWN_VERSIONS;
use attune_domain::{Scope, Station};
use serde_json::{Value, json};

/// 26 characters of lowercase Crockford base32 that fit 128 bits.
pub const ULID: &str = "[0-7][0-9a-hjkmnp-tv-z]{25}";

fn id(prefix: &str, description: &str) -> Value {
    json!({"type": "string", "description": description, "pattern": format!("^{prefix}_{ULID}$")})
}

pub fn schemas() -> Named {
    let labels: Vec<String> = Station::ALL.iter().map(|s| format!("{s}: {}", s.label())).collect();
    vec![
        (
            "SchemaVersion",
            json!({
                "type": "integer", "enum": KNOWN_VERSIONS,
                "description": "Version of the body's shape. An unknown one is refused with the list of the known ones."
            }),
        ),
        ("TenantId", id("tnt_[a-z][a-z0-9]{1,7}", "A tenant; the middle part is the cell it lives in.")),
        ("CallId", id("call", "A phone call or meeting. The client makes the ULID.")),
        ("ChatRoomId", id("chr", "A chat room.")),
        ("RunId", id("run", "One run of an optimizer.")),
        ("ChangeId", id("chg", "One accepted change of configuration.")),
        ("RequestId", id("req", "One request; quote it in reports.")),
        (
            "KeyId",
            json!({
                "type": "string", "minLength": 1,
                "description": "The public part of an API key, between cell and secret: the tenant's ULID and six more characters."
            }),
        ),
        (
            "ApiKey",
            json!({
                "type": "string", "pattern": "^atn_(live|test)_[a-z][a-z0-9]{1,7}_[0-7][0-9a-hjkmnp-tv-z]{31}_[0-9A-Za-z]{38}$",
                "description": "A whole API key, with its secret and checksum. Shown once."
            }),
        ),
        ("Sha256", json!({"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256, lowercase hex."})),
        (
            "Time",
            json!({
                "type": "string", "format": "date-time", "description": "RFC 3339, with any offset; finer than a millisecond is cut off."
            }),
        ),
        (
            "Instant",
            json!({
                "type": "string", "format": "date-time", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$",
                "description": "RFC 3339 in UTC with milliseconds."
            }),
        ),
        (
            "Station",
            json!({
                "type": "integer", "enum": Station::ALL, "description": format!("A measuring and tuning point of the audio path. {}.", labels.join("; "))
            }),
        ),
        ("Leg", one_of("Leg of a call: a is the caller's side, b the other.", &["a", "b"])),
        (
            "ConfigScope",
            json!({
                "type": "string", "enum": [Scope::Global, Scope::Tenant, Scope::Call],
                "description": "Layer of configuration. The more specific one wins, per parameter: call over tenant over global."
            }),
        ),
    ]
}
