//! Taking a seat, and renewing it.

use super::{Answer, OWN_SEAT, ROOM, ROOM_WIDTH, Refusal, Room, Seat, room, seat};
use crate::store::Cell;
use crate::{Result, Row};
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

/// What a join has to know.
struct Known {
    room: RoomV1,
    own: Option<Seat>,
    banned: bool,
    token_known: bool,
    identity_taken: bool,
    /// Tokens of the identity from before that second are dead.
    revoked_before_s: i64,
}

impl Room {
    /// Reserves a seat for the join window.
    ///
    /// Refusals: `NotFound`, `Ended`, `DeviceRevoked`, `WindowInvalid`, `TokenKnown`, `IdentityTaken`, `Full`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn join(&self, join: &Join, now_ms: i64) -> Answer<Joined> {
        self.take(join, false, now_ms)
    }

    /// Makes another token for a device that is in the room, holds a reservation, or left less than a minute ago.
    ///
    /// Refusals: `NotInRoom`, and those of [`Room::join`].
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn renew(&self, join: &Join, now_ms: i64) -> Answer<Joined> {
        self.take(join, true, now_ms)
    }

    fn take(&self, join: &Join, renewal: bool, now_ms: i64) -> Answer<Joined> {
        let Some(known) = self.known(join)? else { return Ok(Err(Refusal::NotFound)) };
        let Known { room, own, banned, token_known, identity_taken, revoked_before_s } = &known;
        if room.ended_at.is_some() {
            return Ok(Err(Refusal::Ended));
        }
        if *banned {
            return Ok(Err(Refusal::DeviceRevoked));
        }
        if renewal && !own.as_ref().is_some_and(|seat| seat.may_renew(now_ms)) {
            return Ok(Err(Refusal::NotInRoom));
        }
        if !(MIN_WINDOW_MS..=MAX_WINDOW_MS).contains(&join.window_ms) {
            return Ok(Err(Refusal::WindowInvalid));
        }
        if *token_known {
            return Ok(Err(Refusal::TokenKnown));
        }
        if *identity_taken {
            return Ok(Err(Refusal::IdentityTaken));
        }
        let held = own.as_ref().is_some_and(|seat| seat.is_held(now_ms) && seat.kind == join.kind);
        let plain = held && own.as_ref().is_some_and(|seat| seat.identity == join.identity);
        let write = || self.write(&known, join, held, now_ms);
        // Another token for a seat that is there changes two rows, the reservation first: without its token it ends by itself. So
        // it goes without a transaction of its own, which costs as much as the two.
        let replaced = granted!(if plain { write()? } else { self.command(write)? });
        let not_before_s = (*revoked_before_s).max(now_ms.div_euclid(1_000));
        Ok(Ok(Joined { expires_at: now_ms + join.window_ms, room: known.room, not_before_s, replaced }))
    }

    /// Writes seat and token; gives the identities that make room.
    fn write(&self, known: &Known, join: &Join, held: bool, now_ms: i64) -> Answer<Vec<String>> {
        let replaced = if held { Vec::new() } else { granted!(self.make_room(&known.room, join, now_ms)?) };
        let expires_at = now_ms + join.window_ms;
        let kind = word(join.kind);
        if let Some(old) = known.own.as_ref().filter(|seat| seat.identity != join.identity && seat.is_joined()) {
            self.revoke_identity(&old.identity, now_ms)?;
        }
        // Of a seat that is there only the reservation changes, by the token of now; of another one nothing is known here.
        self.store.exec(
            "INSERT INTO seat (device_id, user_id, identity, kind, taken_at, asked_at, reserved_until) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?7) ON CONFLICT (device_id) DO UPDATE SET user_id = ?2, identity = ?3, \
             kind = ?4, asked_at = ?5, taken_at = iif(?6, taken_at, ?5), reserved_until = max(reserved_until, ?7)",
            &[
                (&join.device_id).into(),
                (&join.user_id).into(),
                (&join.identity).into(),
                kind.into(),
                now_ms.into(),
                held.into(),
                expires_at.into(),
            ],
        )?;
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
        if known.own.is_none() {
            self.settle(&join.device_id)?;
        }
        Ok(Ok(replaced))
    }

    /// What a join has to know, in one statement: each costs as much as what it reads. `None`: there is no room.
    ///
    /// The plus: SQLite looks at a bound value to plan an outer join, and then plans anew for each value.
    fn known(&self, join: &Join) -> Result<Option<Known>> {
        let sql = format!(
            "SELECT {ROOM}, EXISTS (SELECT 1 FROM banned WHERE device_id = ?1), \
             EXISTS (SELECT 1 FROM token WHERE jti = ?2), \
             EXISTS (SELECT 1 FROM seat WHERE identity = ?3 AND device_id <> ?1), \
             coalesce((SELECT before_s FROM revoked WHERE identity = ?3), 0), {OWN_SEAT} \
             FROM room LEFT JOIN seat AS own ON own.device_id = +?1"
        );
        let params = [(&join.device_id).into(), (&join.jti).into(), (&join.identity).into()];
        let Some(mut row) = self.store.exec(&sql, &params)?.first() else { return Ok(None) };
        let room = room(&mut row)?;
        let flag = |row: &Row, at: usize| Ok::<bool, crate::Error>(row.int(ROOM_WIDTH + at)? != 0);
        let (banned, token_known, identity_taken) = (flag(&row, 0)?, flag(&row, 1)?, flag(&row, 2)?);
        let revoked_before_s = row.int(ROOM_WIDTH + 3)?;
        let own = row.0.split_off(ROOM_WIDTH + 4);
        let own = if own.first() == Some(&Cell::Null) { None } else { Some(seat(Row(own))?) };
        Ok(Some(Known { room, own, banned, token_known, identity_taken, revoked_before_s }))
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
