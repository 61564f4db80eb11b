//! The schemas of bodies and the types that read them judge alike: each golden body is changed at every place in every way of
//! a list, and both have to agree on each result.

use super::bodies::REQUESTS;
use attune_contract_tests::golden::golden;
use attune_contract_tests::openapi;
use attune_contract_tests::validate::named;
use attune_contracts::audio::AudioUploadV1;
use attune_contracts::auth::{
    LinkIdentityV1, NameDeviceV1, OidcCompleteV1, OidcSignInV1, PasswordSignInV1, RefreshV1, SecondFactorV1,
    SetPasswordV1, TotpCodeV1,
};
use attune_contracts::config::{FreezeV1, RollbackV1, UpdateV1};
use attune_contracts::parse::parse_body;
use attune_contracts::people::{
    AcceptInvitationV1, ChangePersonV1, InviteV1, MakeKeyV1, PutIssuerV1, PutRoleV1, SetPlanV1, UpdateTenantV1,
};
use attune_contracts::run::RunRequestV1;
use attune_contracts::snapshot::SnapshotV1;
use attune_contracts::tenant::{CreateKeyV1, CreateTenantV1};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const TENANT: &str = "tnt_eu1_01k5nq3e5v0000000000000001";

fn reads<T: DeserializeOwned>(body: &Value) -> Option<T> {
    parse_body(body.to_string().as_bytes()).ok()
}

/// Does the type that reads a schema's bodies take this one?
fn taken(schema: &str, body: &Value) -> bool {
    match schema {
        "Snapshot" => reads::<SnapshotV1>(body).is_some_and(|b| b.validate(TENANT).is_empty()),
        "AudioUpload" => reads::<AudioUploadV1>(body).is_some_and(|b| b.validate().is_empty()),
        "RunRequest" => reads::<RunRequestV1>(body).is_some(),
        "ConfigUpdate" => reads::<UpdateV1>(body).is_some(),
        "ConfigRollback" => reads::<RollbackV1>(body).is_some(),
        "ConfigFreeze" => reads::<FreezeV1>(body).is_some(),
        "TenantCreate" => reads::<CreateTenantV1>(body).is_some(),
        "KeyCreate" => reads::<CreateKeyV1>(body).is_some(),
        // the tenant's administration
        "UpdateTenant" => reads::<UpdateTenantV1>(body).is_some(),
        "SetPlan" => reads::<SetPlanV1>(body).is_some(),
        "ChangePerson" => reads::<ChangePersonV1>(body).is_some(),
        "Invite" => reads::<InviteV1>(body).is_some(),
        "AcceptInvitation" => reads::<AcceptInvitationV1>(body).is_some(),
        "PutRole" => reads::<PutRoleV1>(body).is_some(),
        "MakeKey" => reads::<MakeKeyV1>(body).is_some(),
        "PutIssuer" => reads::<PutIssuerV1>(body).is_some(),
        "Refresh" => reads::<RefreshV1>(body).is_some(),
        "NameDevice" => reads::<NameDeviceV1>(body).is_some(),
        // sign-in
        "OidcSignIn" => reads::<OidcSignInV1>(body).is_some(),
        "OidcComplete" => reads::<OidcCompleteV1>(body).is_some(),
        "PasswordSignIn" => reads::<PasswordSignInV1>(body).is_some(),
        "SetPassword" => reads::<SetPasswordV1>(body).is_some(),
        "TotpCode" => reads::<TotpCodeV1>(body).is_some(),
        "LinkIdentity" => reads::<LinkIdentityV1>(body).is_some(),
        "SecondFactor" => reads::<SecondFactorV1>(body).is_some(),
        _ => panic!("{schema}"),
    }
}

/// The bounds of all schemas but those of each metric, on and beside them: numbers, and texts of those lengths.
fn bounds(document: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (_, schema) in schemas.iter().filter(|(name, _)| !["Metrics", "Targets"].contains(&name.as_str())) {
        for name in ["minimum", "maximum", "minLength", "maxLength"] {
            super::all_of(schema, name, &mut found);
        }
    }
    let numbers = found.iter().filter_map(|n| n.as_i64()).flat_map(|n| [n - 1, n, n + 1]);
    let numbers: std::collections::BTreeSet<i64> = numbers.collect();
    let lengths = numbers.iter().filter_map(|n| usize::try_from(*n).ok()).filter(|n| *n <= 600);
    let texts: Vec<Value> = lengths.map(|n| json!("x".repeat(n))).collect();
    numbers.iter().map(|n| json!(n)).chain(texts).collect()
}

