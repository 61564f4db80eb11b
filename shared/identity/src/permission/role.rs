//! Roles: six that every tenant has, and those that it makes itself.

use super::{Error, Permission as P, Permissions};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Most characters in the name of a custom role.
pub const MAX_ROLE_NAME: usize = 40;

/// A role that every tenant has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BuiltIn {
    /// Everything, and owners.
    Owner,
    /// Everything but the tenant's own contract.
    Admin,
    /// People and rooms; reads what admins change.
    Manager,
    /// Daily work.
    Member,
    /// A person or a program that answers calls.
    Agent,
    /// A visitor of the widget.
    EndUser,
}

const END_USER: Permissions = Permissions::of(&[P::VoiceJoin, P::ChatConnect]);
const AGENT: Permissions = END_USER.or(Permissions::of(&[
    P::VoiceAgent,
    P::ChatRead,
    P::ChatWrite,
    P::RoomsRead,
    P::TenantRead,
    P::ConfigRead,
    P::StreamConnect,
    P::SnapshotsWrite,
    P::AudioWrite,
]));
const MEMBER: Permissions = END_USER.or(Permissions::of(&[
    P::UsersRead,
    P::RolesRead,
    P::TenantRead,
    P::RoomsRead,
    P::RoomsWrite,
    P::ConfigRead,
    P::RunsRead,
    P::RunsWrite,
    P::SnapshotsWrite,
    P::AudioWrite,
    P::StreamConnect,
]));
const MANAGER: Permissions = AGENT.or(MEMBER).or(Permissions::of(&[
    P::UsersWrite,
    P::InvitationsRead,
    P::InvitationsWrite,
    P::KeysRead,
    P::IssuersRead,
    P::ProjectsRead,
    P::AuditRead,
    P::DevicesRead,
    P::DevicesWrite,
    P::RoomsModerate,
    P::ConfigWrite,
    P::WidgetsRead,
]));
const ADMIN: Permissions = Permissions::all().without(Permissions::of(&[P::TenantWrite]));

impl BuiltIn {
    /// All of them, the mightiest first.
    pub const ALL: [Self; 6] = [Self::Owner, Self::Admin, Self::Manager, Self::Member, Self::Agent, Self::EndUser];

    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Member => "member",
            Self::Agent => "agent",
            Self::EndUser => "end_user",
        }
    }

    /// What the role may do.
    pub const fn permissions(self) -> Permissions {
        match self {
            Self::Owner => Permissions::all(),
            Self::Admin => ADMIN,
            Self::Manager => MANAGER,
            Self::Member => MEMBER,
            Self::Agent => AGENT,
            Self::EndUser => END_USER,
        }
    }
}

/// The role of a person: built in, or one of the tenant's own by its id (`rol_` and a lowercase ULID).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoleRef {
    /// A role that every tenant has.
    BuiltIn(BuiltIn),
    /// A custom role's id.
    Custom(String),
}

impl RoleRef {
    /// Before the ULID of a custom role.
    pub const PREFIX: &str = "rol_";

    /// The name or the id.
    pub fn as_str(&self) -> &str {
        match self {
            Self::BuiltIn(role) => role.as_str(),
            Self::Custom(id) => id,
        }
    }
}

impl fmt::Display for RoleRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for RoleRef {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Some(role) = BuiltIn::ALL.into_iter().find(|role| role.as_str() == text) {
            return Ok(Self::BuiltIn(role));
        }
        match text.strip_prefix(Self::PREFIX) {
            Some(ulid) if attune_domain::id::is_ulid(ulid) => Ok(Self::Custom(text.to_owned())),
            _ => Err(Error::UnknownRole),
        }
    }
}

impl Serialize for RoleRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for RoleRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A role that the tenant made. Unknown fields are ignored (a newer writer).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomRole {
    /// `rol_` and a lowercase ULID.
    pub id: String,
    /// Name for people, 1 to 40 characters.
    pub name: String,
    /// What the role may do, at least one permission.
    pub permissions: Permissions,
}

impl CustomRole {
    /// Checks the form of a role; who may make it is for [`super::may_define`].
    ///
    /// # Errors
    /// [`Error::UnknownRole`] for a bad id, [`Error::RoleName`], [`Error::EmptyRole`].
    pub fn new(id: &str, name: &str, permissions: Permissions) -> Result<Self, Error> {
        if !matches!(id.parse()?, RoleRef::Custom(_)) {
            return Err(Error::UnknownRole);
        }
        let good = (1..=MAX_ROLE_NAME).contains(&name.chars().count())
            && !name.chars().any(char::is_control)
            && name.trim() == name
            // `Owner` or `end user` would pass for what they are not
            && !BuiltIn::ALL.iter().any(|role| name.replace([' ', '-'], "_").eq_ignore_ascii_case(role.as_str()));
        if !good {
            return Err(Error::RoleName);
        }
        if permissions.is_empty() {
            return Err(Error::EmptyRole);
        }
        Ok(Self { id: id.to_owned(), name: name.to_owned(), permissions })
    }
}
