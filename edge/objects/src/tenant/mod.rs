//! Tenant: a tenant's record and its API keys. Keys are looked up here on (almost) every request; secrets are never stored.
//!
//! The object is the source; the projection of tenants and keys into DynamoDB is not written yet, nothing reads it.

use crate::schema::{Schema, migrate};
use crate::{Error, Result, SharedStore};
use attune_contracts::tenant::{KeyV1, TenantV1};
use attune_contracts::{FieldError, Problem, ProblemCode, SCHEMA_VERSION};
use attune_domain::{Millis, TenantId};
use attune_identity::api_key::ApiKeyRecord;

/// Live keys of one name at a time: two, so that a key can be replaced without a gap.
pub const LIVE_KEYS_PER_NAME: usize = 2;
/// Keys of a tenant in all, revoked and expired ones included.
pub const MAX_KEYS: i64 = 1_000;

/// Steps of the tables.
pub const SCHEMA: Schema = Schema {
    class: "tenant",
    steps: &["
CREATE TABLE tenant (tenant_id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE api_key (key_id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER,
  revoked_at INTEGER, record TEXT NOT NULL) WITHOUT ROWID;
"],
};

/// The object of one tenant.
pub struct Tenant {
    store: SharedStore,
}

impl std::fmt::Debug for Tenant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tenant")
    }
}

impl Tenant {
    /// Opens the object.
    ///
    /// # Errors
    /// [`Error::Newer`], [`Error::Store`].
    pub fn open(store: SharedStore) -> Result<Self> {
        migrate(&*store, &[SCHEMA])?;
        Ok(Self { store })
    }

    /// Makes the tenant. Again with the same name: the first record.
    ///
    /// # Errors
    /// `invalid_body` for a name that is not 1 to 100 characters, `idempotency_mismatch` when the id has another name.
    pub fn create(&self, tenant_id: &TenantId, name: &str, now_ms: i64) -> Result<TenantV1> {
        check_name(name)?;
        self.store.exec(
            "INSERT INTO tenant (tenant_id, name, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            &[tenant_id.as_str().into(), name.into(), now_ms.into()],
        )?;
        let tenant = self.get()?.ok_or(Error::Stored("tenant"))?;
        if tenant.name != name || tenant.tenant_id != *tenant_id {
            return Err(Error::refused(ProblemCode::IdempotencyMismatch, "the tenant exists under another name"));
        }
        Ok(tenant)
    }

    /// The tenant's record; `None` before it was made.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn get(&self) -> Result<Option<TenantV1>> {
        let found = self.store.exec("SELECT tenant_id, name, created_at FROM tenant", &[])?;
        found
            .first()
            .map(|mut row| {
                let tenant_id = TenantId::parse(&row.text(0)?).map_err(|_| Error::Stored("tenant id"))?;
                let (name, created_at) = (row.text(1)?, Millis(row.int(2)?));
                Ok(TenantV1 { schema_version: SCHEMA_VERSION, tenant_id, name, created_at })
            })
            .transpose()
    }

    /// Keeps the record of a new key. The caller has made the key and shows it once.
    ///
    /// # Errors
    /// `not_found` without a tenant; `invalid_body` for no scopes, a bad name, or an expiry in the past;
    /// `version_conflict` when two keys of that name are live already, or the tenant has too many keys.
    pub fn create_key(&self, record: &ApiKeyRecord, now_ms: i64) -> Result<KeyV1> {
        if self.get()?.is_none() {
            return Err(Error::refused(ProblemCode::NotFound, "there is no such tenant"));
        }
        check_name(&record.name)?;
        if record.scopes.iter().next().is_none() {
            return Err(invalid("/scopes", "missing", "at least one scope"));
        }
        if record.expires_at.is_some_and(|at| at <= now_ms.unsigned_abs()) {
            return Err(invalid("/expires_at", "out_of_range", "a time in the future"));
        }
        let keys = self.records()?;
        let live = keys.iter().filter(|k| k.name == record.name && is_live(k, now_ms)).count();
        if live >= LIVE_KEYS_PER_NAME {
            let detail = "two keys of this name are live: revoke one of them first";
            return Err(Error::refused(ProblemCode::VersionConflict, detail));
        }
        if i64::try_from(keys.len()).unwrap_or(i64::MAX) >= MAX_KEYS {
            return Err(Error::refused(ProblemCode::VersionConflict, "the tenant has too many keys"));
        }
        self.write(record)?;
        Ok(public(record))
    }

    /// The record of a key id, for judging a presented key; `None`: there is no such key.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn lookup(&self, key_id: &str) -> Result<Option<ApiKeyRecord>> {
        let found = self.store.exec("SELECT record FROM api_key WHERE key_id = ?1", &[key_id.into()])?;
        found.first().map(|mut row| read(&row.text(0)?)).transpose()
    }

    /// All keys without their hashes, the newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn list_keys(&self) -> Result<Vec<KeyV1>> {
        Ok(self.records()?.iter().map(public).collect())
    }

    /// Revokes a key, from now on. Again is harmless: the first time counts.
    ///
    /// # Errors
    /// `not_found`.
    pub fn revoke_key(&self, key_id: &str, now_ms: i64) -> Result<KeyV1> {
        let Some(mut record) = self.lookup(key_id)? else {
            return Err(Error::refused(ProblemCode::NotFound, "there is no such key"));
        };
        if record.revoked_at.is_none() {
            record.revoked_at = Some(now_ms.unsigned_abs());
            self.write(&record)?;
        }
        Ok(public(&record))
    }

    fn write(&self, record: &ApiKeyRecord) -> Result<()> {
        let text = serde_json::to_string(record).map_err(|_| Error::Stored("key"))?;
        self.store.exec(
            "INSERT OR REPLACE INTO api_key (key_id, name, created_at, expires_at, revoked_at, record) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            &[
                (&record.key_id).into(),
                (&record.name).into(),
                record.created_at.into(),
                record.expires_at.into(),
                record.revoked_at.into(),
                (&text).into(),
            ],
        )?;
        Ok(())
    }

    fn records(&self) -> Result<Vec<ApiKeyRecord>> {
        let rows = self.store.exec("SELECT record FROM api_key ORDER BY created_at DESC, key_id", &[])?;
        rows.into_iter().map(|mut row| read(&row.text(0)?)).collect()
    }
}

fn read(text: &str) -> Result<ApiKeyRecord> {
    serde_json::from_str(text).map_err(|_| Error::Stored("key"))
}

fn is_live(record: &ApiKeyRecord, now_ms: i64) -> bool {
    record.revoked_at.is_none() && record.expires_at.is_none_or(|at| at > now_ms.unsigned_abs())
}

fn check_name(name: &str) -> Result<()> {
    if (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        return Ok(());
    }
    Err(invalid("/name", "invalid", "1 to 100 characters, no control characters"))
}

fn invalid(pointer: &str, code: &str, detail: &str) -> Error {
    Problem::new(ProblemCode::InvalidBody, "a field of the body is wrong")
        .with_errors(vec![FieldError::new(pointer, code, detail)])
        .into()
}

fn public(record: &ApiKeyRecord) -> KeyV1 {
    let millis = |at: u64| Millis(i64::try_from(at).unwrap_or(i64::MAX));
    KeyV1 {
        schema_version: SCHEMA_VERSION,
        key_id: record.key_id.clone(),
        name: record.name.clone(),
        scopes: record.scopes.iter().map(|s| s.as_str().to_owned()).collect(),
        created_at: millis(record.created_at),
        expires_at: record.expires_at.map(millis),
        revoked_at: record.revoked_at.map(millis),
        key: None,
    }
}
