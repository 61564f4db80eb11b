//! Credentials with their signing keys kept.

use super::{Credentials, SigningKey, sign_request};
use crate::{HttpRequest, Result};
use std::sync::{Mutex, PoisonError};

/// Signs for one region, deriving each service's key once per day. Cheap to share: make one per isolate or process.
#[derive(Debug)]
pub struct Signer {
    credentials: Credentials,
    region: String,
    keys: Mutex<Vec<SigningKey>>,
}

impl Signer {
    /// For the given credentials and region, for example `eu-west-1`.
    pub fn new(credentials: Credentials, region: impl Into<String>) -> Self {
        Self { credentials, region: region.into(), keys: Mutex::new(Vec::new()) }
    }

    /// Signs `request` for `service` (`sqs`, `dynamodb`, `s3`) at `now_ms` (milliseconds since 1970).
    ///
    /// # Errors
    /// [`crate::Error::Url`], [`crate::Error::Time`].
    pub fn sign(&self, service: &str, request: &mut HttpRequest, now_ms: u64) -> Result<()> {
        sign_request(request, &self.credentials, &self.key(service, now_ms)?, now_ms)
    }

    /// The key of `service` for the UTC day of `now_ms`, from memory when it is there.
    ///
    /// # Errors
    /// [`crate::Error::Time`].
    pub fn key(&self, service: &str, now_ms: u64) -> Result<SigningKey> {
        // A panic elsewhere cannot leave the list half-written: each change is one push or one assignment.
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let known = keys.iter().position(|key| key.service() == service);
        if let Some(key) = known.and_then(|at| keys.get(at)).filter(|key| key.covers(now_ms)) {
            return Ok(key.clone());
        }
        let key = SigningKey::derive(&self.credentials, now_ms, &self.region, service)?;
        match known {
            Some(at) => keys[at] = key.clone(),
            None => keys.push(key.clone()),
        }
        Ok(key)
    }

    /// The credentials.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The region.
    pub fn region(&self) -> &str {
        &self.region
    }
}
