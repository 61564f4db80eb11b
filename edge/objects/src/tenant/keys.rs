//! API keys: looked up on (almost) every request; secrets are never stored.

use super::{By, Done, Tenant, check_name, conflict, invalid, not_found, page};
use crate::control_room::Once;
use crate::{Error, Result, Row};
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::people::{KeyDetailV1, KeysPageV1};
use attune_contracts::tenant::KeyV1;
use attune_domain::{Millis, json};
use attune_identity::api_key::ApiKeyRecord;
use serde::Deserialize;
use serde_json::json;

/// Live keys of one name at a time: two, so that a key can be replaced without a gap.
pub const LIVE_KEYS_PER_NAME: usize = 2;
/// Keys of a tenant in all, revoked and expired ones included.
pub const MAX_KEYS: i64 = 1_000;

const DAY_MS: i64 = 86_400_000;

/// What a record says besides what every version knows: read from its text, so that what a newer one wrote is shown.
#[derive(Debug, Default, Deserialize)]
struct Restrictions {
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    origins: Vec<String>,
    #[serde(default)]
    networks: Vec<String>,
}

impl Tenant {
    /// Keeps the record of a new key. The caller has made the key and shows it once; a repeat has no secret to show.
    ///
    /// # Errors
    /// `not_found` without a tenant; `invalid_body` for no scopes, a bad name, or an expiry in the past; `forbidden`;
    /// `version_conflict` when two keys of that name are live already, or the tenant has too many keys;
    /// `idempotency_mismatch`.
    pub fn add_key(&self, by: &By<'_>, once: Option<&Once<'_>>, record: &ApiKeyRecord) -> Result<Done<KeyDetailV1>> {
        self.change(by, once, || {
            self.keep_key(by, record)?;
            self.detail(&record.key_id)
        })
    }

    /// Keeps the record of a new key, on behalf of the operator.
    ///
    /// # Errors
    /// As [`Tenant::add_key`].
    pub fn create_key(&self, record: &ApiKeyRecord, now_ms: i64) -> Result<KeyV1> {
        self.apply(|| self.keep_key(&By::operator(now_ms), record))?;
        Ok(public(record))
    }

    pub(super) fn keep_key(&self, by: &By<'_>, record: &ApiKeyRecord) -> Result<()> {
        if self.get()?.is_none() {
            return Err(not_found("there is no such tenant"));
        }
        check_name(&record.name)?;
        if record.scopes.iter().next().is_none() {
            return Err(invalid("/scopes", "missing", "at least one scope"));
        }
        if record.expires_at.is_some_and(|at| at <= by.now_ms.unsigned_abs()) {
            return Err(invalid("/expires_at", "out_of_range", "a time in the future"));
        }
        self.judge_key(by, record)?;
        let keys = self.records()?;
        let live = keys.iter().filter(|k| k.name == record.name && is_live(k, by.now_ms)).count();
        if live >= LIVE_KEYS_PER_NAME {
            return Err(conflict("/name", "two_live", "two keys of this name are live: revoke one of them first"));
        }
        if i64::try_from(keys.len()).unwrap_or(i64::MAX) >= MAX_KEYS {
            return Err(conflict("", "too_many", "the tenant has too many keys"));
        }
        self.write_key(record)?;
        let scopes: Vec<&str> = record.scopes.iter().map(|scope| scope.as_str()).collect();
        let target = format!("key_{}", record.key_id);
        self.record(by, "key.create", &target, json!({ "scopes": scopes, "expires_at": record.expires_at })).map(drop)
    }

