//! Keys of signers and verifiers.

use super::base::is_kid;
use crate::{Error, Result};
use attune_domain::json;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use core::fmt;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::Deserialize;
use std::collections::BTreeMap;

/// RFC 8410, section 7: everything of a PKCS #8 v1 Ed25519 key before its 32 bytes of seed.
const PKCS8_PREFIX: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// A private key with its id.
#[derive(Clone)]
pub struct PrivateKey {
    kid: String,
    key: SigningKey,
}

/// The text of the secret in Secrets Manager.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKey {
    kid: String,
    #[serde(default)]
    private_key_pkcs8_base64: Option<String>,
    #[serde(default)]
    seed_base64url: Option<String>,
}

impl PrivateKey {
    /// From 32 random bytes. `kid`: 1 to 64 letters, digits, `.`, `_`, `-`.
    ///
    /// # Errors
    /// [`Error::SigningKeyInvalid`].
    pub fn from_seed(kid: &str, seed: &[u8]) -> Result<Self> {
        let seed = <&[u8; 32]>::try_from(seed).map_err(|_| Error::SigningKeyInvalid)?;
        if !is_kid(kid) {
            return Err(Error::SigningKeyInvalid);
        }
        Ok(Self { kid: kid.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    /// From the stored secret: JSON `{"kid", "private_key_pkcs8_base64"}` or `{"kid", "seed_base64url"}`.
    ///
    /// # Errors
    /// [`Error::SigningKeyInvalid`].
    pub fn from_secret_json(text: &str) -> Result<Self> {
        let stored: StoredKey = json::from_str(text).map_err(|_| Error::SigningKeyInvalid)?;
        let seed = match (stored.private_key_pkcs8_base64, stored.seed_base64url) {
            (Some(der), None) => {
                let der = STANDARD.decode(der).map_err(|_| Error::SigningKeyInvalid)?;
                der.strip_prefix(&PKCS8_PREFIX).ok_or(Error::SigningKeyInvalid)?.to_vec()
            }
            (None, Some(seed)) => URL_SAFE_NO_PAD.decode(seed).map_err(|_| Error::SigningKeyInvalid)?,
            _ => return Err(Error::SigningKeyInvalid),
        };
        Self::from_seed(&stored.kid, &seed)
    }

    /// The text that [`PrivateKey::from_secret_json`] reads; a secret.
    pub fn to_secret_json(&self) -> String {
        let seed = URL_SAFE_NO_PAD.encode(self.key.as_bytes());
        format!(r#"{{"kid":"{}","seed_base64url":"{seed}"}}"#, self.kid)
    }

    /// The key's id.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half, raw, base64url without padding: what the Worker's configuration holds.
    pub fn public_key_base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.key.verifying_key().as_bytes())
    }

    /// The signature of a text, such as one from [`super::signature_base`], in base64: for shapes other than [`super::sign`]'s.
    pub fn sign_base64(&self, text: &str) -> String {
        STANDARD.encode(self.sign(text.as_bytes()))
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PrivateKey({}, [secret])", self.kid)
    }
}

/// The public keys that are accepted, by id. Two live at once while keys are rotated.
#[derive(Debug, Clone, Default)]
pub struct PublicKeys(BTreeMap<String, VerifyingKey>);

impl PublicKeys {
    /// From pairs (id, raw 32-byte key in base64url without padding).
    ///
    /// # Errors
    /// [`Error::SigningKeyInvalid`], also for a point of small order (any signature could be made to fit it).
    pub fn from_base64url<I, K, V>(keys: I) -> Result<Self>
    where
        I: IntoIterator<Item = (K, V)>,
        K: Into<String>,
        V: AsRef<str>,
    {
        let mut by_id = BTreeMap::new();
        for (kid, text) in keys {
            let (kid, bytes) = (kid.into(), URL_SAFE_NO_PAD.decode(text.as_ref()));
            let bytes = bytes.ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
            let key = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
            let key = key.filter(|key| !key.is_weak() && is_kid(&kid)).ok_or(Error::SigningKeyInvalid)?;
            by_id.insert(kid, key);
        }
        Ok(Self(by_id))
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, kid: &str) -> Option<&VerifyingKey> {
        self.0.get(kid)
    }
}
