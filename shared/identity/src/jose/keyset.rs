//! Key sets of issuers (RFC 7517, section 5).

use super::json::{Json, Object};
use super::{JoseError, PublicAlg, PublicKey, Result};

/// Largest key set, bytes. With certificates in it, Microsoft's has 30 KB.
pub const MAX_KEY_SET: usize = 131_072;
/// Most keys of a set.
pub const MAX_KEYS: usize = 64;

/// The keys of an issuer that can verify what is accepted here; the others of the set are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeySet(Vec<(Option<String>, PublicKey)>);

impl KeySet {
    /// Reads a set. A key of another kind or for another use is skipped (RFC 7517, section 5); one with a private member makes
    /// the whole set refused, because such an issuer's keys are nobody's secret.
    ///
    /// # Errors
    /// The variants of [`JoseError`] on JSON and sets.
    pub fn parse(json: &[u8]) -> Result<Self> {
        if json.len() > MAX_KEY_SET {
            return Err(JoseError::TooLong);
        }
        let document = Object::parse(json)?;
        let items = document.array("keys")?.ok_or(JoseError::Missing("keys"))?;
        if items.len() > MAX_KEYS {
            return Err(JoseError::TooManyKeys);
        }
        let mut keys = Vec::new();
        for item in items {
            let Json::Object(jwk) = item else { return Err(JoseError::Member("keys")) };
            match usable(jwk) {
                Ok(key) => keys.push(key),
                Err(JoseError::PrivateMember) => return Err(JoseError::PrivateMember),
                Err(_) => {}
            }
        }
        Ok(Self(keys))
    }

    /// The key that a token means: the one of this id, or, when the token names none, the only one that fits the algorithm.
    ///
    /// # Errors
    /// [`JoseError::KeyUnknown`], [`JoseError::KeyAmbiguous`], or [`JoseError::KeyMismatch`] when the id is that of a key for
    /// another algorithm.
    pub fn find(&self, kid: Option<&str>, alg: PublicAlg) -> Result<&PublicKey> {
        let named = || self.0.iter().filter(|(id, _)| kid.is_none() || id.as_deref() == kid).map(|(_, key)| key);
        let mut fitting = named().filter(|key| key.alg() == alg);
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Ok(key),
            (Some(_), Some(_)) => Err(JoseError::KeyAmbiguous),
            (None, _) if kid.is_some() && named().next().is_some() => Err(JoseError::KeyMismatch),
            (None, _) => Err(JoseError::KeyUnknown),
        }
    }

    /// How many usable keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn usable(jwk: &Object<'_>) -> Result<(Option<String>, PublicKey)> {
    let key = PublicKey::from_object(jwk)?;
    let alg = jwk.text("alg", 32)?.is_none_or(|alg| alg == key.alg().name());
    let usage = jwk.text("use", 32)?.is_none_or(|usage| usage == "sig");
    if !alg || !usage || !jwk.absent_or_holds("key_ops", "verify")? {
        return Err(JoseError::KeyUse);
    }
    Ok((jwk.text("kid", super::jws::LONGEST_KID)?.map(str::to_owned), key))
}
