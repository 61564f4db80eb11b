//! The environment of a function, read once and checked at start.

use crate::ConfigError;
use attune_domain::{Cell, Secret};

/// What every function needs.
#[derive(Debug, Clone)]
pub struct Config {
    /// `local`, `staging`, `production`.
    pub environment: String,
    /// The cell this function works in; messages of another are parked.
    pub cell: Cell,
    /// AWS region.
    pub region: String,
    /// Prefix of table names, `attune-local-`.
    pub table_prefix: String,
    /// Prefix of bucket names.
    pub bucket_prefix: String,
    /// Prefix of queue addresses, `https://sqs.eu-west-1.amazonaws.com/<account>/attune-staging-`.
    pub queue_url_prefix: String,
    /// Credentials of the role; Lambda sets them for the life of the environment.
    pub credentials: AwsCredentials,
    /// Endpoint of all AWS services; only in local runs.
    pub endpoint: Option<String>,
    /// Endpoint of DynamoDB where it differs; only in local runs.
    pub dynamodb_endpoint: Option<String>,
}

/// Credentials of AWS.
#[derive(Debug, Clone)]
pub struct AwsCredentials {
    /// Public id.
    pub access_key_id: String,
    /// Secret key.
    pub secret_access_key: Secret<String>,
    /// Session token.
    pub session_token: Option<Secret<String>>,
}

/// What a function needs that calls the edge.
#[derive(Debug, Clone)]
pub struct EdgeConfig {
    /// Origin of the Worker, without a slash at the end.
    pub url: String,
    /// Id of the secret that holds the signing key.
    pub signing_key_secret_id: String,
}

/// Where variables come from: the environment, or a table in tests.
pub trait Variables {
    /// The value, if it is set.
    fn get(&self, name: &str) -> Option<String>;

    /// The value, which must be there.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] names the variable.
    fn need(&self, name: &'static str) -> Result<String, ConfigError> {
        self.get(name).filter(|value| !value.is_empty()).ok_or(ConfigError::Missing(name))
    }
}

/// The environment of the process.
#[derive(Debug, Clone, Copy)]
pub struct Environment;

impl Variables for Environment {
    fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

impl Config {
    /// Reads and checks the variables.
    ///
    /// # Errors
    /// The first variable that is missing or wrong.
    pub fn read(variables: &impl Variables) -> Result<Self, ConfigError> {
        let cell = Cell::parse(&variables.need("ATTUNE_CELL")?)
            .map_err(|_| ConfigError::Invalid("ATTUNE_CELL", "a cell such as eu1"))?;
        let endpoint = optional_url(variables, "AWS_ENDPOINT_URL")?;
        Ok(Self {
            environment: variables.need("ATTUNE_ENV")?,
            cell,
            region: variables.need("AWS_REGION")?,
            table_prefix: variables.need("ATTUNE_TABLE_PREFIX")?,
            bucket_prefix: variables.need("ATTUNE_BUCKET_PREFIX")?,
            queue_url_prefix: url(variables, "ATTUNE_QUEUE_URL_PREFIX")?,
            credentials: AwsCredentials {
                access_key_id: variables.need("AWS_ACCESS_KEY_ID")?,
                secret_access_key: Secret::new(variables.need("AWS_SECRET_ACCESS_KEY")?),
                session_token: variables.get("AWS_SESSION_TOKEN").filter(|token| !token.is_empty()).map(Secret::new),
            },
            dynamodb_endpoint: optional_url(variables, "AWS_ENDPOINT_URL_DYNAMODB")?.or_else(|| endpoint.clone()),
            endpoint,
        })
    }
}

impl EdgeConfig {
    /// Reads and checks the variables.
    ///
    /// # Errors
    /// The first variable that is missing or wrong.
    pub fn read(variables: &impl Variables) -> Result<Self, ConfigError> {
        Ok(Self {
            url: url(variables, "ATTUNE_EDGE_URL")?.trim_end_matches('/').to_owned(),
            signing_key_secret_id: variables.need("ATTUNE_SIGNING_KEY_SECRET_ID")?,
        })
    }
}

fn url(variables: &impl Variables, name: &'static str) -> Result<String, ConfigError> {
    checked(name, variables.need(name)?)
}

fn optional_url(variables: &impl Variables, name: &'static str) -> Result<Option<String>, ConfigError> {
    variables.get(name).filter(|value| !value.is_empty()).map(|value| checked(name, value)).transpose()
}

fn checked(name: &'static str, value: String) -> Result<String, ConfigError> {
    let host = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://")).unwrap_or_default();
    if host.is_empty() || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ConfigError::Invalid(name, "an http or https address"));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    impl Variables for BTreeMap<&'static str, &'static str> {
        fn get(&self, name: &str) -> Option<String> {
            BTreeMap::get(self, name).map(|&value| value.to_owned())
        }
    }

    fn good() -> BTreeMap<&'static str, &'static str> {
        [
            ("ATTUNE_ENV", "local"),
            ("ATTUNE_CELL", "eu1"),
            ("AWS_REGION", "eu-west-1"),
            ("ATTUNE_TABLE_PREFIX", "attune-local-"),
            ("ATTUNE_BUCKET_PREFIX", "attune-local-"),
            ("ATTUNE_QUEUE_URL_PREFIX", "http://127.0.0.1:4566/000000000000/attune-local-"),
            ("AWS_ACCESS_KEY_ID", "AKIA"),
            ("AWS_SECRET_ACCESS_KEY", "hunter2"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"),
        ]
        .into()
    }

    #[test]
    fn every_missing_variable_is_named() {
        for name in good().into_keys().filter(|name| *name != "AWS_ENDPOINT_URL") {
            for broken in [None, Some("")] {
                let mut variables = good();
                variables.remove(name);
                if let Some(value) = broken {
                    variables.insert(name, value);
                }
                assert_eq!(Config::read(&variables).unwrap_err(), ConfigError::Missing(name));
            }
        }
        assert_eq!(EdgeConfig::read(&good()).unwrap_err(), ConfigError::Missing("ATTUNE_EDGE_URL"));
    }

    #[test]
    fn wrong_values_are_refused_and_secrets_do_not_print() {
        let mut variables = good();
        variables.insert("ATTUNE_QUEUE_URL_PREFIX", "attune-local-");
        assert!(matches!(Config::read(&variables), Err(ConfigError::Invalid("ATTUNE_QUEUE_URL_PREFIX", _))));
        variables = good();
        variables.insert("ATTUNE_CELL", "EU");
        assert!(matches!(Config::read(&variables), Err(ConfigError::Invalid("ATTUNE_CELL", _))));
        let config = Config::read(&good()).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
        assert_eq!(config.dynamodb_endpoint.as_deref(), Some("http://127.0.0.1:4566"));
    }
}
