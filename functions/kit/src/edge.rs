//! Signed calls to the edge (RFC 9421, Ed25519; decision 6).

use crate::http::{Http, Request};
use crate::{CallError, Config, EdgeConfig, clock, secret, telemetry};
use attune_identity::signature::{PrivateKey, sign};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

/// The Worker.
#[derive(Debug)]
pub struct Edge {
    http: Http,
    config: Config,
    edge: EdgeConfig,
    key: OnceCell<PrivateKey>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ProblemHead {
    code: String,
}

impl Edge {
    /// Opens no connection and reads no secret yet.
    pub fn new(config: Config, edge: EdgeConfig) -> Self {
        Self { http: Http::default(), config, edge, key: OnceCell::new() }
    }

    /// Posts a command and reads its answer. `traceparent` is the accepting request's, so that what the edge does and sends for
    /// it is found under the same trace.
    ///
    /// # Errors
    /// [`CallError::Edge`] and [`CallError::Secret`] when it makes sense to try again: not reachable, overloaded, or our
    /// signature or route is not accepted (a fault of deployment, for which no message may be given up).
    /// [`CallError::EdgeRefused`] when the edge says that this command never succeeds.
    pub async fn post<C: Serialize + Sync, A: DeserializeOwned>(
        &self,
        path: &str,
        command: &C,
        traceparent: Option<&str>,
    ) -> Result<A, CallError> {
        let now_ms = clock::now_ms();
        let read = || secret::signing_key(&self.http, &self.config, &self.edge.signing_key_secret_id, now_ms);
        let key = self.key.get_or_try_init(read).await?;
        let body = serde_json::to_vec(command).map_err(|_| CallError::Edge("not_json".to_owned()))?;
        let created_s = u64::try_from(now_ms / 1_000).unwrap_or(0);
        let signed = sign(key, "POST", path, &body, created_s).map_err(|_| CallError::Edge("not_signed".to_owned()))?;
        let mut headers: Vec<(String, String)> =
            signed.into_pairs().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
        headers.extend(
            traceparent
                .filter(|text| telemetry::is_traceparent(text))
                .map(|text| ("traceparent".to_owned(), text.to_owned())),
        );
        let url = format!("{}{path}", self.edge.url);
        let (status, answer) = self.http.send(Request { method: "POST", url, headers, body }).await?;
        if (200..300).contains(&status) {
            return serde_json::from_slice(&answer).map_err(|_| CallError::Edge("unreadable_answer".to_owned()));
        }
        let code = serde_json::from_slice::<ProblemHead>(&answer).unwrap_or_default().code;
        if is_final(status) {
            return Err(CallError::EdgeRefused { status, code });
        }
        Err(CallError::Edge(format!("status {status} {code}")))
    }
}

/// Statuses after which the same command never succeeds. Not 401, 403, 404, 405: those say that keys or routes are not
/// deployed alike, and the same command succeeds once they are. Not 409, 429: those pass.
const fn is_final(status: u16) -> bool {
    matches!(status, 400 | 413 | 415 | 422)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_never_succeed_is_final() {
        for status in [400, 413, 415, 422] {
            assert!(is_final(status), "{status}");
        }
        for status in [401, 403, 404, 405, 408, 409, 429, 500, 502, 503] {
            assert!(!is_final(status), "{status}");
        }
    }
}
