//! OIDC issuers whose tokens are good for this tenant. Client secrets are kept as sealed texts.

use super::{By, Tenant, conflict, invalid, list, not_found, read_list};
use crate::{Result, Row};
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::canonical::sha256_hex;
use attune_contracts::people::{IssuerV1, IssuersV1};
use attune_domain::Millis;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Most issuers of a tenant.
pub const MAX_ISSUERS: u64 = 20;

/// An issuer to be written.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewIssuer {
    /// Its identifier, an `https` address.
    pub issuer: String,
    /// Audiences that are good.
    pub audiences: Vec<String>,
    /// Client id there.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Client secret, sealed; `None`: as it was.
    #[serde(default)]
    pub sealed_secret: Option<String>,
}

/// An issuer as sign-in needs it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerRecord {
    /// Its identifier.
    pub issuer: String,
    /// Audiences that are good.
    pub audiences: Vec<String>,
    /// Client id there.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Client secret, sealed.
    #[serde(default)]
    pub sealed_secret: Option<String>,
    /// When it was made, ms since 1970.
    pub created_at: i64,
}

attune_domain::silent!(NewIssuer { issuer }, IssuerRecord { issuer });

const COLUMNS: &str = "issuer, audiences, client_id, sealed_secret, created_at";

impl Tenant {
    /// Makes an issuer, or writes one anew.
    ///
    /// # Errors
    /// `not_found` without a tenant, `invalid_body`, `version_conflict` when there are too many.
    pub fn put_issuer(&self, by: &By<'_>, new: &NewIssuer) -> Result<IssuerV1> {
        let visible =
            |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        // which hosts are good is the door's to judge; plain http is for the machine itself, and the door takes it locally only
        let secure = ["https://", "http://127.0.0.1", "http://localhost"].iter().any(|s| new.issuer.starts_with(s));
        if !secure || !visible(&new.issuer, 255) || new.issuer.contains('@') {
            return Err(invalid("/issuer", "invalid", "expected an https address of at most 255 characters"));
        }
        if !(1..=20).contains(&new.audiences.len()) || !new.audiences.iter().all(|a| visible(a, 255)) {
            return Err(invalid("/audiences", "invalid", "1 to 20 audiences of visible ASCII"));
        }
        if new.client_id.as_ref().is_some_and(|id| !visible(id, 255)) {
            return Err(invalid("/client_id", "invalid", "1 to 255 characters of visible ASCII"));
        }
        self.apply(|| {
            self.need()?;
            let before = self.issuer(&new.issuer)?;
            let count = self.store.exec("SELECT count(*) FROM issuer", &[])?.first();
            if before.is_none() && count.map(|row| row.uint(0)).transpose()?.unwrap_or(0) >= MAX_ISSUERS {
                return Err(conflict("", "too_many", "the tenant has too many issuers"));
            }
            self.store.exec(
                "INSERT INTO issuer (issuer, audiences, client_id, sealed_secret, created_at) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT (issuer) DO UPDATE SET audiences = ?2, client_id = ?3, \
                 sealed_secret = coalesce(?4, sealed_secret)",
                &[
                    (&new.issuer).into(),
                    (&list(&new.audiences)?).into(),
                    new.client_id.as_ref().into(),
                    new.sealed_secret.as_ref().into(),
                    by.now_ms.into(),
                ],
            )?;
            let action = if before.is_some() { "issuer.update" } else { "issuer.create" };
            let detail = json!({ "issuer": &new.issuer, "secret_set": new.sealed_secret.is_some() });
            self.record(by, action, &issuer_id(&new.issuer), detail)?;
            self.issuer(&new.issuer)?.map(|record| public(&record)).ok_or_else(|| not_found("there is no such issuer"))
        })
    }

    /// An issuer as sign-in needs it, with its sealed secret. The use of a secret by our own code is not recorded; showing one
    /// to a person is ([`Tenant::reveal_issuer_secret`]).
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn issuer(&self, issuer: &str) -> Result<Option<IssuerRecord>> {
        let sql = format!("SELECT {COLUMNS} FROM issuer WHERE issuer = ?1");
        self.store.exec(&sql, &[issuer.into()])?.first().map(read).transpose()
    }

    /// All issuers, without secrets.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn issuers(&self) -> Result<IssuersV1> {
        let rows = self.store.exec(&format!("SELECT {COLUMNS} FROM issuer ORDER BY issuer"), &[])?;
        let issuers = rows.into_iter().map(|row| read(row).map(|r| public(&r))).collect::<Result<_>>()?;
        Ok(IssuersV1 { schema_version: SCHEMA_VERSION, issuers })
    }

    /// The sealed client secret, for somebody who wants to see it: recorded.
    ///
    /// # Errors
    /// `not_found`.
    pub fn reveal_issuer_secret(&self, by: &By<'_>, issuer: &str) -> Result<String> {
        self.apply(|| {
            let sealed = self.issuer(issuer)?.and_then(|record| record.sealed_secret);
            let sealed = sealed.ok_or_else(|| not_found("there is no such secret"))?;
            self.record(by, "issuer.secret_read", &issuer_id(issuer), json!({}))?;
            Ok(sealed)
        })
    }

    /// Takes an issuer away: its tokens are refused from now on. Identities stay linked.
    ///
    /// # Errors
    /// `not_found`.
    pub fn delete_issuer(&self, by: &By<'_>, issuer: &str) -> Result<()> {
        self.apply(|| {
            if self.store.exec("DELETE FROM issuer WHERE issuer = ?1 RETURNING 1", &[issuer.into()])?.is_empty() {
                return Err(not_found("there is no such issuer"));
            }
            self.record(by, "issuer.delete", &issuer_id(issuer), json!({})).map(drop)
        })
    }
}

/// The id of an issuer in the audit trail: `iss_` and 16 digits of its SHA-256.
pub fn issuer_id(issuer: &str) -> String {
    format!("iss_{}", sha256_hex(issuer.as_bytes()).get(..16).unwrap_or_default())
}

fn public(record: &IssuerRecord) -> IssuerV1 {
    IssuerV1 {
        schema_version: SCHEMA_VERSION,
        issuer: record.issuer.clone(),
        audiences: record.audiences.clone(),
        client_id: record.client_id.clone(),
        has_secret: record.sealed_secret.is_some(),
        created_at: Millis(record.created_at),
    }
}

fn read(mut row: Row) -> Result<IssuerRecord> {
    Ok(IssuerRecord {
        issuer: row.text(0)?,
        audiences: read_list(&row.text(1)?)?,
        client_id: row.maybe_text(2)?,
        sealed_secret: row.maybe_text(3)?,
        created_at: row.int(4)?,
    })
}
