//! Invitations: for one address, accepted once, for a week. Of the secret only a hash is kept.

use super::people::{check_email, normal};
use super::{By, Done, Identity, NewPerson, Tenant, conflict, not_found, page};
use crate::control_room::Once;
use crate::{Error, Result, Row};
use attune_contracts::people::{InvitationV1, InvitationsPageV1, PersonV1};
use attune_contracts::{ProblemCode, SCHEMA_VERSION};
use attune_domain::Millis;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// An invitation's life, ms.
pub const INVITATION_MS: i64 = 7 * 86_400_000;
/// Most invitations that wait.
pub const MAX_INVITATIONS: u64 = 1_000;

/// An invitation to be made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInvitation {
    /// `inv_<ulid>`, new.
    pub invitation_id: String,
    /// Hash of its secret.
    pub token_hash: String,
    /// E-mail address.
    pub email: String,
    /// Role.
    pub role: String,
}

/// Who accepts an invitation, after signing in as the owner of an address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// Hash of the secret.
    pub token_hash: String,
    /// `usr_<ulid>`, new.
    pub user_id: String,
    /// The address that was proven to be the person's; `None` where the secret itself is the proof, as it was sent there.
    #[serde(default)]
    pub email: Option<String>,
    /// Name.
    pub name: String,
    /// Who the person is elsewhere.
    #[serde(default)]
    pub identity: Option<Identity>,
}

attune_domain::silent!(NewInvitation, Acceptance);

/// What invitations are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationQuery {
    /// Only those that can still be accepted.
    #[serde(default)]
    pub open: bool,
    /// `next_cursor` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// 1 to 100.
    pub limit: u32,
}

const COLUMNS: &str =
    "invitation_id, email, role, invited_by, created_at, expires_at, accepted_at, accepted_by, revoked_at";

