//! People: who they are, what role they have, who may still sign in.

use super::{By, Done, Identity, Tenant, check_name, conflict, invalid, not_found, page, read_list};
use crate::control_room::Once;
use crate::{Error, Result, Row};
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::people::{PeoplePageV1, PersonStatus, PersonV1};
use attune_domain::Millis;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Longest chain of managers.
pub const MAX_MANAGERS: usize = 20;

/// A person who joins without an invitation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPerson {
    /// `usr_<ulid>`, new.
    pub user_id: String,
    /// E-mail address.
    pub email: String,
    /// Name.
    pub name: String,
    /// Role.
    pub role: String,
    /// Who the person is elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
}

/// What is to be changed of a person; absent stays.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonChange {
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// Role.
    #[serde(default)]
    pub role: Option<String>,
    /// Manager; empty: none.
    #[serde(default)]
    pub manager: Option<String>,
    /// `Active` or `Suspended`.
    #[serde(default)]
    pub status: Option<PersonStatus>,
}

attune_domain::silent!(NewPerson, PersonChange);

/// What people are asked for; absent: any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleQuery {
    /// Of this role.
    #[serde(default)]
    pub role: Option<String>,
    /// Of this status; absent: all but removed ones.
    #[serde(default)]
    pub status: Option<PersonStatus>,
    /// With this manager.
    #[serde(default)]
    pub manager: Option<String>,
    /// With exactly this address.
    #[serde(default)]
    pub email: Option<String>,
    /// `next_cursor` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// 1 to 100.
    pub limit: u32,
}

/// All that a permission check needs to know of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The user.
    pub user_id: String,
    /// Role.
    pub role: String,
    /// Of a custom role: its permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
    /// Status.
    pub status: PersonStatus,
    /// The tenant's epoch.
    pub epoch: u64,
    /// The tenant's plan.
    pub plan: String,
}

const COLUMNS: &str = "user_id, email, name, role, status, manager, created_at";

impl Tenant {
    /// Adds a person: the first owner, or somebody whom a trusted issuer vouches for.
    ///
    /// # Errors
    /// `not_found` without a tenant, `invalid_body`, `version_conflict` when the address, the identity or the id is taken,
    /// `idempotency_mismatch`.
    pub fn add_person(&self, by: &By<'_>, once: Option<&Once<'_>>, person: &NewPerson) -> Result<Done<PersonV1>> {
        self.change(by, once, || {
            self.need()?;
            self.insert_person(person, by.now_ms)?;
            self.record(by, "person.add", &person.user_id, json!({ "role": &person.role }))?;
            self.need_person(&person.user_id)
        })
    }

    pub(super) fn insert_person(&self, person: &NewPerson, now_ms: i64) -> Result<()> {
        check_name(&person.name)?;
        check_email(&person.email)?;
        self.check_role(&person.role)?;
        if self.person(&person.user_id)?.is_some() {
            return Err(conflict("", "taken", "the user id is taken"));
        }
        let email = normal(&person.email);
        if self.person_of_email(&email)?.is_some() {
            return Err(conflict("/email", "taken", "a person has this address already"));
        }
        self.store.exec(
            "INSERT INTO person (user_id, email, name, role, status, created_at) VALUES (?1, ?2, ?3, ?4, 'active', ?5)",
            &[(&person.user_id).into(), (&email).into(), (&person.name).into(), (&person.role).into(), now_ms.into()],
        )?;
        person.identity.as_ref().map_or(Ok(()), |identity| self.link_now(&person.user_id, identity, now_ms))
    }

