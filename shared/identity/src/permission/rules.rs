//! Who may give what to whom.

use super::{BuiltIn, CustomRole, Error, Permissions};

/// Where somebody stands: what the role allows, and whether that role is owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether the role is owner. An API key never is.
    pub owner: bool,
    /// What it may do.
    pub permissions: Permissions,
}

impl From<BuiltIn> for Standing {
    fn from(role: BuiltIn) -> Self {
        Self { owner: role == BuiltIn::Owner, permissions: role.permissions() }
    }
}

impl From<&CustomRole> for Standing {
    fn from(role: &CustomRole) -> Self {
        Self { owner: false, permissions: role.permissions }
    }
}

/// An API key or a token with these permissions.
impl From<Permissions> for Standing {
    fn from(permissions: Permissions) -> Self {
        Self { owner: false, permissions }
    }
}

/// May `actor` give `wanted` to a key, an invitation or a role?
///
/// # Errors
/// [`Error::Exceeds`], with the first permission that they lack.
pub fn may_grant(actor: Standing, wanted: Permissions) -> Result<(), Error> {
    wanted.first_beyond(actor.permissions).map_or(Ok(()), |beyond| Err(Error::Exceeds(beyond)))
}

/// May `actor` make a custom role (`before` is `None`), change it, or delete it (`after` is `None`)? Neither the role as it
/// was nor as it becomes may hold more than they have.
///
/// # Errors
/// [`Error::Outranked`], [`Error::Exceeds`].
pub fn may_define(actor: Standing, before: Option<Permissions>, after: Option<Permissions>) -> Result<(), Error> {
    let before = before.unwrap_or_default();
    before.first_beyond(actor.permissions).map_or(Ok(()), |beyond| Err(Error::Outranked(beyond)))?;
    may_grant(actor, after.unwrap_or_default())
}

/// May `actor` take a person from `before` (`None`: invited or new) to `after` (`None`: removed or suspended), while the
/// tenant has `owners` active owners? Holds for oneself too.
///
/// # Errors
/// [`Error::OwnerOnly`], [`Error::LastOwner`], [`Error::Outranked`], [`Error::Exceeds`], in this order.
pub fn may_change(
    actor: Standing,
    before: Option<Standing>,
    after: Option<Standing>,
    owners: usize,
) -> Result<(), Error> {
    let [was, becomes] = [before, after].map(|standing| standing.is_some_and(|standing| standing.owner));
    if (was || becomes) && !actor.owner {
        return Err(Error::OwnerOnly);
    }
    if was && !becomes && owners <= 1 {
        return Err(Error::LastOwner);
    }
    may_define(actor, before.map(|standing| standing.permissions), after.map(|standing| standing.permissions))
}
