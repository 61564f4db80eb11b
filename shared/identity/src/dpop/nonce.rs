//! Nonces of the server (RFC 9449, sections 8 and 9): without state, so that every edge makes and knows the same.

use crate::jose::{HmacKey, Result, base64url};
use core::fmt;
use subtle::ConstantTimeEq;

/// How long one nonce is handed out. It is accepted for this period and the next.
pub const NONCE_PERIOD_S: u64 = 180;

/// The secret under which nonces are made.
#[derive(Clone)]
pub struct NonceKey(HmacKey);

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
        base64url::encode(&self.of(bucket(now_s)))
    }

    /// Whether a nonce is that of this period or the one before; `Some(true)` for this period's.
    pub fn accepts(&self, nonce: &str, now_s: u64) -> Option<bool> {
        let nonce: [u8; 16] = base64url::decode_array(nonce)?;
        let current = bucket(now_s);
        let (bucket, _) = nonce.split_first_chunk::<4>()?;
        let bucket = u32::from_be_bytes(*bucket);
        if current.checked_sub(bucket)? > 1 {
            return None;
        }
        bool::from(self.of(bucket).ct_eq(&nonce)).then_some(bucket == current)
    }

    fn of(&self, bucket: u32) -> [u8; 16] {
        let bucket = bucket.to_be_bytes();
        let tag = self.0.mac(&[b"dpop-nonce", &bucket]);
        let mut nonce = [0; 16];
        for (byte, from) in nonce.iter_mut().zip(bucket.iter().chain(&tag)) {
            *byte = *from;
        }
        nonce
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
