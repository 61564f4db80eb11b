//! JSON Schemas of what reads and writes itself, under the names of the OpenAPI document. Only for the tests that generate it.

use crate::{Millis, TenantId};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

impl JsonSchema for Millis {
    fn schema_name() -> Cow<'static, str> {
        "Millis".into()
    }

    fn inline_schema() -> bool {
        true
    }

    /// Read with any offset, written in one form.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let name = if generator.contract().is_serialize() { "Instant" } else { "Time" };
        Schema::new_ref(format!("#/components/schemas/{name}"))
    }
}

impl JsonSchema for TenantId {
    fn schema_name() -> Cow<'static, str> {
        "TenantId".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"$ref": "#/components/schemas/TenantId"})
    }
}
