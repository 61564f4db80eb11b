//! Nonces of the server (RFC 9449, sections 8 and 9): without state, so that every edge makes and knows the same.
//!
//! A nonce is the number of its period, the mark of an incarnation if one asked for it, and a tag over both.

use crate::jose::{HmacKey, Result, base64url};
use core::fmt;
use subtle::ConstantTimeEq;

/// How long one nonce is handed out. It is accepted for this period and the next.
pub const NONCE_PERIOD_S: u64 = 180;

/// Bytes of the tag.
const TAG: usize = 12;

/// The secret under which nonces are made.
#[derive(Clone)]
pub struct NonceKey(HmacKey);

/// A nonce of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Is it that of this period, or of the one before?
    pub current: bool,
    /// The incarnation of an object that asked for it: a random number that nobody knew before the object began. So a proof with
    /// this nonce was made afterwards.
    pub incarnation: Option<u64>,
}

impl NonceKey {
    /// From at least 32 bytes.
    ///
    /// # Errors
    /// [`crate::jose::JoseError::KeyTooShort`].
    pub fn new(secret: &[u8]) -> Result<Self> {
        HmacKey::new(secret).map(Self)
    }

    /// The nonce to hand out now, 22 characters of base64url.
    pub fn current(&self, now_s: u64) -> String {
        self.make(now_s, None)
    }

    /// The nonce that an incarnation asks for, 32 characters of base64url; without one [`NonceKey::current`].
    pub fn make(&self, now_s: u64, incarnation: Option<u64>) -> String {
        let bucket = bucket(now_s).to_be_bytes();
        let mark = incarnation.map(u64::to_be_bytes);
        let mark = mark.as_ref().map_or(&[][..], |mark| mark);
        let tag = self.0.mac(&[b"dpop-nonce", &bucket, mark]);
        base64url::encode(&[&bucket, mark, &tag[..TAG]].concat())
    }

    /// What a nonce says that is of this period or the one before.
    pub fn accepts(&self, nonce: &str, now_s: u64) -> Option<Known> {
        // the length first, so that nothing long is decoded
        if !matches!(nonce.len(), 22 | 32) {
            return None;
        }
        let bytes = base64url::decode(nonce).ok()?;
        let (made_in, rest) = bytes.split_first_chunk()?;
        let made_in = u32::from_be_bytes(*made_in);
        let (mark, _) = rest.split_at_checked(rest.len().checked_sub(TAG)?)?;
        let incarnation = mark.try_into().ok().map(u64::from_be_bytes);
        let age = bucket(now_s).checked_sub(made_in)?;
        if age > 1 {
            return None;
        }
        let own = self.make(u64::from(made_in) * NONCE_PERIOD_S, incarnation);
        bool::from(own.as_bytes().ct_eq(nonce.as_bytes())).then_some(Known { current: age == 0, incarnation })
    }
}

/// The number of the period; 32 bits last for 24,000 years.
fn bucket(now_s: u64) -> u32 {
    u32::try_from(now_s / NONCE_PERIOD_S).unwrap_or(u32::MAX)
}

impl fmt::Debug for NonceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NonceKey([secret])")
    }
}
