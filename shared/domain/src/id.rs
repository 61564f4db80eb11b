//! Prefixed ids. The variable part is a ULID in lowercase Crockford base32, so ids sort by the time they were made.

use crate::DomainError;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

const ULID_LEN: usize = 26;

/// A ULID as lowercase text: 48 bits of milliseconds since 1970, then 80 bits that the caller drew at random.
pub fn ulid_text(now_ms: i64, random: u128) -> String {
    ulid::Ulid::from_parts(now_ms.max(0).unsigned_abs(), random).to_string().to_ascii_lowercase()
}

/// Is `text` 26 characters of lowercase Crockford base32 that fit 128 bits?
pub fn is_ulid(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == ULID_LEN
        && bytes.first().is_some_and(|b| (b'0'..=b'7').contains(b))
        && bytes
            .iter()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'h' | b'j' | b'k' | b'm' | b'n' | b'p'..=b't' | b'v'..=b'z'))
}

macro_rules! prefixed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The prefix, with its underscore.
            pub const PREFIX: &str = concat!($prefix, "_");

            /// Makes an id from the present time and 80 random bits (the rest of `random` is ignored).
            pub fn new(now_ms: i64, random: u128) -> Self {
                Self(format!("{}{}", Self::PREFIX, ulid_text(now_ms, random)))
            }

            /// Reads an id.
            ///
            /// # Errors
            /// [`DomainError::Id`] when the prefix or the ULID is wrong.
            pub fn parse(text: &str) -> Result<Self, DomainError> {
                match text.strip_prefix(Self::PREFIX) {
                    Some(rest) if is_ulid(rest) => Ok(Self(text.to_owned())),
                    _ => Err(DomainError::Id { expected: concat!($prefix, "_ and a lowercase ULID of 26 characters") }),
                }
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl_text_id!($name);
    };
}

macro_rules! impl_text_id {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

prefixed_id!(
    /// A person of a tenant.
    UserId,
    "usr"
);
prefixed_id!(
    /// A device of a person: what holds a key.
    DeviceId,
    "dev"
);
prefixed_id!(
    /// A voice room.
    RoomId,
    "rm"
);
prefixed_id!(
    /// A chat room.
    ChatRoomId,
    "chr"
);
prefixed_id!(
    /// A picture in a chat room.
    AttachmentId,
    "att"
);
prefixed_id!(
    /// A widget.
    WidgetId,
    "wid"
);
prefixed_id!(
    /// An invitation.
    InvitationId,
    "inv"
);
prefixed_id!(
    /// A custom role.
    RoleId,
    "rol"
);
prefixed_id!(
    /// A phone call or meeting, named by the client that measures it.
    CallId, "call"
);
prefixed_id!(
    /// One run of an optimizer.
    RunId, "run"
);
prefixed_id!(
    /// One accepted change of configuration.
    ChangeId, "chg"
);

/// A cell: one AWS region, one Durable Object jurisdiction, its own queues and tables (decision 2). Two to eight lowercase letters and digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Cell(String);

impl Cell {
    /// Reads a cell name such as `eu1`.
    ///
    /// # Errors
    /// [`DomainError::Id`] when it is not two to eight lowercase letters and digits, beginning with a letter.
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        let ok = (2..=8).contains(&text.len())
            && text.as_bytes()[0].is_ascii_lowercase()
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if ok { Ok(Self(text.to_owned())) } else { Err(DomainError::Id { expected: "a cell such as eu1" }) }
    }

    /// The cell as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl_text_id!(Cell);

/// A tenant: `tnt_<cell>_<ulid>`. The cell is part of the id, so that routing needs no look-up.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct TenantId(String);

impl TenantId {
    const EXPECTED: &str = "tnt_<cell>_ and a lowercase ULID of 26 characters";

    /// Makes a tenant id from the present time and 80 random bits.
    pub fn new(cell: &Cell, now_ms: i64, random: u128) -> Self {
        Self(format!("tnt_{}_{}", cell.as_str(), ulid_text(now_ms, random)))
    }

    /// The tenant of a cell whose ULID is known (an API key carries it).
    ///
    /// # Errors
    /// [`DomainError::Id`] when `ulid` is not one.
    pub fn from_ulid(cell: &Cell, ulid: &str) -> Result<Self, DomainError> {
        if is_ulid(ulid) {
            Ok(Self(format!("tnt_{}_{ulid}", cell.as_str())))
        } else {
            Err(DomainError::Id { expected: Self::EXPECTED })
        }
    }

    /// Reads a tenant id.
    ///
    /// # Errors
    /// [`DomainError::Id`] when it is not of that form.
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        let wrong = DomainError::Id { expected: Self::EXPECTED };
        let (cell, ulid) = text.strip_prefix("tnt_").and_then(|rest| rest.split_once('_')).ok_or(wrong.clone())?;
        Cell::parse(cell).map_err(|_| wrong.clone())?;
        if is_ulid(ulid) { Ok(Self(text.to_owned())) } else { Err(wrong) }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The cell the tenant lives in.
    pub fn cell(&self) -> Cell {
        Cell(self.0.split('_').nth(1).unwrap_or_default().to_owned())
    }

    /// The ULID part.
    pub fn ulid(&self) -> &str {
        &self.0[self.0.len() - ULID_LEN..]
    }
}

impl_text_id!(TenantId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_read_back() {
        let early = CallId::new(1_000, 5);
        let late = CallId::new(2_000, 1);
        assert!(early < late);
        assert_eq!(CallId::parse(early.as_str()), Ok(early));
    }

    #[test]
    fn wrong_prefix_case_and_length_are_refused() {
        for text in [
            "",
            "call_",
            "run_01hzzzzzzzzzzzzzzzzzzzzzzz",
            "call_01HZZZZZZZZZZZZZZZZZZZZZZZ",
            "call_01hzzzzzzzzzzzzzzzzzzzzzzi",
            "call_81hzzzzzzzzzzzzzzzzzzzzzzz",
        ] {
            assert!(CallId::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_tenant_knows_its_cell_and_ulid() {
        let cell = Cell::parse("eu1").unwrap();
        let tenant = TenantId::new(&cell, 1_700_000_000_000, 42);
        assert_eq!(tenant.cell(), cell);
        assert_eq!(TenantId::from_ulid(&cell, tenant.ulid()), Ok(tenant.clone()));
        assert_eq!(serde_json::from_str::<TenantId>(&format!("\"{tenant}\"")).unwrap(), tenant);
        assert!(TenantId::parse("tnt_EU_01hzzzzzzzzzzzzzzzzzzzzzzz").is_err());
    }
}
