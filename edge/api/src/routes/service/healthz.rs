//! `GET /healthz`: the Worker runs. Asks nothing and nobody.

use attune_edge_kit::Answer;

/// The answer.
pub fn answer() -> Answer {
    Answer::json_text(200, r#"{"schema_version":1,"status":"ok"}"#).with("cache-control", "no-store")
}
