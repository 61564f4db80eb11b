//! LiveKit projects. Several may be live at a time, so that keys are rotated with overlap: the newest makes tokens, each live
//! one verifies webhooks.

use super::settings::check_word;
use super::{By, Tenant, conflict, invalid, not_found};
use crate::{Result, Row};
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::voice::{ProjectV1, ProjectsV1};
use attune_domain::Millis;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Most projects of a tenant.
pub const MAX_PROJECTS: u64 = 20;

/// A project to be written.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewProject {
    /// API key.
    pub api_key: String,
    /// API secret, sealed; `None`: as it was.
    #[serde(default)]
    pub sealed_secret: Option<String>,
    /// Address, `wss://…`.
    pub url: String,
    /// Region.
    #[serde(default)]
    pub region: Option<String>,
    /// From when it is used, ms since 1970; `None`: from now on.
    #[serde(default)]
    pub live_from: Option<i64>,
    /// Until when; `None`: no end.
    #[serde(default)]
    pub live_until: Option<i64>,
}

/// A project as the maker of tokens needs it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectRecord {
    /// API key.
    pub api_key: String,
    /// API secret, sealed.
    pub sealed_secret: String,
    /// Address.
    pub url: String,
    /// Region.
    #[serde(default)]
    pub region: Option<String>,
    /// From when it is used, ms since 1970.
    pub live_from: i64,
    /// Until when; `None`: no end.
    #[serde(default)]
    pub live_until: Option<i64>,
    /// When it was made.
    pub created_at: i64,
}

attune_domain::silent!(NewProject { api_key }, ProjectRecord { api_key });

const COLUMNS: &str = "api_key, sealed_secret, url, region, live_from, live_until, created_at";

impl Tenant {
    /// Makes a project, or writes one anew. To rotate: put the new key, then the old one with an end.
    ///
    /// # Errors
    /// `not_found` without a tenant, `invalid_body`, `version_conflict` when there are too many.
    pub fn put_project(&self, by: &By<'_>, new: &NewProject) -> Result<ProjectV1> {
        let visible =
            |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        let word = new.api_key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !word || !visible(&new.api_key, 64) {
            return Err(invalid("/api_key", "invalid", "1 to 64 letters, digits and underscores"));
        }
        // a media server on the developer's own machine has no certificate
        let scheme = ["wss://", "https://", "ws://localhost", "ws://127.0.0.1"].iter().any(|s| new.url.starts_with(s));
        if !scheme || !visible(&new.url, 255) {
            return Err(invalid("/url", "invalid", "expected a wss address of at most 255 characters"));
        }
        new.region.as_deref().map(|region| check_word("/region", region)).transpose()?;
        self.apply(|| {
            self.need()?;
            let before = self.project(&new.api_key)?;
            let Some(sealed) = new.sealed_secret.as_ref().or(before.as_ref().map(|p| &p.sealed_secret)) else {
                return Err(invalid("/api_secret", "missing", "a new project needs its secret"));
            };
            let live_from = new.live_from.or(before.as_ref().map(|p| p.live_from)).unwrap_or(by.now_ms);
            if new.live_until.is_some_and(|until| until <= live_from) {
                return Err(invalid("/live_until", "out_of_range", "a time after live_from"));
            }
            let count = self.store.exec("SELECT count(*) FROM livekit_project", &[])?.first();
            if before.is_none() && count.map(|row| row.uint(0)).transpose()?.unwrap_or(0) >= MAX_PROJECTS {
                return Err(conflict("", "too_many", "the tenant has too many projects"));
            }
            self.store.exec(
                "INSERT INTO livekit_project (api_key, sealed_secret, url, region, live_from, live_until, created_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (api_key) DO UPDATE SET \
                 sealed_secret = ?2, url = ?3, region = ?4, live_from = ?5, live_until = ?6",
                &[
                    (&new.api_key).into(),
                    sealed.into(),
                    (&new.url).into(),
                    new.region.as_ref().into(),
                    live_from.into(),
                    new.live_until.into(),
                    by.now_ms.into(),
                ],
            )?;
            let action = if before.is_some() { "project.update" } else { "project.create" };
            let detail = json!({
                "live_from": live_from, "live_until": new.live_until, "secret_set": new.sealed_secret.is_some(),
            });
            self.record(by, action, &format!("prj_{}", new.api_key), detail)?;
            self.project(&new.api_key)?.map(|p| public(&p)).ok_or_else(|| not_found("there is no such project"))
        })
    }

    /// A project with its sealed secret, also one that is no longer live: for verifying a late webhook. Use by our own code
    /// is not recorded; showing a secret to a person is ([`Tenant::reveal_project_secret`]).
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn project(&self, api_key: &str) -> Result<Option<ProjectRecord>> {
        let sql = format!("SELECT {COLUMNS} FROM livekit_project WHERE api_key = ?1");
        self.store.exec(&sql, &[api_key.into()])?.first().map(read).transpose()
    }

    /// Projects that are live now, the newest first: the first one makes tokens (of a pinned region: the first of that region).
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn live_projects(&self, now_ms: i64) -> Result<Vec<ProjectRecord>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM livekit_project WHERE live_from <= ?1 AND (live_until IS NULL OR live_until > ?1) \
             ORDER BY live_from DESC, created_at DESC, api_key"
        );
        self.store.exec(&sql, &[now_ms.into()])?.into_iter().map(read).collect()
    }

    /// All projects, without secrets.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn projects(&self) -> Result<ProjectsV1> {
        let rows =
            self.store.exec(&format!("SELECT {COLUMNS} FROM livekit_project ORDER BY created_at, api_key"), &[])?;
        let projects = rows.into_iter().map(|row| read(row).map(|p| public(&p))).collect::<Result<_>>()?;
        Ok(ProjectsV1 { schema_version: SCHEMA_VERSION, projects })
    }

    /// The sealed secret, for somebody who wants to see it: recorded.
    ///
    /// # Errors
    /// `not_found`.
    pub fn reveal_project_secret(&self, by: &By<'_>, api_key: &str) -> Result<String> {
        self.apply(|| {
            let project = self.project(api_key)?.ok_or_else(|| not_found("there is no such project"))?;
            self.record(by, "project.secret_read", &format!("prj_{api_key}"), json!({}))?;
            Ok(project.sealed_secret)
        })
    }

    /// Takes a project away.
    ///
    /// # Errors
    /// `not_found`.
    pub fn delete_project(&self, by: &By<'_>, api_key: &str) -> Result<()> {
        self.apply(|| {
            let sql = "DELETE FROM livekit_project WHERE api_key = ?1 RETURNING 1";
            if self.store.exec(sql, &[api_key.into()])?.is_empty() {
                return Err(not_found("there is no such project"));
            }
            self.record(by, "project.delete", &format!("prj_{api_key}"), json!({})).map(drop)
        })
    }
}

fn public(record: &ProjectRecord) -> ProjectV1 {
    ProjectV1 {
        schema_version: SCHEMA_VERSION,
        api_key: record.api_key.clone(),
        url: record.url.clone(),
        region: record.region.clone(),
        live_from: Millis(record.live_from),
        live_until: record.live_until.map(Millis),
        created_at: Millis(record.created_at),
    }
}

fn read(mut row: Row) -> Result<ProjectRecord> {
    Ok(ProjectRecord {
        api_key: row.text(0)?,
        sealed_secret: row.text(1)?,
        url: row.text(2)?,
        region: row.maybe_text(3)?,
        live_from: row.int(4)?,
        live_until: row.maybe_int(5)?,
        created_at: row.int(6)?,
    })
}
