//! The golden files of `shared/contracts`: the document's examples.

use serde_json::Value;

macro_rules! goldens {
    ($($name:literal),* $(,)?) => {
        const FILES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../shared/contracts/golden/", $name, ".json")))),*];
    };
}

goldens!(
    "audio-upload.v1",
    "audio-upload-answer.v1",
    "change.v1",
    "change-answer.v1",
    "changes-page.v1",
    "config-freeze.v1",
    "config-rollback.v1",
    "config-update.v1",
    "create-key.v1",
    "create-tenant.v1",
    "effective-config.v1",
    "frame-ack.v1",
    "frame-config.v1",
    "frame-error.v1",
    "frame-subscribe.v1",
    "key.v1",
    "problem",
    "run-accepted.v1",
    "run-answer.v1",
    "run-request.v1",
    "snapshot.v1",
    "tenant.v1",
);

/// A golden file by its name without `.json`; null when there is none, which no schema takes.
pub fn golden(name: &str) -> Value {
    let file = FILES.iter().find(|(known, _)| *known == name);
    file.and_then(|(_, text)| serde_json::from_str(text).ok()).unwrap_or_default()
}
