//! The service itself.

use super::Named;
use crate::openapi::build::{array, count, nullable, object, one_of, schema, words};
use serde_json::json;

pub fn schemas() -> Named {
    vec![
        (
            "Health",
            object(
                "The Worker runs.",
                &[("schema_version", schema("SchemaVersion")), ("status", json!({"const": "ok"}))],
            ),
        ),
        (
            "Readiness",
            object(
                "Whether the parts it depends on answer.",
                &[
                    ("schema_version", schema("SchemaVersion")),
                    ("status", one_of("The whole.", &["ready", "not_ready"])),
                    (
                        "checks",
                        array(
                            "The parts.",
                            object(
                                "One part.",
                                &[
                                    ("name", words("Which part.")),
                                    ("ok", json!({"type": "boolean"})),
                                    ("detail?", words("What is wrong with it.")),
                                ],
                            ),
                        ),
                    ),
                ],
            ),
        ),
        (
            "OutboxDepth",
            object(
                "What of a tenant waits for the queue.",
                &[
                    ("schema_version", schema("SchemaVersion")),
                    ("depth", count("Rows that wait.")),
                    ("oldest_age_ms", nullable("Age of the oldest of them, ms; null when none waits.", count("ms."))),
                ],
            ),
        ),
    ]
}
