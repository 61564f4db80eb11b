//! API keys of LiveKit projects.

use super::{LiveKitError, Result};
use crate::jose::HmacKey;
use core::fmt;

/// The API key and the secret of a project, which signs its tokens and its webhooks.
#[derive(Clone)]
pub struct ProjectKey {
    api_key: String,
    secret: HmacKey,
}

impl ProjectKey {
    /// The secret is used as the text that it is, not decoded.
    ///
    /// # Errors
    /// [`LiveKitError::KeyInvalid`].
    pub fn new(api_key: &str, secret: &str) -> Result<Self> {
        let named = (1..=128).contains(&api_key.len()) && api_key.bytes().all(|byte| byte.is_ascii_graphic());
        let secret = HmacKey::new(secret.as_bytes()).ok().filter(|_| named).ok_or(LiveKitError::KeyInvalid)?;
        Ok(Self { api_key: api_key.to_owned(), secret })
    }

    /// The API key: `iss` of its tokens.
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    pub(super) fn secret(&self) -> &HmacKey {
        &self.secret
    }
}

impl fmt::Debug for ProjectKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ProjectKey({}, [secret])", self.api_key)
    }
}
