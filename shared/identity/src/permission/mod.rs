//! What somebody may do: one list of permissions for people, roles, API keys and tokens.
//!
//! A permission is a `noun:verb`. Stored and sent are names, never the bits: the order of the list may change, a name may not.
//! To add one: a line in [`list`], the role sets in [`role`], and the row of the route that asks for it.

mod list;
mod role;
mod rules;
mod set;

pub use list::Permission;
pub use role::{BuiltIn, CustomRole, MAX_ROLE_NAME, RoleRef};
pub use rules::{Standing, may_change, may_define, may_grant};
pub use set::Permissions;

/// Why a permission, a role or a grant was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No permission of this name.
    #[error("no permission has this name")]
    UnknownPermission,
    /// Neither a built-in role nor `rol_` and a ULID.
    #[error("no role has this name")]
    UnknownRole,
    /// A custom role's name has not 1 to 40 characters, has control characters, begins or ends with a space, or is that of a built-in role.
    #[error("a role's name has 1 to 40 characters, no control characters, and is not that of a built-in role")]
    RoleName,
    /// A custom role without a permission.
    #[error("a role needs at least one permission")]
    EmptyRole,
    /// The caller would give what they have not.
    #[error("nobody grants more than they have: {0} is missing")]
    Exceeds(Permission),
    /// The caller would change somebody who may do more than they.
    #[error("the person has a permission that you lack: {0}")]
    Outranked(Permission),
    /// Only an owner makes or removes an owner.
    #[error("only an owner makes or removes an owner")]
    OwnerOnly,
    /// A tenant keeps one owner.
    #[error("the last owner stays")]
    LastOwner,
}
