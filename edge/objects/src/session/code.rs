//! A sign-in code that was sent by e-mail: one at a time, once.

use super::{Answer, Refusal, Session};

const KIND: &str = "email_code";

impl Session {
    /// Keeps the hash of a new code until `expires_at`, in the place of an earlier one. Wrong tries stay counted.
    ///
    /// Refusals: `Erased`, `Suspended`, `Locked`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn set_email_code(&self, hash: &str, expires_at: i64, now_ms: i64) -> Answer<()> {
        granted!(self.standing());
        granted!(self.may_try(KIND, now_ms)?);
        let sql = "INSERT OR REPLACE INTO email_code (id, hash, expires_at) VALUES (1, ?1, ?2)";
        self.store.exec(sql, &[hash.into(), expires_at.into()])?;
        Ok(Ok(()))
    }

    /// Tries a code by its hash; the right one is used up.
    ///
    /// Refusals: `Erased`, `Suspended`, `Locked`, `NotSet`, `CodeExpired`, `WrongSecret`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn try_email_code(&self, judge: impl FnOnce(&str) -> bool, now_ms: i64) -> Answer<()> {
        granted!(self.standing());
        granted!(self.may_try(KIND, now_ms)?);
        let found = self.store.exec("SELECT hash, expires_at FROM email_code", &[])?.first();
        let Some(mut row) = found else { return Ok(Err(Refusal::NotSet)) };
        if row.int(1)? <= now_ms {
            return Ok(Err(Refusal::CodeExpired));
        }
        if !judge(&row.text(0)?) {
            return self.wrong(KIND, now_ms).map(Err);
        }
        self.store.exec("DELETE FROM email_code", &[])?;
        self.right(KIND)?;
        Ok(Ok(()))
    }
}
