//! Keys of local stacks. Real environments get theirs from the deployment.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The secrets of one local stack, made when it is first started and kept with its state.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Keys {
    /// `atn_operator_…`: opens the admin routes.
    pub operator_key: String,
    /// Hex of 32 random bytes.
    pub pepper: String,
    /// Id of the functions' signing key.
    pub signing_kid: String,
    /// Ed25519 seed, base64url.
    pub signing_seed: String,
    /// Ed25519 public key, base64url.
    pub signing_public: String,
    /// Password of the local SMTP server.
    pub smtp_password: String,
}

/// Random bytes of the operating system.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::other(format!("no random numbers: {error}")))?;
    Ok(bytes)
}

/// `bytes` random bytes (at most 64) as hex.
pub fn random_hex(bytes: usize) -> Result<String> {
    Ok(hex(&random::<64>()?[..bytes.min(64)]))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `length` characters of 0-9, A-Z, a-z, each equally likely.
fn base62(length: usize) -> Result<String> {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = String::new();
    while text.len() < length {
        // 248 = 4 × 62: what is above would make the first digits likelier
        let bytes = random::<64>()?;
        let fair = bytes.iter().filter(|byte| **byte < 248);
        text.extend(fair.map(|byte| char::from(DIGITS[usize::from(*byte) % 62])).take(length - text.len()));
    }
    Ok(text)
}

impl Keys {
    /// New keys.
    pub fn generate() -> Result<Self> {
        let signing = SigningKey::from_bytes(&random()?);
        Ok(Self {
            operator_key: format!("atn_operator_{}", base62(43)?),
            pepper: random_hex(32)?,
            signing_kid: format!("local-{}", random_hex(4)?),
            signing_seed: URL_SAFE_NO_PAD.encode(signing.to_bytes()),
            signing_public: URL_SAFE_NO_PAD.encode(signing.verifying_key().to_bytes()),
            smtp_password: random_hex(16)?,
        })
    }

    /// What the functions find in Secrets Manager.
    pub fn signing_secret(&self) -> Value {
        json!({"kid": self.signing_kid, "seed_base64url": self.signing_seed})
    }

    /// What `send-mail` finds there.
    pub fn smtp_secret(&self) -> Value {
        json!({"username": crate::cloud::smtp::USERNAME, "password": self.smtp_password})
    }

    /// The Worker's secret `SECRETS`.
    pub fn worker_secrets(&self) -> Value {
        json!({
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
            "peppers": {"p1": self.pepper},
            "current_pepper": "p1",
            "operator_key_sha256": hex(&Sha256::digest(self.operator_key.as_bytes())),
            // of the pepper, so that keys of an older local state serve as well
            "token_keys": {"t1": hex(&Sha256::digest(format!("token key {}", self.pepper)))},
            "current_token_key": "t1",
            "master_keys": {"m1": hex(&Sha256::digest(format!("master key {}", self.pepper)))},
            "current_master_key": "m1",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::Verifier;
    use ed25519_dalek::ed25519::signature::Signer;

    #[test]
    fn the_seed_signs_what_the_public_key_verifies() {
        let keys = Keys::generate().unwrap();
        let seed: [u8; 32] = URL_SAFE_NO_PAD.decode(&keys.signing_seed).unwrap().try_into().unwrap();
        let public: [u8; 32] = URL_SAFE_NO_PAD.decode(&keys.signing_public).unwrap().try_into().unwrap();
        let signature = SigningKey::from_bytes(&seed).sign(b"x");
        ed25519_dalek::VerifyingKey::from_bytes(&public).unwrap().verify(b"x", &signature).unwrap();
    }

    #[test]
    fn an_operator_key_has_its_form() {
        let keys = Keys::generate().unwrap();
        let body = keys.operator_key.strip_prefix("atn_operator_").unwrap();
        assert_eq!(body.len(), 43);
        assert!(body.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_ne!(keys.operator_key, Keys::generate().unwrap().operator_key);
    }
}
