//! Making and verifying the secret part.

use super::{RefreshError, RefreshToken, RefreshTokenText, Result};
use crate::hex;
use crate::jose::{HmacKey, base64url};
use core::fmt;
use subtle::ConstantTimeEq;

/// A current key, which makes tokens, and former ones, which are still accepted until every family has rotated or died.
#[derive(Clone)]
pub struct RefreshKeys {
    current: HmacKey,
    former: Vec<HmacKey>,
}

impl RefreshKeys {
    /// From hexadecimal texts of at least 32 bytes each.
    ///
    /// # Errors
    /// [`RefreshError::KeyInvalid`].
    pub fn new<H: AsRef<str>>(current: &str, former: impl IntoIterator<Item = H>) -> Result<Self> {
        let key =
            |text: &str| hex::decode(text).and_then(|bytes| HmacKey::new(&bytes).ok()).ok_or(RefreshError::KeyInvalid);
        let former = former.into_iter().map(|text| key(text.as_ref())).collect::<Result<_>>()?;
        Ok(Self { current: key(current)?, former })
    }

    /// The text of a token.
    pub fn make(&self, token: &RefreshToken) -> RefreshTokenText {
        token.with_secret(&base64url::encode(&tag(&self.current, token)))
    }

    /// Whether the secret belongs to the rest, by the current or a former key, each compared in constant time.
    ///
    /// # Errors
    /// [`RefreshError::WrongCell`], [`RefreshError::Unknown`].
    pub fn verify(&self, token: &RefreshToken, secret: &[u8; 32], cell: &str) -> Result<()> {
        if token.cell != cell {
            return Err(RefreshError::WrongCell);
        }
        let keys = core::iter::once(&self.current).chain(&self.former);
        let known = keys.fold(subtle::Choice::from(0), |known, key| known | tag(key, token).ct_eq(secret));
        if bool::from(known) { Ok(()) } else { Err(RefreshError::Unknown) }
    }
}

/// HMAC over `cell|tenant|user|family|counter`; no part can hold the bar.
fn tag(key: &HmacKey, token: &RefreshToken) -> [u8; 32] {
    let RefreshToken { cell, tenant, user, family, counter } = token;
    key.mac(&[format!("{cell}|{tenant}|{user}|{family}|{counter}").as_bytes()])
}

impl fmt::Debug for RefreshKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RefreshKeys([secret], {} former)", self.former.len())
    }
}
