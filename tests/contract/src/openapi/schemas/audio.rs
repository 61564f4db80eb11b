//! Uploads of recorded audio.

use super::Named;
use super::snapshot::MAX_INDEX;
use crate::openapi::build::{described, integer, object, schema, strict};
use attune_contracts::audio::MAX_AUDIO;
use serde_json::json;

pub fn schemas() -> Named {
    vec![
        (
            "AudioUpload",
            strict(
                "An upload that is wanted.",
                &[
                    ("schema_version", schema("SchemaVersion")),
                    ("call_id", schema("CallId")),
                    ("leg", schema("Leg")),
                    ("station", schema("Station")),
                    ("segment_index", integer("Segment index.", 0, MAX_INDEX)),
                    ("content_length", integer("Exact size, bytes.", 1, MAX_AUDIO)),
                    (
                        "content_type",
                        json!({
                            "type": "string", "maxLength": 64, "pattern": "^audio/(L16|PCMA|PCMU|wav)(;[!-~]*)?$",
                            "description": "`audio/L16;rate=8000`, `audio/PCMA`, `audio/PCMU` or `audio/wav`."
                        }),
                    ),
                    ("sha256", schema("Sha256")),
                ],
            ),
        ),
        (
            "AudioUploadAnswer",
            object(
                "Where to PUT the audio.",
                &[
                    ("schema_version", schema("SchemaVersion")),
                    (
                        "storage_key",
                        json!({"type": "string", "description": "To be named in the snapshot's `audio.storage_key`."}),
                    ),
                    (
                        "url",
                        json!({"type": "string", "format": "uri", "description": "Presigned address: PUT the bytes there."}),
                    ),
                    (
                        "headers",
                        json!({
                            "type": "object", "additionalProperties": {"type": "string"},
                            "description": "Headers that the PUT must carry, exactly; they are signed."
                        }),
                    ),
                    ("expires_at", described("Instant", "The address is dead afterwards.")),
                ],
            ),
        ),
    ]
}
