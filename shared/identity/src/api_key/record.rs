//! The stored record of a key and the judgement on a presented one.

use super::{ApiKey, KeyKind, Network, Origin, Peppers, Scope, Scopes};
use crate::{Error, Result};
use core::net::IpAddr;
use serde::{Deserialize, Serialize};

/// Most allowed origins of a key.
pub const MAX_ORIGINS: usize = 50;
/// Most allowed networks of a key.
pub const MAX_NETWORKS: usize = 50;

const DAY_MS: u64 = 86_400_000;

/// What is stored of a key. Times are milliseconds since 1970. Unknown fields are ignored (a newer writer); a kind, an origin
/// or a network that cannot be read makes the record unreadable, because to ignore it would let too much in.
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
    /// Secret (as all were once) or publishable.
    #[serde(default, skip_serializing_if = "KeyKind::is_secret")]
    pub kind: KeyKind,
    /// From where a publishable key is good; one without origins is good from nowhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<Origin>,
    /// From where the key is good; empty: from everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<Network>,
    /// The day of the last use, counted from 1970-01-01: coarse, so that use costs one write a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_day: Option<u32>,
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

/// From where a key is presented.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Circumstances<'a> {
    /// The `Origin` field of the request.
    pub origin: Option<&'a str>,
    /// The address of the caller, see [`super::caller_address`].
    pub address: Option<IpAddr>,
}

impl ApiKeyRecord {
    /// The record of a new key, hashed under the current pepper. A publishable one needs [`ApiKeyRecord::restrict`] too.
    ///
    /// # Errors
    /// [`Error::PublishableScope`]; [`Error::PepperMissing`], which [`Peppers::new`] has ruled out for the current pepper.
    pub fn new(
        key: &ApiKey,
        peppers: &Peppers,
        name: &str,
        scopes: Scopes,
        now_ms: u64,
        expires_at: Option<u64>,
    ) -> Result<Self> {
        if let (KeyKind::Publishable, Some(beyond)) = (key.kind(), scopes.first_beyond(KeyKind::PUBLISHABLE)) {
            return Err(Error::PublishableScope(beyond));
        }
        Ok(Self {
            key_id: key.key_id().to_owned(),
            pepper_id: peppers.current_id().to_owned(),
            hash: peppers.hash(peppers.current_id(), key.expose())?,
            scopes,
            created_at: now_ms,
            expires_at,
            revoked_at: None,
            name: name.to_owned(),
            kind: key.kind(),
            origins: Vec::new(),
            networks: Vec::new(),
            last_used_day: None,
        })
    }

    /// Says from where the key is good. Repeated origins and networks count once.
    ///
    /// # Errors
    /// [`Error::KeyRestrictions`].
    pub fn restrict(mut self, mut origins: Vec<Origin>, mut networks: Vec<Network>) -> Result<Self> {
        origins.sort();
        origins.dedup();
        networks.sort();
        networks.dedup();
        let wanted = if self.kind == KeyKind::Publishable { 1..=MAX_ORIGINS } else { 0..=0 };
        if !wanted.contains(&origins.len()) || networks.len() > MAX_NETWORKS {
            return Err(Error::KeyRestrictions);
        }
        (self.origins, self.networks) = (origins, networks);
        Ok(self)
    }

    /// Whether this key is bound at least as tightly as `maker`, the key that makes it: in time, networks and origins. What it
    /// may do is for [`crate::permission::may_grant`].
    ///
    /// # Errors
    /// [`Error::KeyBound`], with the field that reaches further.
    pub fn bound_within(&self, maker: &Self) -> Result<()> {
        let ends = maker.expires_at.is_none_or(|end| self.expires_at.is_some_and(|own| own <= end));
        let inside = |own: &Network| maker.networks.iter().any(|network| own.is_within(*network));
        let near = maker.networks.is_empty() || (!self.networks.is_empty() && self.networks.iter().all(inside));
        let known = |own: &Origin| maker.origins.contains(own);
        let pages = maker.origins.is_empty() || (!self.origins.is_empty() && self.origins.iter().all(known));
        for (good, field) in [(ends, "expires_at"), (near, "networks"), (pages, "origins")] {
            if !good {
                return Err(Error::KeyBound(field));
            }
        }
        Ok(())
    }

