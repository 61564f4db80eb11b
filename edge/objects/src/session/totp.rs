//! The second factor: a sealed TOTP secret, the last step that was used (RFC 6238, section 5.2), recovery codes.

use super::{Answer, Refusal, Session};
use crate::Result;

const KIND: &str = "totp";

impl Session {
    /// Begins a second factor: keeps the sealed secret. It counts once a code has confirmed it; one that counts already is
    /// replaced only after [`Session::remove_totp`].
    ///
    /// Refusals: `Erased`, `Suspended`, `CodeReplayed` when there is one already.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn begin_totp(&self, sealed: &str) -> Answer<()> {
        granted!(self.standing());
        if self.has_totp()? {
            return Ok(Err(Refusal::CodeReplayed));
        }
        let sql = "INSERT OR REPLACE INTO totp (id, sealed, confirmed_at, last_step) VALUES (1, ?1, NULL, 0)";
        self.store.exec(sql, &[sealed.into()])?;
        Ok(Ok(()))
    }

    /// Is there a confirmed second factor?
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn has_totp(&self) -> Result<bool> {
        Ok(!self.store.exec("SELECT 1 FROM totp WHERE confirmed_at IS NOT NULL", &[])?.is_empty())
    }

    /// Tries a code. `judge` gets the sealed secret and gives the step of which the code is, if it is of one that counts now.
    /// The first right code confirms a new secret: only then `confirm` is true.
    ///
    /// Refusals: `Erased`, `Suspended`, `NotSet`, `Locked`, `WrongSecret`, `CodeReplayed`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn try_totp(&self, confirm: bool, judge: impl FnOnce(&str) -> Option<u64>, now_ms: i64) -> Answer<()> {
        granted!(self.standing());
        let found = self.store.exec("SELECT sealed, confirmed_at, last_step FROM totp", &[])?.first();
        let Some(mut row) = found else { return Ok(Err(Refusal::NotSet)) };
        let (sealed, confirmed, last_step) = (row.text(0)?, row.maybe_int(1)?.is_some(), row.uint(2)?);
        if confirmed == confirm {
            return Ok(Err(Refusal::NotSet));
        }
        granted!(self.may_try(KIND, now_ms)?);
        match judge(&sealed) {
            None => self.wrong(KIND, now_ms).map(Err),
            Some(step) if step <= last_step => Ok(Err(Refusal::CodeReplayed)),
            Some(step) => {
                self.store.exec(
                    "UPDATE totp SET last_step = ?1, confirmed_at = coalesce(confirmed_at, ?2)",
                    &[step.into(), now_ms.into()],
                )?;
                self.right(KIND)?;
                Ok(Ok(()))
            }
        }
    }

    /// Replaces all recovery codes by new ones, given as hashes.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn set_recovery_codes(&self, hashes: &[String]) -> Result<()> {
        self.command(|| {
            self.store.exec("DELETE FROM recovery_code", &[])?;
            for hash in hashes {
                self.store.exec("INSERT OR IGNORE INTO recovery_code (hash) VALUES (?1)", &[hash.into()])?;
            }
            Ok(())
        })
    }

    /// Uses up a recovery code by its hash. Gives how many are left.
    ///
    /// Refusals: `Erased`, `Suspended`, `Locked`, `WrongSecret`, `CodeReplayed`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn try_recovery_code(&self, hash: &str, now_ms: i64) -> Answer<u64> {
        granted!(self.standing());
        granted!(self.may_try(KIND, now_ms)?);
        let found = self.store.exec("SELECT used_at FROM recovery_code WHERE hash = ?1", &[hash.into()])?.first();
        match found.map(|row| row.maybe_int(0)).transpose()? {
            None => return self.wrong(KIND, now_ms).map(Err),
            Some(Some(_)) => return Ok(Err(Refusal::CodeReplayed)),
            Some(None) => {}
        }
        self.store.exec("UPDATE recovery_code SET used_at = ?2 WHERE hash = ?1", &[hash.into(), now_ms.into()])?;
        self.right(KIND)?;
        self.recovery_codes_left().map(Ok)
    }

    /// Recovery codes that were not used yet.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn recovery_codes_left(&self) -> Result<u64> {
        let left = self.store.exec("SELECT count(*) FROM recovery_code WHERE used_at IS NULL", &[])?.first();
        Ok(left.map(|row| row.uint(0)).transpose()?.unwrap_or(0))
    }

    /// What stands before the `:` of the recovery codes' hashes: the pepper that made them. `None`: there are no codes.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn recovery_pepper(&self) -> Result<Option<String>> {
        let row = self.store.exec("SELECT hash FROM recovery_code LIMIT 1", &[])?.first();
        let hash = row.map(|mut row| row.text(0)).transpose()?;
        Ok(hash.and_then(|hash| hash.split_once(':').map(|(pepper, _)| pepper.to_owned())))
    }

    /// Counts a wrong try of the second factor that could not even be judged.
    ///
    /// Refusals: `Locked`, `WrongSecret`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn wrong_second_factor(&self, now_ms: i64) -> Answer<()> {
        granted!(self.may_try(KIND, now_ms)?);
        self.wrong(KIND, now_ms).map(Err)
    }

    /// Takes the second factor and its recovery codes away.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn remove_totp(&self) -> Result<()> {
        self.command(|| {
            self.store.exec("DELETE FROM totp", &[])?;
            self.store.exec("DELETE FROM recovery_code", &[])?;
            self.right(KIND)
        })
    }
}
