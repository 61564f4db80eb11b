//! Who may change whom: judged here, in the transaction of the change, by what holds at that moment. The door's look at the
//! caller is up to 3 s old, and two requests at once would each see the other's state as it was.

use super::{By, Tenant, not_found};
use crate::{Error, Result};
use attune_contracts::ProblemCode;
use attune_contracts::people::PersonStatus;
use attune_identity::api_key::ApiKeyRecord;
use attune_identity::permission::{Permissions, RoleRef, Standing, may_change, may_grant};

/// Owners are counted where the change is made: see `keep_an_owner`.
const OWNERS_COUNTED: usize = usize::MAX;

impl Tenant {
    /// May the actor change this person, whose role stays? For changes of what is theirs in other objects.
    ///
    /// # Errors
    /// `not_found`, `forbidden`.
    pub fn may_change_person(&self, by: &By<'_>, user_id: &str) -> Result<()> {
        let role = self.person(user_id)?.ok_or_else(|| not_found("there is no such person"))?.role;
        self.judge_change(by, Some(&role), Some(&role))
    }

    /// Judges a change from one role to another (`None`: new or gone).
    pub(super) fn judge_change(&self, by: &By<'_>, before: Option<&str>, after: Option<&str>) -> Result<()> {
        // the role of an old invitation, or of who was removed, may be gone, and allows nothing then; nobody is given such a one
        if let Some(role) = after.filter(|role| before != Some(*role)) {
            self.check_role(role)?;
        }
        let before = before.map_or(Ok(None), |role| self.standing_of(role))?;
        let after = after.map_or(Ok(None), |role| self.standing_of(role))?;
        judged(may_change(self.authority(by)?, before, after, OWNERS_COUNTED))
    }

    /// Judges a new key: it may do nothing that its maker may not, and one that a key makes is bound as tightly as that one.
    pub(super) fn judge_key(&self, by: &By<'_>, record: &ApiKeyRecord) -> Result<()> {
        judged(may_grant(self.authority(by)?, record.scopes))?;
        match self.maker(by)? {
            Some(maker) => judged(record.bound_within(&maker)),
            None => Ok(()),
        }
    }

    /// The key that acts, if it is one and good.
    fn maker(&self, by: &By<'_>) -> Result<Option<ApiKeyRecord>> {
        by.actor.strip_prefix("key_").map_or(Ok(None), |key_id| self.live_key(key_id, by.now_ms))
    }

    /// Where the actor stands now. A key acts with its scopes and is never owner.
    ///
    /// # Errors
    /// `forbidden`: the actor is gone or suspended.
    pub(super) fn authority(&self, by: &By<'_>) -> Result<Standing> {
        if by.actor == By::OPERATOR {
            return Ok(Standing { owner: true, permissions: Permissions::all() });
        }
        if let Some(key) = self.maker(by)? {
            return Ok(key.scopes.into());
        }
        let person = self.person(by.actor)?.filter(|person| person.status == PersonStatus::Active);
        let nobody =
            || Error::refused(ProblemCode::Forbidden, "only active people and live keys of the tenant change it");
        let standing = self.standing_of(&person.ok_or_else(nobody)?.role)?;
        Ok(standing.unwrap_or(Permissions::NONE.into()))
    }

    /// What a role allows; `None`: there is no such role.
    fn standing_of(&self, role: &str) -> Result<Option<Standing>> {
        Ok(match role.parse::<RoleRef>() {
            Ok(RoleRef::BuiltIn(role)) => Some(role.into()),
            _ => self.role(role)?.map(|role| of_names(&role.permissions).into()),
        })
    }
}

/// Permissions by their names. One that this version does not know grants nothing.
pub(super) fn of_names(names: &[String]) -> Permissions {
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

/// `forbidden`, naming what is missing.
pub(super) fn judged<E: core::fmt::Display>(verdict: core::result::Result<(), E>) -> Result<()> {
    verdict.map_err(|e| Error::refused(ProblemCode::Forbidden, e.to_string()))
}
