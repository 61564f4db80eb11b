//! Wrong tries of a credential, and how long nobody may try again.

use super::{Answer, Refusal, Session};
use crate::Result;

/// Wrong tries in a row that cost nothing.
pub const FREE_TRIES: u64 = 5;
/// The wait after the first try beyond, ms; doubled with each further one.
pub const LOCK_MS: i64 = 30_000;
/// The longest wait, ms.
pub const LOCK_MAX_MS: i64 = 15 * 60_000;
/// Wrong tries are forgotten after this, ms.
const FORGET_MS: i64 = 24 * 3_600_000;

impl Session {
    /// May a credential of this kind be tried now?
    pub(super) fn may_try(&self, kind: &str, now_ms: i64) -> Answer<()> {
        let sql = "SELECT locked_until FROM tries WHERE kind = ?1 AND locked_until > ?2";
        let locked = self.store.exec(sql, &[kind.into(), now_ms.into()])?.first();
        Ok(match locked {
            Some(row) => Err(Refusal::Locked { until: row.int(0)? }),
            None => Ok(()),
        })
    }

    /// Counts a wrong try. Gives the refusal of this try.
    pub(super) fn wrong(&self, kind: &str, now_ms: i64) -> Result<Refusal> {
        let found = self.store.exec("SELECT wrong, last_at FROM tries WHERE kind = ?1", &[kind.into()])?.first();
        let before = match found {
            Some(row) if now_ms - row.int(1)? < FORGET_MS => row.uint(0)?,
            _ => 0,
        };
        let wrong = before + 1;
        let locked_until = now_ms + lock_ms(wrong);
        self.store.exec(
            "INSERT OR REPLACE INTO tries (kind, wrong, last_at, locked_until) VALUES (?1, ?2, ?3, ?4)",
            &[kind.into(), wrong.into(), now_ms.into(), locked_until.into()],
        )?;
        Ok(Refusal::WrongSecret)
    }

    /// Forgets wrong tries after a right one.
    pub(super) fn right(&self, kind: &str) -> Result<()> {
        self.store.exec("DELETE FROM tries WHERE kind = ?1", &[kind.into()]).map(drop)
    }
}

/// How long nobody may try after so many wrong tries in a row.
pub fn lock_ms(wrong: u64) -> i64 {
    match wrong.checked_sub(FREE_TRIES) {
        None => 0,
        Some(over) => (LOCK_MS << over.min(10)).min(LOCK_MAX_MS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_begins_after_the_free_tries_and_is_bounded() {
        assert_eq!((lock_ms(0), lock_ms(4)), (0, 0));
        assert_eq!((lock_ms(5), lock_ms(6), lock_ms(7)), (LOCK_MS, 2 * LOCK_MS, 4 * LOCK_MS));
        assert_eq!((lock_ms(10), lock_ms(u64::MAX)), (LOCK_MAX_MS, LOCK_MAX_MS));
    }
}
