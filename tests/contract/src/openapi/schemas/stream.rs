//! Frames of the live connection.

use super::Named;
use crate::openapi::build::{array, count, described, flag, object, schema, strict, text, words};
use serde_json::json;

pub fn schemas() -> Named {
    let tag = |name: &str| json!({"const": name});
    vec![
        (
            "AgentFrame",
            json!({
                "description": "From a station agent: one JSON text frame each. The plain texts `ping` and `pong` keep the connection alive.",
                "oneOf": [
                    strict("First frame, and again when a call begins or ends.", &[
                        ("type", tag("subscribe")),
                        ("schema_version", schema("SchemaVersion")),
                        ("agent", text("Name of the agent, for people; visible ASCII.", 64)),
                        ("stations", array("All its stations; replaces what was subscribed before.", object("What an agent runs at a station.", &[
                            ("station", schema("Station")),
                            ("call_id?", described("CallId", "The call in progress, if any.")),
                            ("version", count("Version in force at the agent; 0: defaults.")),
                        ]))),
                    ]),
                    strict("A configuration is in force, or was refused by the agent's own check.", &[
                        ("type", tag("ack")),
                        ("station", schema("Station")),
                        ("call_id?", schema("CallId")),
                        ("version", count("Effective version.")),
                        ("applied", flag("False: the agent keeps its last known good one.")),
                        ("detail?", words("Why not.")),
                    ]),
                ]
            }),
        ),
        (
            "ControlFrame",
            json!({
                "description": "To a station agent.",
                "oneOf": [
                    object("Effective configuration of one subscription. Apply it between two audio frames, then acknowledge.", &[
                        ("type", tag("config")), ("config", schema("EffectiveConfig")),
                    ]),
                    object("The last frame could not be read.", &[("type", tag("error")), ("detail", words("What was wrong."))]),
                ]
            }),
        ),
    ]
}
