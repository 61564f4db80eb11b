//! Upload of recorded audio: a presigned S3 PUT, bound to tenant, size, type and checksum (decision 6).

use crate::FieldError;
use attune_domain::{CallId, Leg, Millis, Station};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Largest upload, bytes: an hour of 16-bit PCM at 8 kHz.
pub const MAX_AUDIO: u64 = 57_600_000;

/// Body of `POST /v1/stations/audio`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AudioUploadV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The call.
    pub call_id: CallId,
    /// The leg.
    pub leg: Leg,
    /// Where it was recorded.
    pub station: Station,
    /// Segment index.
    pub segment_index: u32,
    /// Exact size, bytes.
    pub content_length: u64,
    /// `audio/L16` (with `;rate=8000`), `audio/PCMA`, `audio/PCMU` or `audio/wav`.
    pub content_type: String,
    /// SHA-256 of the object, lowercase hex.
    pub sha256: String,
}

impl AudioUploadV1 {
    /// All that the type alone cannot say.
    pub fn validate(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.content_length == 0 || self.content_length > MAX_AUDIO {
            errors.push(FieldError::new("/content_length", "out_of_range", format!("expected 1 to {MAX_AUDIO} bytes")));
        }
        let kind = self.content_type.split(';').next().unwrap_or_default();
        let plain = self.content_type.bytes().all(|b| b.is_ascii_graphic()) && self.content_type.len() <= 64;
        if !plain || !["audio/L16", "audio/PCMA", "audio/PCMU", "audio/wav"].contains(&kind) {
            errors.push(FieldError::new(
                "/content_type",
                "invalid",
                "expected audio/L16;rate=N, audio/PCMA, audio/PCMU or audio/wav",
            ));
        }
        if self.sha256.len() != 64 || !self.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            errors.push(FieldError::new("/sha256", "invalid", "expected 64 lowercase hex digits"));
        }
        if self.segment_index > 99_999_999 {
            errors.push(FieldError::new("/segment_index", "out_of_range", "at most 99999999"));
        }
        errors
    }

    /// `tenant/call/segment/<sha256>`, where segment is `<leg>-<station>-<index>`.
    pub fn storage_key(&self, tenant: &str) -> String {
        format!(
            "{tenant}/{}/{}-{}-{}/{}",
            self.call_id,
            self.leg.as_str(),
            self.station,
            self.segment_index,
            self.sha256
        )
    }
}

/// Answer of `POST /v1/stations/audio`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioUploadAnswerV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Key to name in the snapshot's `audio.storage_key`.
    pub storage_key: String,
    /// Where to PUT.
    pub url: String,
    /// Headers that the PUT must carry, exactly; they are signed.
    pub headers: BTreeMap<String, String>,
    /// The address is dead afterwards.
    pub expires_at: Millis,
}