impl Tenant {
    /// Invites somebody. An open invitation of the same address is revoked: the newest counts.
    ///
    /// # Errors
    /// `not_found` without a tenant, `invalid_body`, `forbidden`, `version_conflict` when a person has the address or too many
    /// wait, `idempotency_mismatch`.
    pub fn invite(&self, by: &By<'_>, once: Option<&Once<'_>>, new: &NewInvitation) -> Result<Done<InvitationV1>> {
        check_email(&new.email)?;
        let email = normal(&new.email);
        self.change(by, once, || {
            self.need()?;
            self.judge_change(by, None, Some(&new.role))?;
            if self.person_of_email(&email)?.is_some() {
                return Err(conflict("/email", "taken", "a person has this address already"));
            }
            let open = "accepted_at IS NULL AND revoked_at IS NULL AND expires_at > ?1";
            let count = format!("SELECT count(*) FROM invitation WHERE {open}");
            let count = self.store.exec(&count, &[by.now_ms.into()])?.first();
            if count.map(|row| row.uint(0)).transpose()?.unwrap_or(0) >= MAX_INVITATIONS {
                return Err(conflict("", "too_many", "too many invitations wait"));
            }
            let earlier = format!("SELECT invitation_id FROM invitation WHERE email = ?2 AND {open}");
            for mut row in self.store.exec(&earlier, &[by.now_ms.into(), (&email).into()])? {
                self.revoke_invitation_now(by, &row.text(0)?)?;
            }
            self.store.exec(
                "INSERT INTO invitation (invitation_id, token_hash, email, role, invited_by, created_at, expires_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                &[
                    (&new.invitation_id).into(),
                    (&new.token_hash).into(),
                    (&email).into(),
                    (&new.role).into(),
                    by.actor.into(),
                    by.now_ms.into(),
                    (by.now_ms + INVITATION_MS).into(),
                ],
            )?;
            self.record(by, "invitation.create", &new.invitation_id, json!({ "role": &new.role }))?;
            self.invitation(&new.invitation_id)?.ok_or(Error::Stored("invitation"))
        })
    }

    /// Accepts an invitation, once. The same person again gets the same answer.
    ///
    /// # Errors
    /// `not_found` for an unknown secret; `version_conflict` when it was accepted, revoked or has expired, or the address is
    /// taken; `forbidden` for another address than the invited one; `invalid_body`.
    pub fn accept_invitation(&self, accept: &Acceptance, now_ms: i64) -> Result<PersonV1> {
        self.apply(|| {
            let sql = format!("SELECT {COLUMNS} FROM invitation WHERE token_hash = ?1");
            let found = self.store.exec(&sql, &[(&accept.token_hash).into()])?.first().map(read).transpose()?;
            let invitation = found.ok_or_else(|| not_found("there is no such invitation"))?;
            if accept.email.as_deref().is_some_and(|email| normal(email) != invitation.email) {
                return Err(Error::refused(ProblemCode::Forbidden, "the invitation is for another address"));
            }
            if let Some(who) = &invitation.accepted_by {
                // whoever accepted is known by id, or by the identity that signed in
                let same = who == &accept.user_id
                    || match &accept.identity {
                        Some(identity) => self.person_of_identity(identity)?.is_some_and(|p| &p.user_id == who),
                        None => false,
                    };
                let person = if same { self.person(who)? } else { None };
                return person.ok_or_else(|| conflict("/token", "accepted", "the invitation was accepted before"));
            }
            if invitation.revoked_at.is_some() {
                return Err(conflict("/token", "revoked", "the invitation was revoked"));
            }
            if invitation.expires_at.0 <= now_ms {
                return Err(conflict("/token", "expired", "the invitation has expired"));
            }
            let InvitationV1 { invitation_id, email, role, .. } = invitation;
            let Acceptance { user_id, name, identity, .. } = accept.clone();
            let person = NewPerson { user_id, email, name, role, identity };
            self.insert_person(&person, now_ms)?;
            self.store.exec(
                "UPDATE invitation SET accepted_at = ?2, accepted_by = ?3 WHERE invitation_id = ?1",
                &[(&invitation_id).into(), now_ms.into(), (&person.user_id).into()],
            )?;
            let by = By { actor: &person.user_id, now_ms };
            let detail = json!({ "user_id": &person.user_id, "role": &person.role });
            self.record(&by, "invitation.accept", &invitation_id, detail)?;
            self.person(&person.user_id)?.ok_or(Error::Stored("person"))
        })
    }

    /// An invitation.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn invitation(&self, invitation_id: &str) -> Result<Option<InvitationV1>> {
        let sql = format!("SELECT {COLUMNS} FROM invitation WHERE invitation_id = ?1");
        self.store.exec(&sql, &[invitation_id.into()])?.first().map(read).transpose()
    }

    /// A page of invitations, the newest first.
    ///
    /// # Errors
    /// `invalid_parameter`, [`Error::Store`].
    pub fn invitations(&self, query: &InvitationQuery, now_ms: i64) -> Result<InvitationsPageV1> {
        let limit = page::limit(query.limit)?;
        let below = page::id(query.cursor.as_deref())?;
        let rows = self.store.exec(
            &format!(
                "SELECT {COLUMNS} FROM invitation WHERE (?1 = '' OR invitation_id < ?1) AND (?2 = 0 OR \
                 (accepted_at IS NULL AND revoked_at IS NULL AND expires_at > ?3)) ORDER BY invitation_id DESC LIMIT ?4"
            ),
            &[below.into(), query.open.into(), now_ms.into(), (limit + 1).into()],
        )?;
        let mut invitations = rows.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        let next_cursor = page::cut(&mut invitations, limit, |i: &InvitationV1| i.invitation_id.clone());
        Ok(InvitationsPageV1 { schema_version: SCHEMA_VERSION, invitations, next_cursor })
    }

    /// Revokes an open invitation. Again is harmless.
    ///
    /// # Errors
    /// `not_found`, `forbidden`, `version_conflict` when it was accepted.
    pub fn revoke_invitation(&self, by: &By<'_>, invitation_id: &str) -> Result<InvitationV1> {
        self.apply(|| {
            let before = self.invitation(invitation_id)?.ok_or_else(|| not_found("there is no such invitation"))?;
            self.judge_change(by, Some(&before.role), None)?;
            if before.accepted_at.is_some() {
                return Err(conflict("", "accepted", "the invitation was accepted: remove the person instead"));
            }
            if before.revoked_at.is_none() {
                self.revoke_invitation_now(by, invitation_id)?;
            }
            self.invitation(invitation_id)?.ok_or(Error::Stored("invitation"))
        })
    }

    fn revoke_invitation_now(&self, by: &By<'_>, invitation_id: &str) -> Result<()> {
        let sql = "UPDATE invitation SET revoked_at = ?2 WHERE invitation_id = ?1";
        self.store.exec(sql, &[invitation_id.into(), by.now_ms.into()])?;
        self.record(by, "invitation.revoke", invitation_id, json!({})).map(drop)
    }
}

fn read(mut row: Row) -> Result<InvitationV1> {
    Ok(InvitationV1 {
        schema_version: SCHEMA_VERSION,
        invitation_id: row.text(0)?,
        email: row.text(1)?,
        role: row.text(2)?,
        invited_by: row.text(3)?,
        created_at: Millis(row.int(4)?),
        expires_at: Millis(row.int(5)?),
        accepted_at: row.maybe_int(6)?.map(Millis),
        accepted_by: row.maybe_text(7)?,
        revoked_at: row.maybe_int(8)?.map(Millis),
        token: None,
    })
}
