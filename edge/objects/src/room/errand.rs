//! What has to be done at the media server, kept until it was done.

use super::Room;
use crate::Result;
use crate::outbox::backoff_ms;
use serde::{Deserialize, Serialize};

/// One call to the media server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// Names it for [`Room::errand_done`].
    pub key: String,
    /// `RemoveParticipant` of this identity; `None`: `DeleteRoom`.
    pub identity: Option<String>,
    /// `revoke_token_ts`: tokens whose `nbf` is before are dead, s since 1970.
    pub revoke_token_ts: i64,
    /// How often it was tried.
    pub attempts: i64,
}

/// A try that did not report is tried again after this, ms.
const LOST_MS: i64 = 10_000;

impl Room {
    /// Errands that are due, at most 6. Each is handed out again after 10 s unless it is done or failed.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn errands(&self, now_ms: i64) -> Result<Vec<Errand>> {
        let rows = self.store.exec(
            "UPDATE errand SET attempts = attempts + 1, next_at = ?2 WHERE key IN \
             (SELECT key FROM errand WHERE next_at <= ?1 ORDER BY next_at, key LIMIT 6) \
             RETURNING key, identity, before_s, attempts",
            &[now_ms.into(), (now_ms + LOST_MS).into()],
        )?;
        rows.into_iter()
            .map(|mut row| {
                Ok(Errand {
                    key: row.text(0)?,
                    identity: row.maybe_text(1)?,
                    revoke_token_ts: row.int(2)?,
                    attempts: row.int(3)?,
                })
            })
            .collect()
    }

    /// The media server did it, or knows nobody of that name. An errand that was made anew meanwhile stays.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn errand_done(&self, errand: &Errand) -> Result<()> {
        let sql = "DELETE FROM errand WHERE key = ?1 AND before_s = ?2";
        self.store.exec(sql, &[(&errand.key).into(), errand.revoke_token_ts.into()]).map(drop)
    }

    /// It did not work: again after a wait.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn errand_failed(&self, errand: &Errand, random: u64, now_ms: i64) -> Result<()> {
        let next_at = now_ms + backoff_ms(errand.attempts, random);
        let sql = "UPDATE errand SET next_at = ?2 WHERE key = ?1 AND before_s = ?3";
        self.store.exec(sql, &[(&errand.key).into(), next_at.into(), errand.revoke_token_ts.into()]).map(drop)
    }

    pub(super) fn errand(&self, key: &str, identity: Option<&str>, before_s: i64, now_ms: i64) -> Result<()> {
        self.store
            .exec(
                "INSERT INTO errand (key, identity, before_s, attempts, next_at) VALUES (?1, ?2, ?3, 0, ?4) \
                 ON CONFLICT (key) DO UPDATE SET before_s = max(before_s, ?3), attempts = 0, next_at = ?4",
                &[key.into(), identity.into(), before_s.into(), now_ms.into()],
            )
            .map(drop)
    }

    pub(super) fn next_errand(&self) -> Result<Option<i64>> {
        let first = self.store.exec("SELECT min(next_at) FROM errand", &[])?.first();
        Ok(first.map(|row| row.maybe_int(0)).transpose()?.flatten())
    }
}
