//! Station snapshots.

use super::Named;
use crate::openapi::build::{count, described, integer, number, object, one_of, schema, strict, text};
use serde_json::json;

/// Largest segment index.
pub const MAX_INDEX: u64 = 99_999_999;

pub fn schemas() -> Named {
    let mut metric = strict(
        "One measured value.",
        &[
            (
                "value?",
                json!({"type": ["number", "null"], "description": "In `unit`; null exactly if `source` is `unavailable`."}),
            ),
            ("unit", json!({"type": "string", "description": "Unit of the catalogue."})),
            ("source", one_of("Where it comes from.", &["measured", "derived", "modelled", "unavailable"])),
            ("method", text("How it was measured, such as `P.56-B`. At most 64 bytes.", 64)),
            ("window_ms", count("Length of the observation, ms.")),
            ("n", count("Number of observations.")),
        ],
    );
    metric["if"] = json!({"properties": {"source": {"const": "unavailable"}}});
    metric["then"] = json!({"properties": {"value": {"type": "null"}}});
    metric["else"] = json!({"properties": {"value": {"type": "number"}}, "required": ["value"]});
    vec![
        ("Metric", metric),
        (
            "Snapshot",
            strict(
                "What a station measured over one segment of a call, under which parameters. Natural key: call, leg, station, segment index.",
                &[
                    ("schema_version", schema("SchemaVersion")),
                    ("call_id", schema("CallId")),
                    ("channel", strict("The leg of the call.", &[("leg", schema("Leg"))])),
                    ("station", schema("Station")),
                    (
                        "segment",
                        strict(
                            "Which part of the leg.",
                            &[
                                (
                                    "index",
                                    integer("Counts from 0 per call, leg and station; orders snapshots.", 0, MAX_INDEX),
                                ),
                                ("start_ms", count("Start since the start of the leg, ms.")),
                                ("end_ms", count("End, ms; later than the start by at most 3600000.")),
                            ],
                        ),
                    ),
                    (
                        "captured_at",
                        described("Time", "The station's clock when the segment ended. Never orders anything."),
                    ),
                    ("metrics", schema("Metrics")),
                    (
                        "parameters",
                        strict(
                            "The parameters in force while it was measured.",
                            &[
                                ("version", count("Effective version; 0: nothing configured.")),
                                ("values", described("KnobValues", "Values that differ from the defaults.")),
                            ],
                        ),
                    ),
                    ("audio?", schema("AudioRef")),
                    ("constraints?", schema("Constraints")),
                    ("targets?", schema("Targets")),
                ],
            ),
        ),
        (
            "AudioRef",
            json!({
                "description": "Where the segment's PCM lies, if it was uploaded.",
                "anyOf": [
                    strict("The object.", &[
                        ("storage_key", json!({"type": "string", "maxLength": 512, "description": "Key that `POST /v1/stations/audio` answered for this call; ends with the SHA-256."})),
                        ("sha256", schema("Sha256")),
                        ("encoding", one_of("Encoding, mono.", &["pcm_s16le", "alaw", "mulaw"])),
                        ("sample_rate_hz", integer("Sample rate.", 8_000, 48_000)),
                    ]),
                    {"type": "null"}
                ]
            }),
        ),
        (
            "SnapshotAccepted",
            object(
                "The snapshot is durable and will be worked on.",
                &[
                    ("schema_version", schema("SchemaVersion")),
                    (
                        "id",
                        json!({"type": "string", "format": "uuid", "description": "Id of the message: the same for every repeat of the same snapshot."}),
                    ),
                    ("status", json!({"const": "accepted"})),
                ],
            ),
        ),
        ("Score", number("0 (useless) to 100 (right).")),
    ]
}