    /// A person, also a removed one.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn person(&self, user_id: &str) -> Result<Option<PersonV1>> {
        let sql = format!("SELECT {COLUMNS} FROM person WHERE user_id = ?1");
        self.store.exec(&sql, &[user_id.into()])?.first().map(read).transpose()
    }

    /// The person with an address, however its letters are written.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn person_of_email(&self, email: &str) -> Result<Option<PersonV1>> {
        let sql = format!("SELECT {COLUMNS} FROM person WHERE email = ?1 AND email <> ''");
        self.store.exec(&sql, &[(&normal(email)).into()])?.first().map(read).transpose()
    }

    /// What a permission check needs, in one look-up; `None`: no such person.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn standing(&self, user_id: &str) -> Result<Option<Standing>> {
        let sql = "SELECT p.role, p.status, r.permissions, t.epoch, t.plan FROM person p \
                   LEFT JOIN custom_role r ON r.role_id = p.role CROSS JOIN tenant t WHERE p.user_id = ?1";
        let Some(mut row) = self.store.exec(sql, &[user_id.into()])?.first() else { return Ok(None) };
        Ok(Some(Standing {
            user_id: user_id.to_owned(),
            role: row.text(0)?,
            status: PersonStatus::parse(&row.text(1)?).ok_or(Error::Stored("status"))?,
            permissions: row.maybe_text(2)?.map(|text| read_list(&text)).transpose()?,
            epoch: row.uint(3)?,
            plan: row.text(4)?,
        }))
    }

    /// A page of people.
    ///
    /// # Errors
    /// `invalid_parameter`, [`Error::Store`].
    pub fn people(&self, query: &PeopleQuery) -> Result<PeoplePageV1> {
        let limit = page::limit(query.limit)?;
        let after = page::id(query.cursor.as_deref())?;
        let email = query.email.as_deref().map(normal);
        let rows = self.store.exec(
            &format!(
                "SELECT {COLUMNS} FROM person WHERE user_id > ?1 AND (?2 IS NULL OR role = ?2) \
                 AND ((?3 IS NULL AND status <> 'removed') OR status = ?3) AND (?4 IS NULL OR manager = ?4) \
                 AND (?5 IS NULL OR email = ?5) ORDER BY user_id LIMIT ?6"
            ),
            &[
                after.into(),
                query.role.as_deref().into(),
                query.status.map(PersonStatus::as_str).into(),
                query.manager.as_deref().into(),
                email.as_deref().into(),
                (limit + 1).into(),
            ],
        )?;
        let mut people = rows.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        let next_cursor = page::cut(&mut people, limit, |person: &PersonV1| person.user_id.clone());
        Ok(PeoplePageV1 { schema_version: SCHEMA_VERSION, people, next_cursor })
    }

    /// Changes a person. One row of the trail; a new status is told to the person's session (start a drain).
    ///
    /// # Errors
    /// `not_found`, `invalid_body`, `forbidden`, `version_conflict` for the last owner.
    pub fn change_person(&self, by: &By<'_>, user_id: &str, change: &PersonChange) -> Result<PersonV1> {
        self.apply(|| {
            let before = self.need_person(user_id)?;
            // also where the person is suspended in the same breath: the role stays, and may be woken later
            let role = change.role.as_ref().unwrap_or(&before.role);
            self.judge_change(by, Some(&before.role), Some(role))?;
            if let Some(name) = &change.name {
                check_name(name)?;
            }
            if change.status == Some(PersonStatus::Removed) {
                return Err(invalid("/status", "invalid", "expected active or suspended"));
            }
            let name = change.name.as_ref().unwrap_or(&before.name);
            let status = change.status.unwrap_or(before.status);
            let manager = match change.manager.as_deref() {
                None => before.manager.clone(),
                Some("") => None,
                Some(manager) => {
                    self.check_manager(user_id, manager)?;
                    Some(manager.to_owned())
                }
            };
            if role != "owner" || status != PersonStatus::Active {
                self.keep_an_owner(&before)?;
            }
            self.store.exec(
                "UPDATE person SET name = ?2, role = ?3, status = ?4, manager = ?5 WHERE user_id = ?1",
                &[user_id.into(), name.into(), role.into(), status.as_str().into(), manager.as_ref().into()],
            )?;
            let after = self.need_person(user_id)?;
            if after == before {
                return Ok(after);
            }
            let mut detail = serde_json::Map::new();
            if after.role != before.role {
                detail.insert("role".into(), json!([before.role, after.role]));
            }
            if after.status != before.status {
                detail.insert("status".into(), json!([before.status, after.status]));
            }
            if after.manager != before.manager {
                detail.insert("manager".into(), json!([before.manager, after.manager]));
            }
            if after.name != before.name {
                detail.insert("name".into(), json!("changed"));
            }
            let seq = self.record(by, "person.change", user_id, detail.into())?;
            if after.status != before.status {
                let active = after.status == PersonStatus::Active;
                self.tell_session(user_id, seq, active, false, by.now_ms)?;
            }
            Ok(after)
        })
    }

    /// Removes a person for good: name, address and identities are erased, and so is the session (start a drain). Again is
    /// harmless.
    ///
    /// # Errors
    /// `not_found`, `forbidden`, `version_conflict` for the last owner.
    pub fn remove_person(&self, by: &By<'_>, user_id: &str) -> Result<()> {
        self.apply(|| {
            let before = self.person(user_id)?.ok_or_else(|| not_found("there is no such person"))?;
            self.judge_change(by, Some(&before.role), None)?;
            if before.status == PersonStatus::Removed {
                return Ok(());
            }
            self.keep_an_owner(&before)?;
            let sql = "UPDATE person SET email = '', name = '', status = 'removed', manager = NULL WHERE user_id = ?1";
            self.store.exec(sql, &[user_id.into()])?;
            self.store.exec("UPDATE person SET manager = NULL WHERE manager = ?1", &[user_id.into()])?;
            self.store.exec("DELETE FROM identity WHERE user_id = ?1", &[user_id.into()])?;
            let email = before.email.as_str();
            let sql = "UPDATE invitation SET email = '' WHERE accepted_by = ?1 OR (email = ?2 AND ?2 <> '')";
            self.store.exec(sql, &[user_id.into(), email.into()])?;
            // first answers that are kept for repeats hold the address as well
            let sql = "DELETE FROM idempotency WHERE instr(answer, ?1) > 0 OR (?2 <> '' AND instr(answer, ?2) > 0)";
            self.store.exec(sql, &[user_id.into(), email.into()])?;
            let seq = self.record(by, "person.remove", user_id, json!({ "role": before.role }))?;
            self.tell_session(user_id, seq, false, true, by.now_ms)
        })
    }

    /// A person who was not removed.
    pub(super) fn need_person(&self, user_id: &str) -> Result<PersonV1> {
        let person = self.person(user_id)?.filter(|p| p.status != PersonStatus::Removed);
        person.ok_or_else(|| not_found("there is no such person"))
    }

    /// Refuses to take away the last active owner.
    fn keep_an_owner(&self, person: &PersonV1) -> Result<()> {
        if person.role != "owner" || person.status != PersonStatus::Active {
            return Ok(());
        }
        let others = "SELECT 1 FROM person WHERE role = 'owner' AND status = 'active' AND user_id <> ?1 LIMIT 1";
        if self.store.exec(others, &[(&person.user_id).into()])?.is_empty() {
            return Err(conflict("", "last_owner", "a tenant keeps one active owner"));
        }
        Ok(())
    }

    fn check_manager(&self, user_id: &str, manager: &str) -> Result<()> {
        let wrong = |detail: &str| Err(invalid("/manager", "invalid", detail));
        let mut above = Some(manager.to_owned());
        for _ in 0..MAX_MANAGERS {
            let Some(id) = above else { return Ok(()) };
            if id == user_id {
                return wrong("nobody is their own manager");
            }
            match self.person(&id)?.filter(|p| p.status != PersonStatus::Removed) {
                Some(person) => above = person.manager,
                None => return wrong("expected the id of a person"),
            }
        }
        if above.is_some() { wrong("too many managers above") } else { Ok(()) }
    }
}

/// Addresses are compared without regard to the case of letters.
pub(super) fn normal(email: &str) -> String {
    email.trim().to_lowercase()
}

pub(super) fn check_email(email: &str) -> Result<()> {
    let good = email.len() <= 254
        && email
            .rsplit_once('@')
            .is_some_and(|(local, host)| !local.is_empty() && local.len() <= 64 && host.contains('.'))
        && !email.chars().any(|c| c.is_control() || c.is_whitespace());
    if good { Ok(()) } else { Err(invalid("/email", "invalid", "expected an e-mail address")) }
}

fn read(mut row: Row) -> Result<PersonV1> {
    Ok(PersonV1 {
        schema_version: SCHEMA_VERSION,
        user_id: row.text(0)?,
        email: row.text(1)?,
        name: row.text(2)?,
        role: row.text(3)?,
        status: PersonStatus::parse(&row.text(4)?).ok_or(Error::Stored("status"))?,
        manager: row.maybe_text(5)?,
        created_at: Millis(row.int(6)?),
    })
}
