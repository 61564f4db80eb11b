//! Losing a seat: removed, replaced, revoked, or with the room.

use super::{Answer, Refusal, Room, Seat};
use crate::outbox::Message;
use crate::{Error, Result};
use attune_contracts::auth::NoticeV1;
use attune_contracts::message_id;
use attune_contracts::voice::RoomV1;
use attune_domain::Millis;

impl Room {
    /// Removes a participant: the seat is free, all tokens made so far are dead. The device may join again.
    ///
    /// Refusals: `NotFound`, `Ended`, `NoParticipant`.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn remove(&self, identity: &str, now_ms: i64) -> Answer<()> {
        self.command(|| {
            granted!(self.live()?);
            let seat = self.seats()?.into_iter().find(|seat| seat.identity == identity);
            let Some(seat) = seat.filter(|seat| seat.may_renew(now_ms)) else { return Ok(Err(Refusal::NoParticipant)) };
            self.drop_seat(&seat, now_ms).map(Ok)
        })
    }

    /// Takes a [`NoticeV1::DeviceEnded`]: the device's seat and tokens are dead, unless it asked for one after `at`; a
    /// revoked device never gets another. Harmless twice.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn device_ended(&self, device_id: &str, at: i64, revoked: bool, now_ms: i64) -> Result<()> {
        self.command(|| {
            if revoked {
                let sql = "INSERT INTO banned (device_id, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
                self.store.exec(sql, &[device_id.into(), now_ms.into()])?;
            }
            match self.seat(device_id)? {
                Some(seat) if revoked || seat.asked_at <= at => self.drop_seat(&seat, now_ms),
                _ => Ok(()),
            }
        })
    }

    /// Ends the room for all: there is an errand to delete it at the media server, and the list of rooms is told (start a
    /// drain). Again is harmless.
    ///
    /// Refusals: `NotFound`.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn end(&self, reason: &str, now_ms: i64) -> Answer<RoomV1> {
        self.command(|| {
            match self.live()? {
                Ok(room) => self.end_now(&room.room_id, reason, now_ms)?,
                Err(Refusal::NotFound) => return Ok(Err(Refusal::NotFound)),
                Err(_) => {}
            }
            Ok(self.get()?.ok_or(Refusal::NotFound))
        })
    }

    pub(super) fn end_now(&self, room_id: &str, reason: &str, now_ms: i64) -> Result<()> {
        self.store.exec("UPDATE room SET ended_at = ?1, end_reason = ?2", &[now_ms.into(), reason.into()])?;
        self.store.exec("DELETE FROM seat", &[])?;
        self.store.exec("UPDATE token SET dead = 1", &[])?;
        self.store.exec("DELETE FROM errand", &[])?;
        self.errand("delete", None, now_ms.div_euclid(1_000) + 1, now_ms)?;
        let notice = NoticeV1::RoomEnded { room_id: room_id.to_owned(), at: Millis(now_ms) };
        let body = serde_json::to_string(&notice).map_err(|_| Error::Stored("notice"))?;
        let to = format!("object:{}", self.list);
        let id = message_id(self.outbox.tenant(), "room.ended", room_id);
        self.outbox.post(&Message { to: &to, id: &id, body: &body, traceparent: None }, now_ms)
    }

    /// Frees a seat, kills the tokens of its device, and has the media server do the same.
    pub(super) fn drop_seat(&self, seat: &Seat, now_ms: i64) -> Result<()> {
        self.store.exec("DELETE FROM seat WHERE device_id = ?1", &[(&seat.device_id).into()])?;
        self.store.exec("UPDATE token SET dead = 1 WHERE device_id = ?1", &[(&seat.device_id).into()])?;
        self.store.exec("UPDATE connection SET device_id = NULL WHERE device_id = ?1", &[(&seat.device_id).into()])?;
        self.busy_until(now_ms)?;
        self.revoke_identity(&seat.identity, now_ms)
    }

    /// Has the media server remove an identity and refuse its tokens made so far.
    pub(super) fn revoke_identity(&self, identity: &str, now_ms: i64) -> Result<()> {
        let before_s = now_ms.div_euclid(1_000) + 1;
        self.store.exec(
            "INSERT INTO revoked (identity, before_s) VALUES (?1, ?2) \
             ON CONFLICT (identity) DO UPDATE SET before_s = max(before_s, ?2)",
            &[identity.into(), before_s.into()],
        )?;
        self.errand(&format!("remove {identity}"), Some(identity), before_s, now_ms)
    }
}