    /// The record of a key id, for judging a presented key; `None`: there is no such key.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn lookup(&self, key_id: &str) -> Result<Option<ApiKeyRecord>> {
        let sql = "SELECT record, last_used_day FROM api_key WHERE key_id = ?1";
        let Some(mut row) = self.store.exec(sql, &[key_id.into()])?.first() else { return Ok(None) };
        let mut record = read(&row.text(0)?)?;
        // kept beside the record, so that a use does not write all of it
        record.last_used_day = row.maybe_int(1)?.and_then(|day| u32::try_from(day).ok());
        Ok(Some(record))
    }

    /// A key that is good now.
    pub(super) fn live_key(&self, key_id: &str, now_ms: i64) -> Result<Option<ApiKeyRecord>> {
        Ok(self.lookup(key_id)?.filter(|key| is_live(key, now_ms)))
    }

    /// All keys without their hashes, the newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn list_keys(&self) -> Result<Vec<KeyV1>> {
        Ok(self.records()?.iter().map(public).collect())
    }

    /// A page of keys, the newest first.
    ///
    /// # Errors
    /// `invalid_parameter`, [`Error::Store`].
    pub fn keys(&self, cursor: Option<&str>, limit: u32) -> Result<KeysPageV1> {
        let limit = page::limit(limit)?;
        let after = page::id(cursor)?;
        let rows = self.store.exec(
            "SELECT record, last_used_day FROM api_key WHERE ?1 = '' OR (created_at, key_id) < \
             (SELECT created_at, key_id FROM api_key WHERE key_id = ?1) ORDER BY created_at DESC, key_id DESC LIMIT ?2",
            &[after.into(), (limit + 1).into()],
        )?;
        let mut keys = rows.into_iter().map(detail).collect::<Result<Vec<_>>>()?;
        let next_cursor = page::cut(&mut keys, limit, |key: &KeyDetailV1| key.key_id.clone());
        Ok(KeysPageV1 { schema_version: SCHEMA_VERSION, keys, next_cursor })
    }

    /// Revokes a key, from now on. Again is harmless: the first time counts, and only it is recorded.
    ///
    /// # Errors
    /// `not_found`.
    pub fn end_key(&self, by: &By<'_>, key_id: &str) -> Result<KeyDetailV1> {
        self.apply(|| {
            self.revoke_now(by, key_id)?;
            self.detail(key_id)
        })
    }

    /// Revokes a key, on behalf of the operator.
    ///
    /// # Errors
    /// `not_found`.
    pub fn revoke_key(&self, key_id: &str, now_ms: i64) -> Result<KeyV1> {
        self.apply(|| self.revoke_now(&By::operator(now_ms), key_id).map(|record| public(&record)))
    }

    pub(super) fn revoke_now(&self, by: &By<'_>, key_id: &str) -> Result<ApiKeyRecord> {
        let Some(mut record) = self.lookup(key_id)? else { return Err(not_found("there is no such key")) };
        if record.revoked_at.is_none() {
            record.revoked_at = Some(by.now_ms.unsigned_abs());
            self.write_key(&record)?;
            self.record(by, "key.revoke", &format!("key_{key_id}"), json!({}))?;
        }
        Ok(record)
    }

    /// Notes that a key was used today: one write a day, not recorded. True when it was the day's first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn key_used(&self, key_id: &str, now_ms: i64) -> Result<bool> {
        let day = now_ms.div_euclid(DAY_MS);
        let sql =
            "UPDATE api_key SET last_used_day = ?2 WHERE key_id = ?1 AND coalesce(last_used_day, 0) < ?2 RETURNING 1";
        Ok(!self.store.exec(sql, &[key_id.into(), day.into()])?.is_empty())
    }

    pub(super) fn write_key(&self, record: &ApiKeyRecord) -> Result<()> {
        let text = serde_json::to_string(record).map_err(|_| Error::Stored("key"))?;
        self.store.exec(
            "INSERT INTO api_key (key_id, name, created_at, expires_at, revoked_at, record) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (key_id) DO UPDATE SET \
             name = ?2, created_at = ?3, expires_at = ?4, revoked_at = ?5, record = ?6",
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

    fn detail(&self, key_id: &str) -> Result<KeyDetailV1> {
        let sql = "SELECT record, last_used_day FROM api_key WHERE key_id = ?1";
        self.store.exec(sql, &[key_id.into()])?.first().map_or(Err(Error::Stored("key")), detail)
    }

    fn records(&self) -> Result<Vec<ApiKeyRecord>> {
        let rows = self.store.exec("SELECT record FROM api_key ORDER BY created_at DESC, key_id", &[])?;
        rows.into_iter().map(|mut row| read(&row.text(0)?)).collect()
    }
}

fn read(text: &str) -> Result<ApiKeyRecord> {
    json::from_str(text).map_err(|_| Error::Stored("key"))
}

fn is_live(record: &ApiKeyRecord, now_ms: i64) -> bool {
    record.revoked_at.is_none() && record.expires_at.is_none_or(|at| at > now_ms.unsigned_abs())
}

fn millis(at: u64) -> Millis {
    Millis(i64::try_from(at).unwrap_or(i64::MAX))
}

fn detail(mut row: Row) -> Result<KeyDetailV1> {
    let text = row.text(0)?;
    let Restrictions { kind, origins, networks } = json::from_str(&text).map_err(|_| Error::Stored("key"))?;
    let KeyV1 { schema_version, key_id, name, scopes, created_at, expires_at, revoked_at, key } = public(&read(&text)?);
    let last_used_on = row.maybe_int(1)?.map(|day| Millis(day * DAY_MS).day());
    let kind = kind.unwrap_or_else(|| "secret".to_owned());
    Ok(KeyDetailV1 {
        schema_version,
        key_id,
        name,
        kind,
        scopes,
        origins,
        networks,
        created_at,
        expires_at,
        revoked_at,
        last_used_on,
        key,
    })
}

fn public(record: &ApiKeyRecord) -> KeyV1 {
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
