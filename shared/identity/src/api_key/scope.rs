//! What a key may do.

use crate::{Error, Result};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;

/// One permission of an API key. Written as its name, for example `snapshots:write`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Post station snapshots.
    #[serde(rename = "snapshots:write")]
    SnapshotsWrite,
    /// Ask for addresses to upload sound.
    #[serde(rename = "audio:write")]
    AudioWrite,
    /// Ask for an optimizer run.
    #[serde(rename = "runs:write")]
    RunsWrite,
    /// Read optimizer runs.
    #[serde(rename = "runs:read")]
    RunsRead,
    /// Change and roll back configuration.
    #[serde(rename = "config:write")]
    ConfigWrite,
    /// Read configuration and its history.
    #[serde(rename = "config:read")]
    ConfigRead,
    /// Hold a live connection of a station.
    #[serde(rename = "stream:connect")]
    StreamConnect,
}

impl Scope {
    /// All scopes, in the order in which they are written.
    pub const ALL: [Scope; 7] = [
        Scope::SnapshotsWrite,
        Scope::AudioWrite,
        Scope::RunsWrite,
        Scope::RunsRead,
        Scope::ConfigWrite,
        Scope::ConfigRead,
        Scope::StreamConnect,
    ];

    /// The name as in records and problems.
    pub const fn as_str(self) -> &'static str {
        match self {
            Scope::SnapshotsWrite => "snapshots:write",
            Scope::AudioWrite => "audio:write",
            Scope::RunsWrite => "runs:write",
            Scope::RunsRead => "runs:read",
            Scope::ConfigWrite => "config:write",
            Scope::ConfigRead => "config:read",
            Scope::StreamConnect => "stream:connect",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Scope::ALL.into_iter().find(|scope| scope.as_str() == name).ok_or(Error::ScopeName)
    }
}

/// The scopes of one key: a sorted array of names. Reading skips names that this version does not know: a newer writer may
/// have granted them, and a scope that nobody here asks for grants nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Every scope there is.
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// Whether `scope` is among them.
    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// The scopes in their order.
    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_agree_with_serde() {
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.as_str());
        }
        assert_eq!("snapshots:delete".parse::<Scope>(), Err(Error::ScopeName));
    }

    #[test]
    fn unknown_scopes_of_a_newer_writer_are_skipped() {
        let scopes: Scopes = serde_json::from_str(r#"["x:y","runs:read"]"#).unwrap();
        assert_eq!(scopes, [Scope::RunsRead].into_iter().collect());
        assert_eq!(serde_json::to_string(&Scopes::all()).unwrap().matches(':').count(), 7);
    }
}