    /// Whether a page of this origin may use the key: the answer to a CORS preflight too.
    pub fn allows_origin(&self, field: &str) -> bool {
        self.origins.iter().any(|origin| origin.matches(field))
    }

    /// Notes a use. Whether the record changed, and so has to be written: once a day.
    pub fn touch(&mut self, now_ms: u64) -> bool {
        let today = u32::try_from(now_ms / DAY_MS).unwrap_or(u32::MAX);
        let newer = self.last_used_day.is_none_or(|last| last < today);
        if newer {
            self.last_used_day = Some(today);
        }
        newer
    }

    /// Whether a key **whose secret has already been verified** may be used now, from here, for `required`.
    ///
    /// # Errors
    /// [`Error::KeyRevoked`], [`Error::KeyExpired`], [`Error::KeyOrigin`], [`Error::KeyNetwork`], [`Error::MissingScope`],
    /// in this order.
    pub fn check(&self, now_ms: u64, required: Option<Scope>, circumstances: Circumstances<'_>) -> Result<()> {
        if self.revoked_at.is_some() {
            return Err(Error::KeyRevoked);
        }
        if self.expires_at.is_some_and(|end| now_ms >= end) {
            return Err(Error::KeyExpired);
        }
        let page = circumstances.origin.is_some_and(|field| self.allows_origin(field));
        if self.kind == KeyKind::Publishable && !page {
            return Err(Error::KeyOrigin);
        }
        let inside = |address| self.networks.iter().any(|network| network.contains(address));
        if !self.networks.is_empty() && !circumstances.address.is_some_and(inside) {
            return Err(Error::KeyNetwork);
        }
        match required {
            Some(scope) if !self.scopes.contains(scope) => Err(Error::MissingScope(scope)),
            _ => Ok(()),
        }
    }

    /// Whether `key` is the key of this record, in constant time with regard to the secret.
    ///
    /// # Errors
    /// [`Error::PepperMissing`].
    pub fn verify(&self, key: &ApiKey, peppers: &Peppers) -> Result<bool> {
        let matches = peppers.matches(&self.pepper_id, key.expose(), &self.hash)?;
        Ok(matches && self.key_id == key.key_id() && self.kind == key.kind())
    }
}

/// [`authenticate_in`] where nothing is known of the caller: good for keys that are not bound to origins or networks.
///
/// # Errors
/// As there; a bound key is refused.
pub fn authenticate(
    key: &ApiKey,
    record: Option<&ApiKeyRecord>,
    peppers: &Peppers,
    now_ms: u64,
    required: Scope,
) -> Result<Principal> {
    authenticate_in(key, record, peppers, now_ms, Some(required), Circumstances::default())
}

/// Judges a presented key against the record found under its key id, if any. Without `required` any good key will do.
///
/// An unknown key and a wrong secret give the same error after the same work (a hash is computed in both cases).
/// Revocation, expiry, origin, network and scope are told only to who holds the right secret.
///
/// # Errors
/// [`Error::KeyUnknown`]; then those of [`ApiKeyRecord::check`]; [`Error::PepperMissing`] is a fault of ours (503).
pub fn authenticate_in(
    key: &ApiKey,
    record: Option<&ApiKeyRecord>,
    peppers: &Peppers,
    now_ms: u64,
    required: Option<Scope>,
    circumstances: Circumstances<'_>,
) -> Result<Principal> {
    let Some(record) = record else {
        let unused = peppers.matches(peppers.current_id(), key.expose(), &"0".repeat(64))?;
        core::hint::black_box(unused);
        return Err(Error::KeyUnknown);
    };
    if !record.verify(key, peppers)? {
        return Err(Error::KeyUnknown);
    }
    record.check(now_ms, required, circumstances)?;
    Ok(Principal { tenant_id: key.tenant_id(), key_id: record.key_id.clone(), scopes: record.scopes })
}
