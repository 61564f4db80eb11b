//! Plan, region, settings and epoch of a tenant.

use super::{By, Tenant, check_name, invalid, not_found};
use crate::{Error, Result};
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::people::{Settings, TenantDetailV1, UpdateTenantV1};
use attune_domain::{Millis, TenantId, json};
use serde_json::json;

/// The setting by which what is said in chats is kept so many days, [`RETENTION_DAYS`]; without it 365.
pub const CHAT_RETENTION: &str = "chat_retention_days";
/// Its bounds.
pub const RETENTION_DAYS: std::ops::RangeInclusive<u64> = 1..=3_650;
/// Largest settings as JSON, bytes.
pub const MAX_SETTINGS: usize = 16_384;

impl Tenant {
    /// The tenant with all that its administrators see; `None` before it was made.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn details(&self) -> Result<Option<TenantDetailV1>> {
        let sql = "SELECT tenant_id, name, plan, region, settings, epoch, created_at FROM tenant";
        let Some(mut row) = self.store.exec(sql, &[])?.first() else { return Ok(None) };
        Ok(Some(TenantDetailV1 {
            schema_version: SCHEMA_VERSION,
            tenant_id: TenantId::parse(&row.text(0)?).map_err(|_| Error::Stored("tenant id"))?,
            name: row.text(1)?,
            plan: row.text(2)?,
            region: row.maybe_text(3)?,
            settings: json::from_str(&row.text(4)?).map_err(|_| Error::Stored("settings"))?,
            epoch: row.uint(5)?,
            created_at: Millis(row.int(6)?),
        }))
    }

    /// Changes name and settings; a setting of null is taken away.
    ///
    /// # Errors
    /// `not_found`, `invalid_body`.
    pub fn update(&self, by: &By<'_>, update: &UpdateTenantV1) -> Result<TenantDetailV1> {
        if let Some(name) = &update.name {
            check_name(name)?;
        }
        self.apply(|| {
            let before = self.need()?;
            let name = update.name.as_ref().unwrap_or(&before.name);
            let mut settings = before.settings.clone();
            settings.extend(update.settings.iter().map(|(k, v)| (k.clone(), v.clone())));
            settings.retain(|_, value| !value.is_null());
            let text = check_settings(&settings)?;
            self.store.exec("UPDATE tenant SET name = ?1, settings = ?2", &[name.into(), (&text).into()])?;
            // names of what was changed; what it was changed to is the tenant's business
            let mut changed: Vec<&str> = update.settings.keys().map(String::as_str).collect();
            changed.extend(update.name.is_some().then_some("name"));
            self.record(by, "tenant.update", before.tenant_id.as_str(), json!({ "changed": changed }))?;
            self.need()
        })
    }

    /// The plan; empty before the tenant was made.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn plan(&self) -> Result<String> {
        let row = self.store.exec("SELECT plan FROM tenant", &[])?.first();
        Ok(row.map(|mut row| row.text(0)).transpose()?.unwrap_or_default())
    }

    /// Sets plan and region.
    ///
    /// # Errors
    /// `not_found`, `invalid_body`.
    pub fn set_plan(&self, by: &By<'_>, plan: &str, region: Option<&str>) -> Result<TenantDetailV1> {
        check_word("/plan", plan)?;
        region.map(|region| check_word("/region", region)).transpose()?;
        self.apply(|| {
            let before = self.need()?;
            self.store.exec("UPDATE tenant SET plan = ?1, region = ?2", &[plan.into(), region.into()])?;
            self.record(by, "tenant.plan", before.tenant_id.as_str(), json!({ "plan": plan, "region": region }))?;
            self.need()
        })
    }

    /// The epoch: access tokens of lower ones are dead.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn epoch(&self) -> Result<u64> {
        let found = self.store.exec("SELECT epoch FROM tenant", &[])?.first();
        Ok(found.map(|row| row.uint(0)).transpose()?.unwrap_or(0))
    }

    /// Ends all access tokens of the tenant made so far. Gives the new epoch.
    ///
    /// # Errors
    /// `not_found`.
    pub fn raise_epoch(&self, by: &By<'_>) -> Result<u64> {
        self.apply(|| {
            let before = self.need()?;
            let epoch = before.epoch + 1;
            self.store.exec("UPDATE tenant SET epoch = ?1", &[epoch.into()])?;
            self.record(by, "tenant.epoch", before.tenant_id.as_str(), json!({ "epoch": epoch }))?;
            Ok(epoch)
        })
    }

    pub(super) fn need(&self) -> Result<TenantDetailV1> {
        self.details()?.ok_or_else(|| not_found("there is no such tenant"))
    }
}

fn check_settings(settings: &Settings) -> Result<String> {
    let good = |name: &str| {
        (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    if !settings.keys().all(|name| good(name)) {
        return Err(invalid("/settings", "invalid", "names of 1 to 64 letters, digits, dots, dashes and underscores"));
    }
    if settings
        .get(CHAT_RETENTION)
        .is_some_and(|days| !days.as_u64().is_some_and(|days| RETENTION_DAYS.contains(&days)))
    {
        return Err(invalid("/settings/chat_retention_days", "out_of_range", "expected 1 to 3650 days"));
    }
    let text = serde_json::to_string(settings).map_err(|_| Error::Stored("settings"))?;
    if text.len() > MAX_SETTINGS {
        return Err(invalid("/settings", "out_of_range", "at most 16 KiB in all"));
    }
    Ok(text)
}

pub(super) fn check_word(pointer: &str, word: &str) -> Result<()> {
    let good = (1..=40).contains(&word.len())
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b));
    if good {
        Ok(())
    } else {
        Err(invalid(pointer, "invalid", "1 to 40 lowercase letters, digits, dashes, underscores"))
    }
}
