//! The text of a token.

use super::{RefreshError, Result};
use crate::jose::base64url;
use core::fmt;

/// Longest token, bytes: `atr`, a cell of 10, three ULIDs, a counter of 10 digits, the secret, and six `_`.
pub const MAX_TOKEN: usize = 3 + 10 + 3 * 26 + 10 + 43 + 6;

/// What a token names. The ULIDs are without their prefixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The cell of the tenant.
    pub cell: String,
    /// ULID of the tenant.
    pub tenant: String,
    /// ULID of the user.
    pub user: String,
    /// ULID of the family: one sign-in on one device.
    pub family: String,
    /// How often the family was rotated.
    pub counter: u32,
}

/// A token with its secret. `Debug` prints no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshTokenText(String);

impl RefreshTokenText {
    /// Hands out the text. Each call is a place to review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RefreshTokenText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RefreshTokenText([secret])")
    }
}

impl RefreshToken {
    /// Reads a token: what it names, and its secret for [`super::RefreshKeys::verify`]. Nothing is proven yet.
    ///
    /// # Errors
    /// The variants of [`RefreshError`] on the form.
    pub fn parse(text: &str) -> Result<(Self, [u8; 32])> {
        if text.len() > MAX_TOKEN {
            return Err(RefreshError::Length);
        }
        // The secret is last because it may hold the separator.
        let mut parts = text.strip_prefix("atr_").ok_or(RefreshError::Parts)?.splitn(6, '_');
        let mut part = || parts.next().ok_or(RefreshError::Parts);
        let (cell, tenant, user, family, counter, secret) = (part()?, part()?, part()?, part()?, part()?, part()?);
        if !is_cell(cell) {
            return Err(RefreshError::Cell);
        }
        if ![tenant, user, family].into_iter().all(is_ulid) {
            return Err(RefreshError::Id);
        }
        let plain = counter.bytes().all(|byte| byte.is_ascii_digit()) && (counter == "0" || !counter.starts_with('0'));
        let counter = counter.parse().ok().filter(|_| plain).ok_or(RefreshError::Counter)?;
        let secret = base64url::decode_array(secret).ok_or(RefreshError::Secret)?;
        let [cell, tenant, user, family] = [cell, tenant, user, family].map(str::to_owned);
        Ok((Self { cell, tenant, user, family, counter }, secret))
    }

    /// The same family, one rotation later; `None` after 4 billion.
    pub fn successor(&self) -> Option<Self> {
        Some(Self { counter: self.counter.checked_add(1)?, ..self.clone() })
    }

    pub(super) fn with_secret(&self, secret: &str) -> RefreshTokenText {
        let Self { cell, tenant, user, family, counter } = self;
        RefreshTokenText(format!("atr_{cell}_{tenant}_{user}_{family}_{counter}_{secret}"))
    }
}

/// A small letter, then 1 to 9 small letters or digits, as in API keys.
fn is_cell(text: &str) -> bool {
    (2..=10).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// 26 characters of Crockford's base32 in lowercase that fit 128 bits.
fn is_ulid(text: &str) -> bool {
    text.len() == 26
        && text.bytes().all(|byte| {
            byte.is_ascii_digit() || (byte.is_ascii_lowercase() && !matches!(byte, b'i' | b'l' | b'o' | b'u'))
        })
        && text.as_bytes()[0] <= b'7'
}
