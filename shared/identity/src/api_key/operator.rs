//! The operator's key, for administrative routes: `atn_operator_<43 base62>` (256 bits).

use super::alphabet::{BASE62, choose, is_base62};
use crate::{Error, Result, hex};
use core::fmt;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Random bytes that [`OperatorKey::generate`] wants.
pub const OPERATOR_ENTROPY: usize = 96;

const PREFIX: &str = "atn_operator_";
const SECRET: usize = 43;

/// A new operator key, to be shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct OperatorKey(String);

impl OperatorKey {
    /// Makes a key from at least [`OPERATOR_ENTROPY`] bytes of a cryptographic source.
    ///
    /// # Errors
    /// [`Error::Entropy`].
    pub fn generate(entropy: &[u8]) -> Result<Self> {
        if entropy.len() < OPERATOR_ENTROPY {
            return Err(Error::Entropy);
        }
        Ok(Self(format!("{PREFIX}{}", choose(BASE62, SECRET, &mut entropy.iter().copied())?)))
    }

    /// The secret text; never logged.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The value of `operator_key_sha256` in the Worker's secrets.
    pub fn sha256_hex(&self) -> String {
        operator_hash(&self.0)
    }
}

impl fmt::Debug for OperatorKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OperatorKey([secret])")
    }
}

/// SHA-256 of the whole key in lowercase hexadecimal. No pepper: the key is 256 random bits.
pub fn operator_hash(key: &str) -> String {
    hex::encode(&Sha256::digest(key.as_bytes()))
}

/// Whether `presented` is the operator's key, by the hash in the Worker's secrets, in constant time.
pub fn verify_operator(presented: &str, operator_key_sha256: &str) -> bool {
    let well_formed = presented.strip_prefix(PREFIX).is_some_and(|secret| secret.len() == SECRET && is_base62(secret));
    let same: bool = operator_hash(presented).as_bytes().ct_eq(operator_key_sha256.as_bytes()).into();
    well_formed && same
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_key_passes() {
        let key = OperatorKey::generate(&[7; OPERATOR_ENTROPY]).unwrap();
        let other = OperatorKey::generate(&[8; OPERATOR_ENTROPY]).unwrap();
        assert_eq!(key.expose().len(), PREFIX.len() + SECRET);
        assert!(verify_operator(key.expose(), &key.sha256_hex()));
        assert!(!verify_operator(other.expose(), &key.sha256_hex()));
        assert!(!verify_operator(key.expose(), ""));
        // An ill-formed text does not pass even when its hash was configured by mistake.
        assert!(!verify_operator("", &operator_hash("")));
        assert_eq!(format!("{key:?}"), "OperatorKey([secret])");
        assert_eq!(OperatorKey::generate(&[7; 95]), Err(Error::Entropy));
    }
}
