//! The user's standing with the tenant, erasure, and the object's alarm.

use super::{FAMILY_IDLE_MS, FAMILY_MS, REVOKED_MS, Session};
use crate::Result;

impl Session {
    /// Takes a [`NoticeV1::UserStanding`](attune_contracts::auth::NoticeV1) of the tenant: an inactive user can do nothing, and
    /// all devices are signed out. Only a newer one than known changes anything. Gives the objects that are told.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn take_standing(&self, seq: u64, active: bool, now_ms: i64) -> Result<Vec<String>> {
        self.command(|| {
            if seq <= self.memory.borrow().facts.standing_seq {
                return Ok(Vec::new());
            }
            self.store.exec("UPDATE session SET suspended = ?1, standing_seq = ?2", &[(!active).into(), seq.into()])?;
            {
                let facts = &mut self.memory.borrow_mut().facts;
                (facts.suspended, facts.standing_seq) = (!active, seq);
            }
            if active { Ok(Vec::new()) } else { self.end_all_now(None, false, now_ms) }
        })
    }

    /// Erases all that is known of the user, for good. What stays is that the user was erased, and when. Gives the objects
    /// that are told to close sockets.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn erase(&self, now_ms: i64) -> Result<Vec<String>> {
        let told = self.command(|| {
            let told = self.end_all_now(None, true, now_ms)?;
            for table in [
                "device",
                "family",
                "proof",
                "ticket",
                "socket",
                "password",
                "totp",
                "recovery_code",
                "email_code",
                "tries",
            ] {
                self.store.exec(&format!("DELETE FROM {table}"), &[])?;
            }
            self.store.exec("UPDATE session SET erased_at = coalesce(erased_at, ?1)", &[now_ms.into()])?;
            Ok(told)
        })?;
        self.reload()?;
        Ok(told)
    }

    /// Has the object nothing to wake for, as far as it knows? The user is erased, or has not been seen for so long that all is
    /// over by time; nobody holds a socket.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn is_over(&self, now_ms: i64) -> Result<bool> {
        let seen = |memory: &super::Memory| {
            memory.devices.values().filter(|d| d.revoked_at.is_none()).any(|d| now_ms - d.seen_at <= FAMILY_IDLE_MS)
        };
        let used = seen(&self.memory.borrow()) || !self.store.exec("SELECT 1 FROM socket LIMIT 1", &[])?.is_empty();
        Ok(!used)
    }

    /// To be called by the alarm and by the sweeper: deletes what is over, a bounded number of each kind.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn on_alarm(&self, now_ms: i64) -> Result<()> {
        self.command(|| {
            self.purge_tickets(now_ms)?;
            self.store.exec(
                "DELETE FROM family WHERE family_id IN (SELECT family_id FROM family WHERE \
                 ended_at < ?1 OR rotated_at < ?1 OR created_at < ?2 LIMIT 500)",
                &[(now_ms - FAMILY_IDLE_MS).into(), (now_ms - FAMILY_MS).into()],
            )?;
            self.store.exec("DELETE FROM device WHERE revoked_at < ?1", &[(now_ms - REVOKED_MS).into()])?;
            self.purge_proofs(now_ms)
        })?;
        self.reload()
    }
}
