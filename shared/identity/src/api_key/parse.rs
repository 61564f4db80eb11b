//! The text of a key: reading and making it.

use super::KeyKind;
use super::alphabet::{BASE62, CROCKFORD, checksum, choose, is_base62, is_cell, is_crockford, is_ulid};
use crate::{Error, Result};
use core::fmt;

/// Random bytes that [`ApiKey::generate`] wants: 38 are used, the rest covers rejected ones (running out has a
/// probability below 10^-20).
pub const ENTROPY: usize = 64;

const KEY_ID: usize = 32;
const CRC: usize = 6;

/// Whether a key touches live data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// `atn_live_…`
    Live,
    /// `atn_test_…`: every environment that is not production.
    Test,
}

impl Environment {
    /// `live` or `test`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Environment::Live => "live",
            Environment::Test => "test",
        }
    }
}

/// Where the cell begins: after the prefix and `live_` or `test_`.
const fn cell_start(kind: KeyKind) -> usize {
    kind.prefix().len() + "live_".len()
}

/// A well-formed API key. It is not yet known whether it is a good one: see [`super::authenticate`].
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    text: String,
    kind: KeyKind,
    environment: Environment,
    cell_end: usize,
}

impl ApiKey {
    /// Reads a key as sent by a client.
    ///
    /// # Errors
    /// The `Key…` variants of [`Error`] that name the first fault in the order of the text; the checksum is looked at last.
    pub fn parse(text: &str) -> Result<Self> {
        let kinds = [KeyKind::Secret, KeyKind::Publishable];
        let kind = kinds.into_iter().find(|kind| text.starts_with(kind.prefix())).ok_or(Error::KeyPrefix)?;
        let rest = &text[kind.prefix().len()..];
        let mut parts = rest.split('_');
        let mut next = || parts.next().ok_or(Error::KeyPrefix);
        let (environment, cell, key_id, secret) = (next()?, next()?, next()?, next()?);
        if parts.next().is_some() {
            return Err(Error::KeyPrefix);
        }
        let environment = match environment {
            "live" => Environment::Live,
            "test" => Environment::Test,
            _ => return Err(Error::KeyEnvironment),
        };
        if !is_cell(cell) {
            return Err(Error::KeyCell);
        }
        if key_id.len() != KEY_ID || secret.len() != kind.random() + CRC {
            return Err(Error::KeyLength);
        }
        if !is_crockford(key_id) || key_id.as_bytes()[0] > b'7' || !is_base62(secret) {
            return Err(Error::KeyAlphabet);
        }
        let (body, crc) = text.split_at(text.len() - CRC);
        if checksum(body) != crc.as_bytes() {
            return Err(Error::KeyChecksum);
        }
        let cell_end = cell_start(kind) + cell.len();
        Ok(Self { text: text.to_owned(), kind, environment, cell_end })
    }

    /// Makes a new secret key for the tenant `tenant_ulid` (26 lowercase characters, without `tnt_<cell>_`) from at least
    /// [`ENTROPY`] bytes of a cryptographic source.
    ///
    /// # Errors
    /// [`Error::KeyCell`], [`Error::TenantUlid`], [`Error::Entropy`].
    pub fn generate(environment: Environment, cell: &str, tenant_ulid: &str, entropy: &[u8]) -> Result<Self> {
        Self::make(KeyKind::Secret, environment, cell, tenant_ulid, entropy)
    }

    /// Makes a key of either kind, as [`ApiKey::generate`] does.
    ///
    /// # Errors
    /// [`Error::KeyCell`], [`Error::TenantUlid`], [`Error::Entropy`].
    pub fn make(
        kind: KeyKind,
        environment: Environment,
        cell: &str,
        tenant_ulid: &str,
        entropy: &[u8],
    ) -> Result<Self> {
        if !is_cell(cell) {
            return Err(Error::KeyCell);
        }
        if !is_ulid(tenant_ulid) {
            return Err(Error::TenantUlid);
        }
        if entropy.len() < ENTROPY {
            return Err(Error::Entropy);
        }
        let mut entropy = entropy.iter().copied();
        let suffix = choose(CROCKFORD, KEY_ID - 26, &mut entropy)?;
        let secret = choose(BASE62, kind.random(), &mut entropy)?;
        let mut text = format!("{}{}_{cell}_{tenant_ulid}{suffix}_{secret}", kind.prefix(), environment.as_str());
        let crc = checksum(&text);
        text.extend(crc.map(char::from));
        Ok(Self { text, kind, environment, cell_end: cell_start(kind) + cell.len() })
    }

    /// Refuses a key of another environment or cell than the one that serves here.
    ///
    /// # Errors
    /// [`Error::KeyWrongEnvironment`], [`Error::KeyWrongCell`].
    pub fn require(&self, environment: Environment, cell: &str) -> Result<()> {
        if self.environment != environment {
            return Err(Error::KeyWrongEnvironment);
        }
        if self.cell() != cell {
            return Err(Error::KeyWrongCell);
        }
        Ok(())
    }

    /// Secret or publishable.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Live or test.
    pub fn environment(&self) -> Environment {
        self.environment
    }

    /// The cell in which the tenant lives, for example `eu1`.
    pub fn cell(&self) -> &str {
        &self.text[cell_start(self.kind)..self.cell_end]
    }

    /// The public part by which the record is found: 32 characters. It may be logged.
    pub fn key_id(&self) -> &str {
        &self.text[self.cell_end + 1..self.cell_end + 1 + KEY_ID]
    }

    /// The tenant's ULID, 26 lowercase characters.
    pub fn tenant_ulid(&self) -> &str {
        &self.key_id()[..26]
    }

    /// The tenant's id, `tnt_<cell>_<ulid>`.
    pub fn tenant_id(&self) -> String {
        format!("tnt_{}_{}", self.cell(), self.tenant_ulid())
    }

    /// The whole secret text: to be shown once to its owner, hashed, or sent by a client; never logged.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ApiKey({}, [secret])", self.key_id())
    }
}
