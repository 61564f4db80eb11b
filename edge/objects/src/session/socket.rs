//! Where a device's connections live, and telling those objects when its access ends.

use super::{Answer, Refusal, Session};
use crate::outbox::Message;
use crate::{Error, Result};
use attune_contracts::auth::NoticeV1;
use attune_contracts::message_id;
use attune_domain::Millis;

/// Most pairs of device and object.
pub const MAX_SOCKETS: u64 = 500;

impl Session {
    /// Notes that an object holds a socket or a seat of a device. To be called before the upgrade is answered: a device that is
    /// revoked meanwhile is refused here, or its object is told.
    ///
    /// Refusals: `Erased`, `Suspended`, `DeviceUnknown`, `DeviceRevoked`, `TooManySockets`.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn socket_opened(&self, device_id: &str, object: &str, now_ms: i64) -> Answer<()> {
        granted!(self.standing());
        granted!(self.live(device_id));
        let count = self.store.exec("SELECT count(*) FROM socket", &[])?.first();
        if count.map(|row| row.uint(0)).transpose()?.unwrap_or(0) >= MAX_SOCKETS {
            return Ok(Err(Refusal::TooManySockets));
        }
        self.store.exec(
            "INSERT INTO socket (device_id, object, opened_at) VALUES (?1, ?2, ?3) \
             ON CONFLICT (device_id, object) DO UPDATE SET opened_at = ?3",
            &[device_id.into(), object.into(), now_ms.into()],
        )?;
        Ok(Ok(()))
    }

    /// The object's last socket of the device is closed. One that was opened after `closed_at` stays noted.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn socket_closed(&self, device_id: &str, object: &str, closed_at: i64) -> Result<()> {
        let sql = "DELETE FROM socket WHERE device_id = ?1 AND object = ?2 AND opened_at <= ?3";
        self.store.exec(sql, &[device_id.into(), object.into(), closed_at.into()]).map(drop)
    }

    /// Objects that hold sockets of a device.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn sockets(&self, device_id: &str) -> Result<Vec<String>> {
        let rows = self.store.exec("SELECT object FROM socket WHERE device_id = ?1", &[device_id.into()])?;
        rows.into_iter().map(|mut row| row.text(0)).collect()
    }

    /// Posts a notice to each object with sockets of the device; from here on the outbox owns the duty to tell them.
    pub(super) fn tell_sockets(&self, device_id: &str, revoked: bool, now_ms: i64) -> Result<Vec<String>> {
        let objects = self.sockets(device_id)?;
        for object in &objects {
            let notice = NoticeV1::DeviceEnded {
                user_id: self.user_id.clone(),
                device_id: device_id.to_owned(),
                at: Millis(now_ms),
                revoked,
            };
            let body = serde_json::to_string(&notice).map_err(|_| Error::Stored("notice"))?;
            let to = format!("object:{object}");
            let id = message_id(&self.user_id, &to, &format!("{device_id} {now_ms}"));
            self.outbox.post(&Message { to: &to, id: &id, body: &body, traceparent: None }, now_ms)?;
        }
        self.store.exec("DELETE FROM socket WHERE device_id = ?1", &[device_id.into()])?;
        Ok(objects)
    }
}
