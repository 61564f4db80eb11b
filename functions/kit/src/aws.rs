//! Clients of the cloud, on one HTTP client.
//!
//! No default provider chain: region, credentials and endpoints are in the environment of every function, and files or
//! metadata services would only cost time at start.

use crate::Config;
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_smithy_http_client::{Builder, tls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::time::Duration;

/// Connecting may take this long.
pub(crate) const CONNECT: Duration = Duration::from_secs(2);
/// One attempt may take this long. Three attempts and their pauses stay under a function's 30 s.
pub(crate) const ATTEMPT: Duration = Duration::from_secs(5);

/// Clients of the cloud.
#[derive(Debug, Clone)]
pub struct Aws {
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
    /// S3.
    pub s3: aws_sdk_s3::Client,
    /// The HTTP client under them; also carries the signed calls to the edge.
    pub http: SharedHttpClient,
}

macro_rules! client {
    ($sdk:ident, $config:expr, $http:expr, $endpoint:expr) => {{
        let region = $sdk::config::Region::new($config.region.clone());
        let mut builder = $sdk::Config::builder();
        builder.set_endpoint_url($endpoint.clone());
        builder
            .behavior_version($sdk::config::BehaviorVersion::latest())
            .region(region)
            .credentials_provider(credentials($config))
            .http_client($http.clone())
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(
                TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build(),
            )
    }};
}

fn credentials(config: &Config) -> Credentials {
    let known = &config.credentials;
    let token = known.session_token.as_ref().map(|token| token.expose().clone());
    Credentials::new(&known.access_key_id, known.secret_access_key.expose(), token, None, "environment")
}

impl Aws {
    /// Clients for a checked environment. Opens no connection.
    pub fn new(config: &Config) -> Self {
        let http =
            Builder::new().tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring)).build_https();
        let dynamodb = client!(aws_sdk_dynamodb, config, http, config.dynamodb_endpoint).build();
        let sqs = client!(aws_sdk_sqs, config, http, config.endpoint).build();
        // A local endpoint has no DNS names for buckets.
        let s3 = client!(aws_sdk_s3, config, http, config.endpoint).force_path_style(config.endpoint.is_some()).build();
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
            sqs: aws_sdk_sqs::Client::from_conf(sqs),
            s3: aws_sdk_s3::Client::from_conf(s3),
            http,
        }
    }
}
