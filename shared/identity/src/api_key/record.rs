//! The stored record of a key and the judgement on a presented one.

use super::{ApiKey, Peppers, Scope, Scopes};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// What is stored of a key. Times are milliseconds since 1970. Unknown fields are ignored (a newer writer).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyRecord {
    /// 32 characters: tenant ULID and 6 random ones.
    pub key_id: String,
    /// Which pepper made the hash.
    pub pepper_id: String,
    /// HMAC-SHA-256 of the whole key, lowercase hexadecimal.
    pub hash: String,
    /// What the key may do.
    pub scopes: Scopes,
    /// When the key was made.
    pub created_at: u64,
    /// From this moment on the key is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    /// When the key was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<u64>,
    /// The owner's name for the key.
    pub name: String,
}

/// Who a good key speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// `tnt_<cell>_<ulid>`
    pub tenant_id: String,
    /// The public part of the key; may be logged.
    pub key_id: String,
    /// What the key may do.
    pub scopes: Scopes,
}

impl ApiKeyRecord {
    /// The record of a new key, hashed under the current pepper.
    ///
    /// # Errors
    /// Only [`Error::PepperMissing`], which [`Peppers::new`] has ruled out for the current pepper.
    pub fn new(
        key: &ApiKey,
        peppers: &Peppers,
        name: &str,
        scopes: Scopes,
        now_ms: u64,
        expires_at: Option<u64>,
    ) -> Result<Self> {
        Ok(Self {
            key_id: key.key_id().to_owned(),
            pepper_id: peppers.current_id().to_owned(),
            hash: peppers.hash(peppers.current_id(), key.expose())?,
            scopes,
            created_at: now_ms,
            expires_at,
            revoked_at: None,
            name: name.to_owned(),
        })
    }

    /// Whether a key **whose secret has already been verified** may be used now for `required`.
    ///
    /// # Errors
    /// [`Error::KeyRevoked`], [`Error::KeyExpired`], [`Error::MissingScope`], in this order.
    pub fn check(&self, now_ms: u64, required: Scope) -> Result<()> {
        if self.revoked_at.is_some() {
            return Err(Error::KeyRevoked);
        }
        if self.expires_at.is_some_and(|end| now_ms >= end) {
            return Err(Error::KeyExpired);
        }
        if !self.scopes.contains(required) {
            return Err(Error::MissingScope(required));
        }
        Ok(())
    }

    /// Whether `key` is the key of this record, in constant time with regard to the secret.
    ///
    /// # Errors
    /// [`Error::PepperMissing`].
    pub fn verify(&self, key: &ApiKey, peppers: &Peppers) -> Result<bool> {
        let matches = peppers.matches(&self.pepper_id, key.expose(), &self.hash)?;
        Ok(matches && self.key_id == key.key_id())
    }
}

/// Judges a presented key against the record found under its key id, if any.
///
/// An unknown key and a wrong secret give the same error after the same work (a hash is computed in both cases).
/// Revocation, expiry and scope are told only to who holds the right secret.
///
/// # Errors
/// [`Error::KeyUnknown`]; then those of [`ApiKeyRecord::check`]; [`Error::PepperMissing`] is a fault of ours (503).
pub fn authenticate(
    key: &ApiKey,
    record: Option<&ApiKeyRecord>,
    peppers: &Peppers,
    now_ms: u64,
    required: Scope,
) -> Result<Principal> {
    let Some(record) = record else {
        let unused = peppers.matches(peppers.current_id(), key.expose(), &"0".repeat(64))?;
        core::hint::black_box(unused);
        return Err(Error::KeyUnknown);
    };
    if !record.verify(key, peppers)? {
        return Err(Error::KeyUnknown);
    }
    record.check(now_ms, required)?;
    Ok(Principal { tenant_id: key.tenant_id(), key_id: record.key_id.clone(), scopes: record.scopes })
}
