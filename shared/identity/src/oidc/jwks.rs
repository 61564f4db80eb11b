//! The keys of an issuer, kept for a while.

use crate::jose::{JoseError, KeySet, PublicAlg, PublicKey};

/// How long a key set is used without asking again, seconds.
pub const FRESH_S: u64 = 600;
/// How long the last key set is used while the issuer does not answer, seconds. After it, nobody of this issuer gets in.
pub const STALE_S: u64 = 3600;
/// Least time between two fetches, whatever asks for them, seconds: tokens with invented key ids make no traffic.
pub const REFETCH_S: u64 = 60;
/// The same after a fetch that failed, while there are no keys at all.
pub const RETRY_S: u64 = 5;

/// What to do about the key of a token.
#[derive(Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// Here it is.
    Key(&'a PublicKey),
    /// Call [`Jwks::begin`], fetch `jwks_uri`, report with [`Jwks::finish`], and look again.
    Fetch,
    /// The issuer has no such key: refuse the token. The cause is one of [`JoseError`]'s on keys.
    Refused(JoseError),
    /// The keys could not be fetched and it is too early to try again: 503, not a judgement on the token.
    Unavailable {
        /// When to try again, in seconds from now.
        retry_after_s: u64,
    },
}

/// Keys with their age. One per issuer; losing it costs one fetch.
#[derive(Debug, Clone, Default)]
pub struct Jwks {
    keys: KeySet,
    /// When `keys` came.
    fetched_s: Option<u64>,
    /// When the last fetch began, successful or not.
    tried_s: Option<u64>,
    /// Whether its end was not told yet.
    under_way: bool,
}

impl Jwks {
    /// Looks for the key of a token. All times in seconds since 1970.
    pub fn lookup(&self, kid: Option<&str>, alg: PublicAlg, now_s: u64) -> Lookup<'_> {
        let age = self.fetched_s.map_or(u64::MAX, |fetched| now_s.saturating_sub(fetched));
        let wait_s = self.wait_s(age, now_s);
        match self.keys.find(kid, alg) {
            Ok(key) if age < FRESH_S || (age < STALE_S && wait_s > 0) => Lookup::Key(key),
            _ if wait_s == 0 => Lookup::Fetch,
            Err(fault) if age < STALE_S => Lookup::Refused(fault),
            _ => Lookup::Unavailable { retry_after_s: wait_s },
        }
    }

    /// A fetch begins now. Said before the request goes out, so that many tokens with unknown keys make one fetch.
    pub fn begin(&mut self, now_s: u64) {
        self.tried_s = Some(now_s);
        self.under_way = true;
    }

    /// A fetch came back with this body (`None`: no answer, or not 200). A bad body leaves the old keys; so does an empty set.
    ///
    /// # Errors
    /// Why the body was not accepted.
    pub fn finish(&mut self, body: Option<&[u8]>, now_s: u64) -> Result<(), JoseError> {
        self.under_way = false;
        let Some(body) = body else { return Ok(()) };
        let keys = KeySet::parse(body)?;
        if keys.is_empty() {
            return Err(JoseError::KeyUnknown);
        }
        self.keys = keys;
        self.fetched_s = Some(now_s);
        Ok(())
    }

    /// How long to wait before the next fetch. With nothing to go by, requests that come at once each fetch for themselves: in a Worker
    /// one cannot wait for the answer of another.
    fn wait_s(&self, age: u64, now_s: u64) -> u64 {
        let Some(tried) = self.tried_s else { return 0 };
        let pause = match (age < STALE_S, self.under_way) {
            (true, _) => REFETCH_S,
            (false, true) => 0,
            (false, false) => RETRY_S,
        };
        pause.saturating_sub(now_s.saturating_sub(tried))
    }
}
