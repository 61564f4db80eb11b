//! The password's record: an opaque text that someone else makes and judges.

use super::{Answer, Refusal, Session};
use crate::Result;

const KIND: &str = "password";

impl Session {
    /// Keeps a new password's record. Wrong tries are forgotten.
    ///
    /// Refusals: `Erased`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn set_password(&self, hash: &str, now_ms: i64) -> Answer<()> {
        self.command(|| {
            if let Err(refusal @ Refusal::Erased) = self.standing() {
                return Ok(Err(refusal));
            }
            let sql = "INSERT OR REPLACE INTO password (id, hash, set_at) VALUES (1, ?1, ?2)";
            self.store.exec(sql, &[hash.into(), now_ms.into()])?;
            self.right(KIND)?;
            Ok(Ok(()))
        })
    }

    /// Takes the password away.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn remove_password(&self) -> Result<()> {
        self.store.exec("DELETE FROM password", &[]).map(drop)
    }

    /// When the password was set; `None`: there is none.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn password_set_at(&self) -> Result<Option<i64>> {
        self.store.exec("SELECT set_at FROM password", &[])?.first().map(|row| row.int(0)).transpose()
    }

    /// Tries a password. `judge` gets the record and says whether it is that of the password tried; without a record it gets
    /// `None` and should take as long. It may give a new record (of today's parameters) that is kept instead.
    ///
    /// Refusals: `Erased`, `Suspended`, `Locked`, `WrongSecret` (also when there is no password).
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn try_password(&self, judge: impl FnOnce(Option<&str>) -> Judged, now_ms: i64) -> Answer<()> {
        granted!(self.standing());
        granted!(self.may_try(KIND, now_ms)?);
        let record = self.store.exec("SELECT hash FROM password", &[])?.first();
        let record = record.map(|mut row| row.text(0)).transpose()?;
        let judged = judge(record.as_deref());
        match (record, judged) {
            (Some(_), Judged::Right { renewed }) => {
                if let Some(hash) = renewed {
                    self.store.exec("UPDATE password SET hash = ?1", &[(&hash).into()])?;
                }
                self.right(KIND)?;
                Ok(Ok(()))
            }
            _ => self.wrong(KIND, now_ms).map(Err),
        }
    }
}

/// What came of comparing a password with its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// It is another one.
    Wrong,
    /// It is the one.
    Right {
        /// A record to keep instead, when the parameters have changed.
        renewed: Option<String>,
    },
}
