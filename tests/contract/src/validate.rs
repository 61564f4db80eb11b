//! Schemas of the document as validators.

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

/// The validator of a schema that may refer to the document's components.
///
/// # Panics
/// When the schema is none: a fault of the document.
pub fn validator(document: &Value, schema: &Value, closed: bool) -> Validator {
    let mut whole = json!({"components": document["components"], "allOf": [schema]});
    if closed {
        close(&mut whole);
    }
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .build(&whole)
        .unwrap_or_else(|e| panic!("a schema of the document is wrong: {e}"))
}

/// The validator of a named schema.
///
/// # Panics
/// As [`validator`].
pub fn named(document: &Value, name: &str, closed: bool) -> Validator {
    assert!(document["components"]["schemas"][name].is_object(), "the document has no schema {name}");
    validator(document, &json!({"$ref": format!("#/components/schemas/{name}")}), closed)
}

/// All faults of a value in one text; `None` when it has none.
pub fn faults(validator: &Validator, value: &Value) -> Option<String> {
    let faults: Vec<String> = validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    (!faults.is_empty()).then(|| faults.join("\n"))
}

/// Forbids fields that a schema does not name. Answers are open for clients, so that they may gain fields; for tests they are
/// closed, so that a field which the document lacks is noticed.
fn close(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let plain = map.get("type") == Some(&json!("object")) && map.contains_key("properties");
            if plain && !map.contains_key("additionalProperties") {
                map.insert("additionalProperties".to_owned(), json!(false));
            }
            map.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}
