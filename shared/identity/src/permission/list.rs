//! The list.

use super::Error;
use core::{fmt, str::FromStr};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// One permission. Written as its name, for example `snapshots:write`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $($(#[$doc])* $variant,)*
        }

        impl Permission {
            /// All permissions, in the order in which they are written.
            pub const ALL: [Permission; [$($name),*].len()] = [$(Permission::$variant),*];

            /// The name as in records and problems.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Permission::$variant => $name,)*
                }
            }
        }
    };
}

permissions! {
    /// Post station snapshots.
    SnapshotsWrite = "snapshots:write",
    /// Ask for addresses to upload sound.
    AudioWrite = "audio:write",
    /// Ask for an optimizer run.
    RunsWrite = "runs:write",
    /// Read optimizer runs.
    RunsRead = "runs:read",
    /// Change and roll back configuration.
    ConfigWrite = "config:write",
    /// Read configuration and its history.
    ConfigRead = "config:read",
    /// Hold a live connection of a station.
    StreamConnect = "stream:connect",
    /// Read the people of the tenant.
    UsersRead = "users:read",
    /// Change roles, status and manager of people, and remove them.
    UsersWrite = "users:write",
    /// Read invitations.
    InvitationsRead = "invitations:read",
    /// Invite people and take invitations back.
    InvitationsWrite = "invitations:write",
    /// Read custom roles.
    RolesRead = "roles:read",
    /// Make, change and delete custom roles.
    RolesWrite = "roles:write",
    /// Read API keys, without their secrets.
    KeysRead = "keys:read",
    /// Make and revoke API keys.
    KeysWrite = "keys:write",
    /// Read the OIDC issuers of the tenant.
    IssuersRead = "issuers:read",
    /// Add, change and remove OIDC issuers.
    IssuersWrite = "issuers:write",
    /// Search the audit trail.
    AuditRead = "audit:read",
    /// Export the audit trail.
    AuditExport = "audit:export",
    /// Read plan, region and settings.
    TenantRead = "tenant:read",
    /// Change name, plan and settings.
    TenantWrite = "tenant:write",
    /// Read other people's devices; everybody reads their own.
    DevicesRead = "devices:read",
    /// Name and revoke other people's devices.
    DevicesWrite = "devices:write",
    /// Ask for a token to join a voice room.
    VoiceJoin = "voice:join",
    /// Ask for a token of a voice agent.
    VoiceAgent = "voice:agent",
    /// Read rooms and who is in them.
    RoomsRead = "rooms:read",
    /// Make, change and delete rooms.
    RoomsWrite = "rooms:write",
    /// Remove somebody from a room.
    RoomsModerate = "rooms:moderate",
    /// Read LiveKit projects, without their secrets.
    ProjectsRead = "projects:read",
    /// Add, rotate and remove LiveKit projects.
    ProjectsWrite = "projects:write",
    /// Hold a chat as the widget does.
    ChatConnect = "chat:connect",
    /// Read chat rooms.
    ChatRead = "chat:read",
    /// Join chat rooms as staff, take them over and end them.
    ChatWrite = "chat:write",
    /// Read widgets and what they report.
    WidgetsRead = "widgets:read",
    /// Make, change and delete widgets with their keys.
    WidgetsWrite = "widgets:write",
}

impl fmt::Display for Permission {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Permission {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|permission| permission.as_str() == name).ok_or(Error::UnknownPermission)
    }
}

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}
