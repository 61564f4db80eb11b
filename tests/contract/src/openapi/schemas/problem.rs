//! RFC 9457 problems.

use super::Named;
use crate::openapi::build::{array, count, flag, integer, object, schema, words};
use attune_contracts::ProblemCode;
use serde_json::json;

pub fn schemas() -> Named {
    let codes: Vec<&str> = ProblemCode::ALL.iter().map(|c| c.code()).collect();
    let mut seen = Vec::new();
    for code in ProblemCode::ALL {
        if !seen.contains(&code.status()) {
            seen.push(code.status());
        }
    }
    vec![
        (
            "ProblemCode",
            json!({"type": "string", "enum": codes, "description": "Stable word of a problem; `/problems/<code>` explains it."}),
        ),
        (
            "FieldError",
            object(
                "One offending field.",
                &[
                    (
                        "pointer",
                        words(
                            "RFC 6901 JSON Pointer into the body (`\"\"`: the whole body), or `?name` of a query parameter, or `header:name`.",
                        ),
                    ),
                    ("code", words("Stable word for programs, such as `unknown`, `out_of_range`.")),
                    ("detail", words("What is wrong and what would be right.")),
                ],
            ),
        ),
        (
            "Problem",
            object(
                "What went wrong (RFC 9457).",
                &[
                    (
                        "type",
                        json!({"type": "string", "format": "uri-reference", "pattern": "^/problems/[a-z_]+$", "description": "Address that explains the problem."}),
                    ),
                    ("title", words("Short title.")),
                    ("status", json!({"type": "integer", "enum": seen, "description": "HTTP status."})),
                    ("code", schema("ProblemCode")),
                    ("detail", words("What happened this time.")),
                    ("retryable", flag("Does repeating the same request later make sense?")),
                    ("errors?", array("The offending fields.", schema("FieldError"))),
                    (
                        "known_versions?",
                        array(
                            "With `unknown_schema_version`: the versions this service reads.",
                            json!({"type": "integer"}),
                        ),
                    ),
                    ("retry_after_s?", count("Seconds after which to repeat; also the Retry-After header.")),
                    ("request_id?", schema("RequestId")),
                ],
            ),
        ),
        (
            "ProblemPage",
            object(
                "What a problem means and what to do about it.",
                &[
                    ("schema_version", schema("SchemaVersion")),
                    ("type", words("Address of this page.")),
                    ("code", schema("ProblemCode")),
                    ("title", words("Short title.")),
                    ("status", integer("HTTP status.", 400, 599)),
                    ("retryable", flag("Does repeating the same request later make sense?")),
                    ("help", words("What to do about it.")),
                ],
            ),
        ),
    ]
}
