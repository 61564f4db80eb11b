//! The two kinds of key, their prefixes, and the expressions by which a scanner finds them.

use super::{Scope, Scopes};
use serde::{Deserialize, Serialize};

/// Whether a key is a secret, or may stand in a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// `atn_…`: known to servers only.
    #[default]
    Secret,
    /// `pk_…`: stands in the source of a page (`data-key`), and is good from the allowed origins alone.
    Publishable,
}

impl KeyKind {
    /// What a publishable key may carry: everybody who sees the page has it.
    pub const PUBLISHABLE: Scopes = Scopes::of(&[Scope::VoiceJoin, Scope::ChatConnect]);

    pub(super) const fn prefix(self) -> &'static str {
        match self {
            KeyKind::Secret => "atn_",
            KeyKind::Publishable => "pk_",
        }
    }

    /// Random characters after the key id: 190 bits that nobody can guess, or 95 that nobody makes up by mistake.
    pub(super) const fn random(self) -> usize {
        match self {
            KeyKind::Secret => 32,
            KeyKind::Publishable => 16,
        }
    }

    pub(super) fn is_secret(&self) -> bool {
        *self == KeyKind::Secret
    }
}

/// A secret key as a regular expression, for secret scanners. What matches is a key of ours when, besides, its last 6
/// characters are the checksum of the rest: see [`super::ApiKey::parse`].
pub const SECRET_KEY_PATTERN: &str = "atn_(live|test)_[a-z][a-z0-9]{1,9}_[0-7][0-9a-hjkmnp-tv-z]{31}_[0-9A-Za-z]{38}";

/// A publishable key as a regular expression. Finding one is no leak: scanners should leave it alone.
pub const PUBLISHABLE_KEY_PATTERN: &str =
    "pk_(live|test)_[a-z][a-z0-9]{1,9}_[0-7][0-9a-hjkmnp-tv-z]{31}_[0-9A-Za-z]{22}";
