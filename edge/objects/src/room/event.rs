//! Verified webhooks of the media server: who came, who went.

use super::join::word;
use super::{Answer, Join, Room};
use crate::Result;
use attune_contracts::voice::{RoomV1, SeatKind};
use serde::{Deserialize, Serialize};

/// A webhook event whose signature was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its id: the same when it comes again.
    pub id: String,
    /// When it happened, by the media server, ms since 1970.
    pub at: i64,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// `participant_joined`.
    ParticipantJoined {
        /// The server's id of the connection.
        sid: String,
        /// Identity.
        identity: String,
        /// `jti` of the token, from the participant's attributes, which the token set and the participant cannot change.
        #[serde(default)]
        jti: Option<String>,
        /// Was it started by the media server itself (agent, ingress, egress, SIP)? Such a one needs no token of ours.
        #[serde(default)]
        managed: bool,
    },
    /// `participant_left`.
    ParticipantLeft {
        /// The server's id of the connection.
        sid: String,
    },
    /// `room_finished`: nobody is left.
    RoomFinished,
    /// Anything else.
    Other,
}

/// A row of `token`.
struct Token {
    device_id: String,
    user_id: String,
    identity: String,
    kind: SeatKind,
    sid: Option<String>,
    dead: bool,
}

impl Room {
    /// Takes an event. Run the errands afterwards. False: it was known, nothing was changed.
    ///
    /// Refusals: `NotFound`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn event(&self, event: &Event, now_ms: i64) -> Answer<bool> {
        self.command(|| {
            let Some(room) = self.get()? else { return Ok(Err(super::Refusal::NotFound)) };
            let sql = "INSERT INTO event (id, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING RETURNING 1";
            if self.store.exec(sql, &[(&event.id).into(), now_ms.into()])?.is_empty() {
                return Ok(Ok(false));
            }
            match &event.kind {
                EventKind::ParticipantJoined { sid, identity, jti, managed } => {
                    if self.connected(sid, event.at)? && !*managed {
                        let welcome = match jti {
                            Some(jti) => self.redeem(&room, jti, sid, identity, now_ms)?,
                            None => false,
                        };
                        if !welcome {
                            self.revoke_identity(identity, now_ms)?;
                        }
                    }
                }
                EventKind::ParticipantLeft { sid } => self.left(sid, event.at, now_ms)?,
                EventKind::RoomFinished => self.all_left(event.at, now_ms)?,
                EventKind::Other => {}
            }
            Ok(Ok(true))
        })
    }

    /// Notes that a connection has come; false when that was known.
    fn connected(&self, sid: &str, at: i64) -> Result<bool> {
        let new = self.store.exec(
            "INSERT INTO connection (sid, joined_at) VALUES (?1, ?2) ON CONFLICT (sid) DO UPDATE \
             SET joined_at = ?2 WHERE joined_at IS NULL RETURNING 1",
            &[sid.into(), at.into()],
        )?;
        Ok(!new.is_empty())
    }

    /// A token was used by a connection. False: whoever it is must go.
    fn redeem(&self, room: &RoomV1, jti: &str, sid: &str, identity: &str, now_ms: i64) -> Result<bool> {
        let Some(token) = self.token(jti)? else { return Ok(false) };
        if let Some(first) = &token.sid
            && first != sid
        {
            self.copied(&token, jti, now_ms)?;
            return Ok(false);
        }
        let seat = self.seat(&token.device_id)?;
        self.store.exec("UPDATE token SET sid = ?2 WHERE jti = ?1", &[jti.into(), sid.into()])?;
        self.settle(&token.device_id)?;
        if token.dead || token.identity != identity || room.ended_at.is_some() || self.is_banned(&token.device_id)? {
            return Ok(false);
        }
        if !seat.as_ref().is_some_and(|seat| seat.is_held(now_ms)) {
            // it came after its window (the media server allows a minute): welcome if a seat is free
            let late = Join {
                jti: jti.to_owned(),
                device_id: token.device_id.clone(),
                user_id: token.user_id.clone(),
                identity: token.identity.clone(),
                kind: token.kind,
                window_ms: 0,
            };
            let patient = RoomV1 { policy: attune_contracts::voice::RoomPolicy::RejectNew, ..room.clone() };
            if self.make_room(&patient, &late, now_ms)?.is_err() {
                return Ok(false);
            }
        }
        self.seated(&token, sid, now_ms)?;
        Ok(true)
    }

    /// A second connection used one token: nobody can tell which of the two is the device, so both go.
    fn copied(&self, token: &Token, jti: &str, now_ms: i64) -> Result<()> {
        self.store.exec("UPDATE token SET dead = 1 WHERE jti = ?1", &[jti.into()])?;
        if let Some(seat) = self.seat(&token.device_id)? {
            self.drop_seat(&seat, now_ms)?;
        }
        self.revoke_identity(&token.identity, now_ms)
    }

    /// Lets a connection in for a device.
    fn seated(&self, token: &Token, sid: &str, now_ms: i64) -> Result<()> {
        self.store.exec(
            "INSERT INTO seat (device_id, user_id, identity, kind, taken_at, asked_at, reserved_until) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, 0) ON CONFLICT (device_id) DO NOTHING",
            &[
                (&token.device_id).into(),
                (&token.user_id).into(),
                (&token.identity).into(),
                word(token.kind).into(),
                now_ms.into(),
            ],
        )?;
        self.store
            .exec("UPDATE connection SET device_id = ?2 WHERE sid = ?1", &[sid.into(), (&token.device_id).into()])?;
        self.settle(&token.device_id)?;
        self.busy_until(now_ms)
    }

    fn left(&self, sid: &str, at: i64, now_ms: i64) -> Result<()> {
        let left = self.store.exec(
            "INSERT INTO connection (sid, left_at) VALUES (?1, ?2) ON CONFLICT (sid) DO UPDATE \
             SET left_at = coalesce(left_at, ?2) RETURNING device_id",
            &[sid.into(), at.into()],
        )?;
        let device = left.first().map(|mut row| row.maybe_text(0)).transpose()?.flatten();
        let Some(device) = device else { return Ok(()) };
        self.settle(&device)?;
        self.busy_until(now_ms)
    }

    /// Nobody who came before is there any more.
    fn all_left(&self, at: i64, now_ms: i64) -> Result<()> {
        let sql = "SELECT sid FROM connection WHERE joined_at <= ?1 AND left_at IS NULL";
        for mut row in self.store.exec(sql, &[at.into()])? {
            self.left(&row.text(0)?, at, now_ms)?;
        }
        Ok(())
    }

    /// What the media server lists now: connections that are not among them have left, their webhook was lost. Only those that
    /// came before it was asked.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn reconcile(&self, present: &[String], asked_at: i64, now_ms: i64) -> Result<()> {
        self.command(|| {
            let sql = "SELECT sid FROM connection WHERE joined_at < ?1 AND left_at IS NULL";
            for mut row in self.store.exec(sql, &[asked_at.into()])? {
                let sid = row.text(0)?;
                if !present.contains(&sid) {
                    self.left(&sid, asked_at, now_ms)?;
                }
            }
            Ok(())
        })
    }

    fn token(&self, jti: &str) -> Result<Option<Token>> {
        let sql = "SELECT device_id, user_id, identity, kind, sid, dead FROM token WHERE jti = ?1";
        let Some(mut row) = self.store.exec(sql, &[jti.into()])?.first() else { return Ok(None) };
        Ok(Some(Token {
            device_id: row.text(0)?,
            user_id: row.text(1)?,
            identity: row.text(2)?,
            kind: if row.text(3)? == "agent" { SeatKind::Agent } else { SeatKind::Participant },
            sid: row.maybe_text(4)?,
            dead: row.int(5)? != 0,
        }))
    }
}
