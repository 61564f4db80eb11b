//! Taking a seat, and renewing it.

use super::{Answer, Refusal, Room, Seat};
use crate::Result;
use attune_contracts::voice::{RoomPolicy, RoomV1, SeatKind};
use serde::{Deserialize, Serialize};

/// Shortest join window, ms.
pub const MIN_WINDOW_MS: i64 = 10_000;
/// Longest join window, ms.
pub const MAX_WINDOW_MS: i64 = 600_000;

/// Who wants a token, after the device's proof was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// `jti` of the token to be made; new.
    pub jti: String,
    /// The device, or what stands for a server's participant.
    pub device_id: String,
    /// The user.
    pub user_id: String,
    /// Identity at the media server: opaque, always the same for one device in one room.
    pub identity: String,
    /// Agents take none of the room's seats.
    pub kind: SeatKind,
    /// The join window, ms.
    pub window_ms: i64,
}

/// What to make the token of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// The room.
    pub room: RoomV1,
    /// `nbf` of the token must not be less, s since 1970: what was made before was revoked.
    pub not_before_s: i64,
    /// `exp` of the token, ms since 1970.
    pub expires_at: i64,
    /// Identities that had to make room: there are errands to remove them now.
    pub replaced: Vec<String>,
}

impl Room {
    /// Reserves a seat for the join window.
    ///
    /// Refusals: `NotFound`, `Ended`, `DeviceRevoked`, `WindowInvalid`, `TokenKnown`, `IdentityTaken`, `Full`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn join(&self, join: &Join, now_ms: i64) -> Answer<Joined> {
        self.command(|| self.take(join, false, now_ms))
    }

    /// Makes another token for a device that is in the room, holds a reservation, or left less than a minute ago.
    ///
    /// Refusals: `NotInRoom`, and those of [`Room::join`].
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn renew(&self, join: &Join, now_ms: i64) -> Answer<Joined> {
        self.command(|| self.take(join, true, now_ms))
    }

    fn take(&self, join: &Join, renewal: bool, now_ms: i64) -> Answer<Joined> {
        let room = granted!(self.live()?);
        if self.is_banned(&join.device_id)? {
            return Ok(Err(Refusal::DeviceRevoked));
        }
        let own = self.seat(&join.device_id)?;
        if renewal && !own.as_ref().is_some_and(|seat| seat.may_renew(now_ms)) {
            return Ok(Err(Refusal::NotInRoom));
        }
        if !(MIN_WINDOW_MS..=MAX_WINDOW_MS).contains(&join.window_ms) {
            return Ok(Err(Refusal::WindowInvalid));
        }
        if !self.store.exec("SELECT 1 FROM token WHERE jti = ?1", &[(&join.jti).into()])?.is_empty() {
            return Ok(Err(Refusal::TokenKnown));
        }
        let taken = "SELECT 1 FROM seat WHERE identity = ?1 AND device_id <> ?2";
        if !self.store.exec(taken, &[(&join.identity).into(), (&join.device_id).into()])?.is_empty() {
            return Ok(Err(Refusal::IdentityTaken));
        }
        let held = own.as_ref().is_some_and(|seat| seat.is_held(now_ms) && seat.kind == join.kind);
        let replaced = if held { Vec::new() } else { granted!(self.make_room(&room, join, now_ms)?) };
        let expires_at = now_ms + join.window_ms;
        let kind = word(join.kind);
        self.store.exec(
            "INSERT INTO token (jti, device_id, user_id, identity, kind, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            &[
                (&join.jti).into(),
                (&join.device_id).into(),
                (&join.user_id).into(),
                (&join.identity).into(),
                kind.into(),
                expires_at.into(),
            ],
        )?;
        if let Some(old) = own.filter(|seat| seat.identity != join.identity && seat.is_joined()) {
            self.revoke_identity(&old.identity, now_ms)?;
        }
        self.store.exec(
            "INSERT INTO seat (device_id, user_id, identity, kind, taken_at, asked_at, reserved_until) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, 0) ON CONFLICT (device_id) DO UPDATE SET \
             user_id = ?2, identity = ?3, kind = ?4, asked_at = ?5, taken_at = CASE WHEN ?6 THEN taken_at ELSE ?5 END",
            &[
                (&join.device_id).into(),
                (&join.user_id).into(),
                (&join.identity).into(),
                kind.into(),
                now_ms.into(),
                held.into(),
            ],
        )?;
        self.settle(&join.device_id)?;
        self.busy_until(expires_at)?;
        let sql = "SELECT before_s FROM revoked WHERE identity = ?1";
        let revoked = self.store.exec(sql, &[(&join.identity).into()])?.first();
        let not_before_s = revoked.map(|row| row.int(0)).transpose()?.unwrap_or(0).max(now_ms.div_euclid(1_000));
        Ok(Ok(Joined { room, not_before_s, expires_at, replaced }))
    }

    /// Sees to a seat for a newcomer: there is one, or somebody makes room. Gives the identities that do.
    pub(super) fn make_room(&self, room: &RoomV1, join: &Join, now_ms: i64) -> Answer<Vec<String>> {
        if join.kind == SeatKind::Agent {
            return Ok(Ok(Vec::new()));
        }
        let counted = |seat: &Seat| {
            seat.kind == SeatKind::Participant && seat.device_id != join.device_id && seat.is_held(now_ms)
        };
        let mut others: Vec<Seat> = self.seats()?.into_iter().filter(counted).collect();
        let most = usize::try_from(room.capacity).unwrap_or(usize::MAX);
        let mut replaced = Vec::new();
        while others.len() >= most {
            if room.policy == RoomPolicy::RejectNew {
                return Ok(Err(Refusal::Full));
            }
            // the oldest of the same user, else the oldest
            let index = others.iter().position(|seat| seat.user_id == join.user_id).unwrap_or(0);
            let old = others.remove(index);
            self.drop_seat(&old, now_ms)?;
            replaced.push(old.identity);
        }
        Ok(Ok(replaced))
    }

    /// The room is not empty before this time.
    pub(super) fn busy_until(&self, at: i64) -> Result<()> {
        self.store.exec("UPDATE room SET busy_until = max(busy_until, ?1)", &[at.into()]).map(drop)
    }
}

pub(super) const fn word(kind: SeatKind) -> &'static str {
    match kind {
        SeatKind::Participant => "participant",
        SeatKind::Agent => "agent",
    }
}
