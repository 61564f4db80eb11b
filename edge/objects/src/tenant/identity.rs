//! Who a person is at the tenant's issuers: whoever an issuer vouches for as that signs in as the person.

use super::{By, Tenant, conflict, issuer_id, not_found};
use crate::{Result, Row};
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::auth::{IdentitiesV1, IdentityV1};
use attune_contracts::canonical::sha256_hex;
use attune_contracts::people::PersonV1;
use attune_domain::Millis;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Most identities of a person.
pub const MAX_IDENTITIES: usize = 20;

/// Who a person is at an issuer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The issuer.
    pub issuer: String,
    /// `sub` there.
    pub subject: String,
}

attune_domain::silent!(Identity);

impl Identity {
    /// `idn_` and 32 hexadecimal digits: its name in addresses, where a subject, which may be an e-mail address, has no place.
    pub fn id(&self) -> String {
        // no issuer has a line feed in it
        let hash = sha256_hex(format!("{}\n{}", self.issuer, self.subject).as_bytes());
        format!("idn_{}", hash.get(..32).unwrap_or_default())
    }
}

impl Tenant {
    /// Says who a person is at an issuer. Again is harmless.
    ///
    /// # Errors
    /// `not_found`, `version_conflict` when another person is that, or this one has too many.
    pub fn link_identity(&self, by: &By<'_>, user_id: &str, identity: &Identity) -> Result<IdentityV1> {
        self.apply(|| {
            self.need_person(user_id)?;
            let held = self.identities_of(user_id)?;
            let id = identity.id();
            if let Some(known) = held.iter().find(|known| known.identity_id == id) {
                return Ok(known.clone());
            }
            if held.len() >= MAX_IDENTITIES {
                return Err(conflict("", "too_many", "the person has too many identities"));
            }
            self.link_now(user_id, identity, by.now_ms)?;
            self.record(by, "person.link", user_id, json!({ "issuer": issuer_id(&identity.issuer) }))?;
            let Identity { issuer, subject } = identity.clone();
            let linked_at = Millis(by.now_ms);
            Ok(IdentityV1 { schema_version: SCHEMA_VERSION, identity_id: id, issuer, subject, linked_at })
        })
    }

    pub(super) fn link_now(&self, user_id: &str, identity: &Identity, now_ms: i64) -> Result<()> {
        let linked = self.store.exec(
            "INSERT INTO identity (issuer, subject, user_id, linked_at) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT DO NOTHING RETURNING 1",
            &[(&identity.issuer).into(), (&identity.subject).into(), user_id.into(), now_ms.into()],
        )?;
        if linked.is_empty() { Err(conflict("", "taken", "another person has this identity")) } else { Ok(()) }
    }

    /// Takes an identity from a person: it signs nobody in any more.
    ///
    /// # Errors
    /// `not_found`.
    pub fn unlink_identity(&self, by: &By<'_>, user_id: &str, identity_id: &str) -> Result<()> {
        self.apply(|| {
            let held = self.identities_of(user_id)?;
            let found = held.into_iter().find(|held| held.identity_id == identity_id);
            let IdentityV1 { issuer, subject, .. } = found.ok_or_else(|| not_found("there is no such identity"))?;
            let sql = "DELETE FROM identity WHERE issuer = ?1 AND subject = ?2";
            self.store.exec(sql, &[(&issuer).into(), (&subject).into()])?;
            self.record(by, "person.unlink", user_id, json!({ "issuer": issuer_id(&issuer) })).map(drop)
        })
    }

    /// The identities of a person, the first linked first.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn identities(&self, user_id: &str) -> Result<IdentitiesV1> {
        Ok(IdentitiesV1 { schema_version: SCHEMA_VERSION, identities: self.identities_of(user_id)? })
    }

    fn identities_of(&self, user_id: &str) -> Result<Vec<IdentityV1>> {
        let sql =
            "SELECT issuer, subject, linked_at FROM identity WHERE user_id = ?1 ORDER BY linked_at, issuer, subject";
        self.store.exec(sql, &[user_id.into()])?.into_iter().map(read).collect()
    }

    /// The person with an identity at an issuer.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn person_of_identity(&self, identity: &Identity) -> Result<Option<PersonV1>> {
        let sql = "SELECT user_id FROM identity WHERE issuer = ?1 AND subject = ?2";
        let found = self.store.exec(sql, &[(&identity.issuer).into(), (&identity.subject).into()])?.first();
        let user_id = found.map(|mut row| row.text(0)).transpose()?;
        user_id.map_or(Ok(None), |user_id| self.person(&user_id))
    }
}

fn read(mut row: Row) -> Result<IdentityV1> {
    let identity = Identity { issuer: row.text(0)?, subject: row.text(1)? };
    let (identity_id, linked_at) = (identity.id(), Millis(row.int(2)?));
    let Identity { issuer, subject } = identity;
    Ok(IdentityV1 { schema_version: SCHEMA_VERSION, identity_id, issuer, subject, linked_at })
}
