//! Secrets of Secrets Manager, by its JSON API (`secretsmanager.GetSecretValue`): one call, signed here, in place of an SDK of half a
//! megabyte. Read when they are first needed, so that starting stays quick, and kept by whoever needs them.

use crate::http::{Http, Request};
use crate::{CallError, Config, clock};
use attune_aws::HttpRequest;
use attune_aws::sigv4::{Credentials, Signer};
use attune_domain::Secret;
use attune_identity::signature::PrivateKey;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    secret_string: String,
}

/// The secrets that the function's role may read.
#[derive(Debug)]
pub struct Secrets {
    http: Http,
    config: Config,
}

impl Secrets {
    /// Opens no connection yet.
    pub fn new(config: Config) -> Self {
        Self { http: Http::default(), config }
    }

    /// The text of a secret.
    ///
    /// # Errors
    /// [`CallError::Secret`], without any of the secret's text.
    pub async fn text(&self, id: &str) -> Result<Secret<String>, CallError> {
        text(&self.http, &self.config, id, clock::now_ms()).await
    }
}

/// Reads and parses the signing key.
///
/// # Errors
/// [`CallError::Secret`], without any of the secret's text.
pub(crate) async fn signing_key(http: &Http, config: &Config, id: &str, now_ms: i64) -> Result<PrivateKey, CallError> {
    let text = text(http, config, id, now_ms).await?;
    PrivateKey::from_secret_json(text.expose()).map_err(|_| CallError::Secret("unusable_key".to_owned()))
}

async fn text(http: &Http, config: &Config, id: &str, now_ms: i64) -> Result<Secret<String>, CallError> {
    let regional = || format!("https://secretsmanager.{}.amazonaws.com", config.region);
    let endpoint = config.endpoint.clone().unwrap_or_else(regional);
    let mut request = HttpRequest {
        method: "POST",
        url: format!("{}/", endpoint.trim_end_matches('/')),
        headers: vec![
            ("content-type".into(), "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target".into(), "secretsmanager.GetSecretValue".to_owned()),
        ],
        body: serde_json::json!({ "SecretId": id }).to_string().into_bytes(),
    };
    let mut credentials =
        Credentials::new(&config.credentials.access_key_id, config.credentials.secret_access_key.expose());
    if let Some(token) = &config.credentials.session_token {
        credentials = credentials.with_session_token(token.expose());
    }
    let now_ms = u64::try_from(now_ms).unwrap_or(0);
    Signer::new(credentials, &config.region)
        .sign("secretsmanager", &mut request, now_ms)
        .map_err(|_| CallError::Secret("not_signed".to_owned()))?;
    let headers = request.headers.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    let (status, body) = http
        .send(Request { method: request.method, url: request.url, headers, body: request.body })
        .await
        .map_err(|error| CallError::Secret(error.to_string()))?;
    if status != 200 {
        return Err(CallError::Secret(format!("status {status}")));
    }
    let answer: Answer =
        serde_json::from_slice(&body).map_err(|_| CallError::Secret("unreadable_answer".to_owned()))?;
    Ok(Secret::new(answer.secret_string))
}
