//! The signing key: four HMACs once per day, region and service.

use super::Credentials;
use super::time::AmzTime;
use crate::Result;
use core::fmt;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// A derived key with its scope. Derive it once and keep it: it is good for one UTC day, one region, one service.
#[derive(Clone)]
pub struct SigningKey {
    // The keyed state, not the bytes: every signature then costs two blocks of SHA-256 less.
    mac: Hmac<Sha256>,
    date: String,
    region: String,
    service: String,
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104)")]
    Hmac::new_from_slice(key).expect("HMAC takes keys of every length")
}

fn step(key: &[u8], text: &str) -> [u8; 32] {
    keyed(key).chain_update(text.as_bytes()).finalize().into_bytes().into()
}

impl SigningKey {
    /// Derives the key of the UTC day of `now_ms` (milliseconds since 1970).
    ///
    /// # Errors
    /// [`crate::Error::Time`].
    pub fn derive(credentials: &Credentials, now_ms: u64, region: &str, service: &str) -> Result<Self> {
        let time = AmzTime::from_ms(now_ms)?;
        let secret = format!("AWS4{}", credentials.secret_access_key);
        let day = step(secret.as_bytes(), time.date());
        let key = step(&step(&step(&day, region), service), "aws4_request");
        Ok(Self {
            mac: keyed(&key),
            date: time.date().to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        })
    }

    /// Whether the key is one of the UTC day of `now_ms`.
    pub fn covers(&self, now_ms: u64) -> bool {
        AmzTime::from_ms(now_ms).is_ok_and(|time| self.is_of(&time))
    }

    /// The service, for example `sqs`.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The region, for example `eu-west-1`.
    pub fn region(&self) -> &str {
        &self.region
    }

    pub(super) fn is_of(&self, time: &AmzTime) -> bool {
        self.date == time.date()
    }

    /// `yyyymmdd/region/service/aws4_request`
    pub(super) fn scope(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.date, self.region, self.service)
    }

    pub(super) fn sign(&self, text: &str) -> [u8; 32] {
        self.mac.clone().chain_update(text.as_bytes()).finalize().into_bytes().into()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({}, [secret])", self.scope())
    }
}
