//! Words of JSON Schema 2020-12 and OpenAPI 3.1, so that the areas read like a table.

use serde_json::{Map, Value, json};

/// `{"$ref": …}` to a schema of the document.
pub fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// A schema of the document with words of its own beside it (legal since 2020-12).
pub fn described(name: &str, description: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}"), "description": description})
}

/// An object: fields in their order, marked with `?` behind the name where they may be absent.
pub fn object(description: &str, fields: &[(&str, Value)]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (field, schema) in fields {
        let name = field.trim_end_matches('?');
        if name == *field {
            required.push(name);
        }
        properties.insert(name.to_owned(), schema.clone());
    }
    let mut object = json!({"type": "object", "description": description, "properties": properties});
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    object
}

/// An object that refuses what it does not know: every body that comes in.
pub fn strict(description: &str, fields: &[(&str, Value)]) -> Value {
    let mut object = object(description, fields);
    object["additionalProperties"] = json!(false);
    object
}

/// Text of 1 to `most` characters.
pub fn text(description: &str, most: u32) -> Value {
    json!({"type": "string", "description": description, "minLength": 1, "maxLength": most})
}

/// Text for people: at most `most` characters, none of them a control character.
pub fn prose(description: &str, least: u32, most: u32) -> Value {
    json!({
        "type": "string", "description": description, "minLength": least, "maxLength": most,
        "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"
    })
}

/// Text of an answer.
pub fn words(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

/// An integer within bounds.
pub fn integer(description: &str, least: u64, most: u64) -> Value {
    json!({"type": "integer", "description": description, "minimum": least, "maximum": most})
}

/// An integer that counts from 0 and is exact in every reader (RFC 7493, section 2.2).
pub fn count(description: &str) -> Value {
    integer(description, 0, (1 << 53) - 1)
}

/// A number.
pub fn number(description: &str) -> Value {
    json!({"type": "number", "description": description})
}

/// Yes or no.
pub fn flag(description: &str) -> Value {
    json!({"type": "boolean", "description": description})
}

/// A schema, or null.
pub fn nullable(description: &str, schema: Value) -> Value {
    json!({"description": description, "anyOf": [schema, {"type": "null"}]})
}

/// An array.
pub fn array(description: &str, items: Value) -> Value {
    json!({"type": "array", "description": description, "items": items})
}

/// An object whose names are all of one schema and whose values are all of another.
pub fn map(description: &str, names: Value, values: Value) -> Value {
    json!({"type": "object", "description": description, "propertyNames": names, "additionalProperties": values})
}

/// An enumeration of words.
pub fn one_of(description: &str, words: &[&str]) -> Value {
    json!({"type": "string", "description": description, "enum": words})
}