/// All bodies that differ from `good` at one place, each with its place and what stands there.
fn mutants(good: &Value, bounds: &[Value]) -> Vec<(String, Value)> {
    let values = [
        json!(null),
        json!(true),
        json!(""),
        json!("x"),
        json!("a"),
        json!("-1.25"),
        json!("6"),
        json!("A".repeat(65)),
        json!(-1),
        json!(0),
        json!(5),
        json!(9),
        json!(1.5),
        json!(1e300),
        json!(u64::from(u32::MAX) + 1),
        json!(4_000_000),
        json!([]),
        json!({}),
        json!("2026-01-31"),
        json!("2026-01-31T12:00:00+01:00"),
        json!("call_81hzzzzzzzzzzzzzzzzzzzzzzz"),
        json!("audio/PCMA"),
        json!("audio/mpeg"),
        json!("measured"),
        json!("unavailable"),
        json!("global"),
    ];
    let mut all = Vec::new();
    for pointer in places(good, String::new()) {
        for value in values.iter().chain(bounds) {
            let mut body = good.clone();
            *body.pointer_mut(&pointer).unwrap() = value.clone();
            let shown: String = value.to_string().chars().take(40).collect();
            all.push((format!("{pointer} = {shown}"), body));
        }
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        let mut body = good.clone();
        if let Some(map) = body.pointer_mut(parent).unwrap().as_object_mut() {
            map.remove(&last.replace("~1", "/").replace("~0", "~"));
            all.push((format!("{pointer} is missing"), body.clone()));
        }
        let mut body = good.clone();
        if let Some(map) = body.pointer_mut(parent).unwrap().as_object_mut() {
            map.insert("surplus".to_owned(), json!(1));
            all.push((format!("{parent}/surplus"), body));
        }
    }
    all
}

fn places(value: &Value, at: String) -> Vec<String> {
    let mut all = match value {
        Value::Object(map) => {
            map.iter().flat_map(|(k, v)| places(v, format!("{at}/{}", attune_contracts::parse::escape(k)))).collect()
        }
        Value::Array(items) => items.iter().enumerate().flat_map(|(i, v)| places(v, format!("{at}/{i}"))).collect(),
        _ => Vec::new(),
    };
    if !at.is_empty() {
        all.push(at);
    }
    all
}

/// What a type takes, its schema takes; what a schema takes, its type takes but for these rules, which JSON Schema cannot say or which
/// the route checks behind the type.
#[test]
fn types_and_schemas_agree() {
    let document = openapi::document();
    let (mut count, mut wrong) = (0, Vec::new());
    for (file, schema) in REQUESTS {
        let validator = named(&document, schema, false);
        let good = golden(file);
        assert!(taken(schema, &good), "{schema}");
        for (what, body) in mutants(&good, &bounds(&document)) {
            let (by_schema, by_type) = (validator.is_valid(&body), taken(schema, &body));
            count += 1;
            let excused = if by_schema { beyond_schema(schema, &what) } else { beyond_type(schema, &what) };
            if by_schema != by_type && !excused {
                wrong.push(format!("{schema}: {what}: schema {by_schema}, type {by_type}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 5000, "{count} mutants");
}

/// The schema takes it, the type does not: relations between fields.
fn beyond_schema(schema: &str, what: &str) -> bool {
    schema == "Snapshot"
        && ["/segment/start_ms", "/segment/end_ms", "/audio/storage_key", "/audio/sha256", "/call_id"]
            .iter()
            .any(|place| what.starts_with(place))
}

/// The type takes it, the schema does not: rules that the route adds, that serde reads a struct from a list of its
/// fields, and integers above 2^53.
fn beyond_type(schema: &str, what: &str) -> bool {
    let rules: &[&str] = match schema {
        "ConfigUpdate" => &["/reason", "/ttl_s", "/scope", "/call_id", "/values"],
        "ConfigRollback" => &["/reason", "/scope", "/call_id"],
        "ConfigFreeze" => &["/reason"],
        "TenantCreate" => &["/name"],
        "KeyCreate" => &["/name", "/scopes"],
        // bounds that the Worker holds, as `tests/worker/bounds.rs` shows
        "UpdateTenant" | "NameDevice" => &["/name", "/settings"],
        "SetPlan" => &["/plan", "/region"],
        "ChangePerson" => &["/name", "/role", "/manager"],
        "Invite" => &["/email", "/role"],
        "AcceptInvitation" => &["/token", "/name", "/id_token"],
        "PutRole" => &["/name", "/permissions"],
        "MakeKey" => &["/name", "/kind", "/scopes", "/origins", "/networks"],
        "PutIssuer" => &["/issuer", "/audiences", "/client_id", "/client_secret"],
        "Refresh" => &["/refresh_token"],
        "OidcSignIn" | "OidcComplete" | "LinkIdentity" => &["/token", "/device_name"],
        "PasswordSignIn" => &["/email", "/password", "/code", "/device_name"],
        "SetPassword" => &["/old", "/new"],
        "TotpCode" | "SecondFactor" => &["/code"],
        _ => &[],
    };
    let list = schema == "Snapshot" && what.starts_with("/constraints/") && what.ends_with(" = []");
    // beyond what every reader holds exactly
    let inexact = what.ends_with("= 9007199254740992");
    list || inexact || rules.iter().any(|place| what.starts_with(place))
}
