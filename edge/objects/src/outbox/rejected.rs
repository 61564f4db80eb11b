//! Messages that the receiver calls our fault: kept, visible, sent again only when someone asks.

use super::{Entry, Outbox};
use crate::Result;
use crate::store::transact;
use serde::{Deserialize, Serialize};

/// A message that was put aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Message id.
    pub id: String,
    /// Destination: short name of the queue, or `room:<tenant>`.
    pub to: String,
    /// When it was accepted, ms since 1970.
    pub accepted_at: i64,
    /// When it was put aside.
    pub rejected_at: i64,
    /// The receiver's code.
    pub code: String,
    /// The receiver's words.
    pub detail: String,
    /// Size of the body, bytes.
    pub bytes: i64,
}

impl Outbox {
    /// The first `limit` messages that were put aside, after the id `after`, in the order of ids.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn rejected(&self, after: &str, limit: u32) -> Result<Vec<Rejected>> {
        let rows = self.store.exec(
            "SELECT id, dest, accepted_at, rejected_at, code, detail, length(CAST(body AS BLOB)) FROM rejected \
             WHERE id > ?1 ORDER BY id LIMIT ?2",
            &[after.into(), i64::from(limit).into()],
        )?;
        rows.into_iter()
            .map(|mut row| {
                Ok(Rejected {
                    id: row.text(0)?,
                    to: row.text(1)?,
                    accepted_at: row.int(2)?,
                    rejected_at: row.int(3)?,
                    code: row.text(4)?,
                    detail: row.text(5)?,
                    bytes: row.int(6)?,
                })
            })
            .collect()
    }

    /// The body of one.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn rejected_body(&self, id: &str) -> Result<Option<String>> {
        let found = self.store.exec("SELECT body FROM rejected WHERE id = ?1", &[id.into()])?;
        found.first().map(|mut row| row.text(0)).transpose()
    }

    /// Puts one back among what is to be sent; false when there is none of that id. Start a drain afterwards.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn retry_rejected(&self, id: &str, now_ms: i64) -> Result<bool> {
        let found =
            self.store.exec("SELECT dest, traceparent, body FROM rejected WHERE id = ?1", &[id.into()])?.first();
        let Some(mut row) = found else { return Ok(false) };
        let (to, traceparent, body) = (row.text(0)?, row.maybe_text(1)?, row.text(2)?);
        let message = super::Message { to: &to, id, body: &body, traceparent: traceparent.as_deref() };
        let done = transact(&*self.store, || {
            self.post(&message, now_ms)?;
            self.store.exec("DELETE FROM rejected WHERE id = ?1", &[id.into()])?;
            Ok(true)
        });
        if done.is_err() {
            self.reload()?;
        }
        done
    }

    pub(super) fn reject(&self, dest: &str, entry: &Entry, code: &str, detail: &str, now_ms: i64) -> Result<()> {
        transact(&*self.store, || {
            self.store.exec(
                "INSERT OR REPLACE INTO rejected (id, dest, accepted_at, rejected_at, attempts, code, detail, traceparent, body) \
                 SELECT id, dest, accepted_at, ?2, attempts + 1, ?3, ?4, traceparent, body FROM outbox WHERE seq = ?1",
                &[entry.seq.into(), now_ms.into(), code.into(), detail.into()],
            )?;
            self.store.exec("DELETE FROM outbox WHERE seq = ?1", &[entry.seq.into()])?;
            Ok(())
        })?;
        self.gone(dest, entry.seq)
    }
}
