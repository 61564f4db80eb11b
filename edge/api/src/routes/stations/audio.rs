//! `POST /v1/stations/audio`: a presigned S3 PUT, bound to tenant, size, type and checksum (decision 6).
//!
//! Needs no Idempotency-Key: the key of the object is its content's hash, the address takes exactly one upload of it
//! (`if-none-match: *`), and asking twice changes nothing.

use crate::call::{Call, Outcome, refuse_fields};
use attune_aws::s3::Upload;
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::audio::{AudioUploadAnswerV1, AudioUploadV1};
use attune_domain::Millis;
use attune_edge_kit::{Answer, Settings};

/// How long the address lives, seconds. The credentials behind it live longer.
const EXPIRES_S: u32 = 900;

/// Handles the request.
///
/// # Errors
/// `invalid_body` with the offending fields.
pub fn handle(call: &Call<'_>) -> Outcome {
    let body: AudioUploadV1 = call.parse()?;
    refuse_fields(body.validate())?;
    let (tenant, _) = call.caller.tenant()?;
    let answer = presign(&body, tenant.as_str(), call.settings, call.now).map_err(|e| call.internal("presign", e))?;
    // The address is a secret until it expires.
    Ok(Answer::json(201, &answer).with("cache-control", "no-store").into())
}

fn presign(
    body: &AudioUploadV1,
    tenant: &str,
    settings: &Settings,
    now: i64,
) -> attune_aws::Result<AudioUploadAnswerV1> {
    let storage_key = body.storage_key(tenant);
    let sha256 = bytes_of(&body.sha256);
    let upload = Upload {
        key: &storage_key,
        content_length: body.content_length,
        content_type: &body.content_type,
        sha256: &sha256,
    };
    let now = now.unsigned_abs();
    let signer = &settings.signer;
    let put = settings.audio.presign_put(&upload, signer.credentials(), &signer.key("s3", now)?, now, EXPIRES_S)?;
    Ok(AudioUploadAnswerV1 {
        schema_version: SCHEMA_VERSION,
        storage_key,
        url: put.url,
        headers: put.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        expires_at: Millis(now.cast_signed() + i64::from(EXPIRES_S) * 1000),
    })
}

/// The bytes of 64 hexadecimal digits, which the body's validation has seen.
fn bytes_of(hex: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        let digit = |d: u8| char::from(d).to_digit(16).and_then(|d| u8::try_from(d).ok()).unwrap_or(0);
        *byte = digit(pair[0]) << 4 | digit(pair[1]);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_becomes_bytes() {
        assert_eq!(bytes_of(&"0fA0".repeat(16))[..4], [0x0f, 0xa0, 0x0f, 0xa0]);
    }
}
