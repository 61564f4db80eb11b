//! The committed document: what it holds, and that its schemas are those of the crates.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

mod bodies;
mod mutations;

use attune_contract_tests::{asyncapi, openapi};
use attune_contracts::ProblemCode;
use attune_domain::knob::KNOBS;
use attune_domain::metric::METRICS;
use attune_domain::{Scope as Layer, Station};
use attune_identity::api_key::Scope;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(move |(method, op)| (format!("{} {path}", method.to_uppercase()), op))
        })
        .collect()
}

/// All values of all keys of a name, wherever they are.
fn all_of<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get(key));
            map.values().for_each(|v| all_of(v, key, found));
        }
        Value::Array(items) => items.iter().for_each(|v| all_of(v, key, found)),
        _ => {}
    }
}

#[test]
fn the_committed_document_is_the_generated_one() {
    let committed = std::fs::read_to_string(openapi::committed()).unwrap();
    assert!(
        committed == openapi::text(),
        "shared/contracts/openapi.json is stale: cargo run -p attune-contract-tests --bin openapi"
    );
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    let document = openapi::document();
    let mut references = Vec::new();
    all_of(&document, "$ref", &mut references);
    let used: BTreeSet<&str> = references.iter().map(|r| r.as_str().unwrap()).collect();
    for reference in &used {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    // for readers of the description, not of an operation
    let spoken_of = ["responses/NotFound", "responses/MethodNotAllowed", "schemas/AgentFrame", "schemas/ControlFrame"];
    for kind in ["schemas", "parameters", "headers", "responses", "examples"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let known = spoken_of.contains(&format!("{kind}/{name}").as_str());
            assert!(
                known || used.contains(format!("#/components/{kind}/{name}").as_str()),
                "{kind}/{name} is not used"
            );
        }
    }
}

/// Every schema obeys the meta-schema of JSON Schema 2020-12, which OpenAPI 3.1 builds on.
#[test]
fn every_schema_is_one() {
    let document = openapi::document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let mut schema = schema.clone();
        schema["$schema"] = document["jsonSchemaDialect"].clone();
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
    }
}

#[test]
fn every_problem_is_named_where_it_can_happen_with_its_status() {
    let document = openapi::document();
    let mut named = BTreeSet::new();
    let everywhere = json!({"responses": document["components"]["responses"]});
    for (operation, value) in operations(&document).into_iter().chain([("anywhere".to_owned(), &everywhere)]) {
        for (status, response) in value["responses"].as_object().unwrap() {
            let problem = &response["content"]["application/problem+json"]["schema"]["properties"]["code"]["enum"];
            for code in problem.as_array().into_iter().flatten() {
                let code = ProblemCode::ALL.iter().find(|c| code == c.code()).unwrap();
                assert!(operation == "anywhere" || code.status().to_string() == *status, "{operation} {status}");
                named.insert(code.code());
            }
        }
    }
    let all: BTreeSet<&str> = ProblemCode::ALL.iter().map(|c| c.code()).collect();
    assert_eq!(named, all);
    assert_eq!(document["components"]["schemas"]["ProblemCode"]["enum"].as_array().unwrap().len(), all.len());
}

#[test]
fn the_catalogues_are_those_of_the_domain() {
    let document = openapi::document();
    let schemas = &document["components"]["schemas"];
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let metrics: BTreeSet<String> = METRICS.iter().map(|m| m.name.to_owned()).collect();
    let knobs: BTreeSet<String> = KNOBS.iter().map(|k| k.name.to_owned()).collect();
    assert_eq!(names(&schemas["Metrics"]["properties"]), metrics);
    assert_eq!(names(&schemas["Targets"]["properties"]), metrics);
    assert_eq!(schemas["MetricName"]["enum"], json!(METRICS.iter().map(|m| m.name).collect::<Vec<_>>()));
    assert_eq!(schemas["KnobName"]["enum"], json!(KNOBS.iter().map(|k| k.name).collect::<Vec<_>>()));
    for place in ["KnobValues", "LayerChange", "Constraints"] {
        assert_eq!(names(&schemas[place]["properties"]), knobs, "{place}");
    }
    assert_eq!(schemas["Station"]["enum"], json!(Station::ALL));
    assert_eq!(schemas["ConfigScope"]["enum"], json!([Layer::Global, Layer::Tenant, Layer::Call]));
    assert_eq!(schemas["KeyScope"]["enum"], json!(Scope::ALL.as_slice()));
}

#[test]
fn operations_are_named_once_and_secured_on_purpose() {
    let document = openapi::document();
    let mut ids = BTreeSet::new();
    for (operation, value) in operations(&document) {
        assert!(!operation.contains("/internal/") && !operation.contains("/bench/"), "{operation}");
        assert!(ids.insert(value["operationId"].as_str().unwrap()), "{operation}");
        assert!(value["security"].is_array(), "{operation} does not say who may call it");
        let open = value["security"] == json!([]);
        // where a browser navigates it can send no credential but a cookie; a webhook is signed by somebody else, and a ticket stands where a
        // WebSocket of a browser can send one
        let browser = [
            "GET /v1/auth/oidc/start",
            "GET /v1/auth/oidc/callback",
            "POST /v1/voice/webhooks/{tenant}",
            "GET /v1/chat/rooms/{room}/socket",
        ]
        .contains(&operation.as_str());
        assert_eq!(open, value["responses"].get("401").is_none() || browser, "{operation}");
        assert_eq!(open, !operation.contains(" /v1/") || browser, "{operation}");
        // what takes a body refuses what is not JSON, what is too large, and what it does not know
        for status in ["400", "413", "415"] {
            let body = value["requestBody"]["content"].get("application/json").is_some();
            assert!(!body || value["responses"].get(status).is_some(), "{operation} {status}");
        }
    }
}

#[test]
fn the_frames_of_the_chat_are_those_of_the_committed_document() {
    let committed = std::fs::read_to_string(asyncapi::committed()).unwrap_or_default();
    let stale = "shared/contracts/asyncapi.json is stale: cargo run -p attune-contract-tests --bin openapi";
    assert!(committed == asyncapi::text(), "{stale}");
    let document = asyncapi::document();
    let mut references = Vec::new();
    all_of(&document, "$ref", &mut references);
    assert!(references.len() > 5);
    for reference in references {
        let pointer = reference.as_str().unwrap().trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}
