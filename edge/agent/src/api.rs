//! The edge's HTTP API as the agent uses it.

use crate::config::Config;
use crate::error::AgentError;
use attune_contracts::audio::{AudioUploadAnswerV1, AudioUploadV1};
use attune_contracts::canonical::sha256_hex;
use attune_contracts::snapshot::{AudioRef, Encoding, SnapshotV1};
use attune_domain::Secret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// A client of one edge.
pub struct Api {
    http: reqwest::Client,
    edge_url: String,
    key: Secret<String>,
}

#[derive(serde::Deserialize)]
struct Accepted {
    id: String,
}

impl Api {
    /// Builds the client.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(config: &Config) -> Result<Self, AgentError> {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .user_agent(concat!("attune-agent/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, edge_url: config.edge_url.clone(), key: config.api_key.clone() })
    }

    /// Posts a snapshot; the id of the accepted message.
    ///
    /// # Errors
    /// [`AgentError::Refused`] for good, [`AgentError::Later`] and [`AgentError::Network`] for another try.
    pub async fn post_snapshot(&self, snapshot: &SnapshotV1) -> Result<String, AgentError> {
        let accepted: Accepted = self.post("/v1/stations/snapshot", snapshot, None).await?;
        Ok(accepted.id)
    }

    /// Uploads PCM to the presigned address.
    ///
    /// # Errors
    /// As [`Api::post_snapshot`].
    pub async fn upload(
        &self,
        snapshot: &SnapshotV1,
        sample_rate_hz: u32,
        pcm: Vec<u8>,
    ) -> Result<AudioRef, AgentError> {
        let sha256 = sha256_hex(&pcm);
        let request = AudioUploadV1 {
            schema_version: attune_contracts::SCHEMA_VERSION,
            call_id: snapshot.call_id.clone(),
            leg: snapshot.channel.leg,
            station: snapshot.station,
            segment_index: snapshot.segment.index,
            content_length: pcm.len() as u64,
            content_type: format!("audio/L16;rate={sample_rate_hz}"),
            sha256: sha256.clone(),
        };
        let key = format!("audio-{}-{}", snapshot.segment.index, &sha256[..32]);
        let answer: AudioUploadAnswerV1 = self.post("/v1/stations/audio", &request, Some(&key)).await?;
        let mut put = self.http.put(&answer.url).body(pcm);
        for (name, value) in &answer.headers {
            if !name.eq_ignore_ascii_case("host") && !name.eq_ignore_ascii_case("content-length") {
                put = put.header(name, value);
            }
        }
        let response = put.send().await?;
        let status = response.status().as_u16();
        // 412: `if-none-match: *` met the same object from an earlier try; its key is its checksum
        if response.status().is_success() || status == 412 {
            return Ok(AudioRef {
                storage_key: answer.storage_key,
                sha256,
                encoding: Encoding::PcmS16le,
                sample_rate_hz,
            });
        }
        Err(failure(status, None, format!("the audio store answered {status}")))
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        idempotency_key: Option<&str>,
    ) -> Result<T, AgentError> {
        let mut request = self.http.post(format!("{}{path}", self.edge_url)).bearer_auth(self.key.expose()).json(body);
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        if response.status().is_success() {
            return Ok(response.json().await?);
        }
        let after = response.headers().get("retry-after").and_then(|v| v.to_str().ok()?.parse().ok());
        Err(failure(status, after, response.text().await.unwrap_or_default()))
    }
}

/// 408, 409, 429 and all 5xx may be tried again; so may 401 and 403, because a key can be mended while snapshots wait.
fn failure(status: u16, after_s: Option<u64>, detail: String) -> AgentError {
    match status {
        401 | 403 | 408 | 409 | 429 | 500.. => AgentError::Later { status, after_s },
        _ => AgentError::Refused { status, detail: detail.chars().take(500).collect() },
    }
}
