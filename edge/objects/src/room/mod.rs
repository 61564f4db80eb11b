//! Room: one voice room. It knows who may be in it, and learns from verified webhooks of the media server who is.
//!
//! **Seats and tokens.** A device has one seat. A join token reserves it for the join window; the webhook of its first use
//! redeems the token and makes the seat *joined*. Who was joined and left may renew for a while, without holding the seat up.
//!
//! **Copied tokens.** The media server knows nothing of device keys, so a copied token joins. Its second use shows here: then
//! all that the identity has is removed and revoked at the media server (`revoke_token_ts`), whoever came first, and the device
//! has to ask anew with its key.
//!
//! **Any order.** Webhooks come late, twice and out of order. Connections are told apart by the server's `sid`, each `sid` joins
//! and leaves once, and both orders end in the same state.
//!
//! **Errands.** What has to be done at the media server is a row until it was done ([`Room::errands`], [`Room::errand_done`]).

mod errand;
mod event;
mod join;
mod leave;
mod list;
mod schema;
mod wake;

pub use errand::Errand;
pub use event::{Event, EventKind};
pub use join::{Join, Joined, MAX_WINDOW_MS, MIN_WINDOW_MS};
pub use list::{LIST_SCHEMA, LISTED_MS, RoomList};
pub use schema::SCHEMA;

use crate::outbox::Outbox;
use crate::schema::migrate;
use crate::store::transact;
use crate::{Error, Result, Row, SharedStore, Store};
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::voice::{ParticipantV1, ParticipantsV1, RoomPolicy, RoomV1, SeatKind, SeatState};
use attune_domain::Millis;
use serde::{Deserialize, Serialize};

/// Who left may renew for so long, ms.
pub const REJOIN_MS: i64 = 60_000;
/// Most seats of a room.
pub const MAX_CAPACITY: u32 = 1_000;
/// Longest time-out of an empty room, s.
pub const MAX_EMPTY_TIMEOUT_S: u32 = 86_400;

/// Why something is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refused", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such room.
    #[error("there is no such room")]
    NotFound,
    /// The room exists with other properties.
    #[error("the room exists with other properties")]
    Exists,
    /// The room has ended.
    #[error("the room has ended")]
    Ended,
    /// All seats are taken, and the policy is to refuse the newcomer.
    #[error("the room is full")]
    Full,
    /// The device was revoked.
    #[error("the device was revoked")]
    DeviceRevoked,
    /// The device has no seat to renew.
    #[error("the device is not in the room")]
    NotInRoom,
    /// Nobody of that identity is in the room.
    #[error("there is no such participant")]
    NoParticipant,
    /// The join window is not one of 10 s to 10 minutes.
    #[error("a join window is 10 to 600 seconds")]
    WindowInvalid,
    /// Capacity or time-out is out of range.
    #[error("capacity is 1 to 1000, the time-out at most a day")]
    Invalid,
    /// The token's `jti` is not new.
    #[error("the token id was used before")]
    TokenKnown,
    /// Another device has the identity.
    #[error("another device has the identity")]
    IdentityTaken,
}

/// What a command says: an error of the storage, a refusal, or the value.
pub type Answer<T> = Result<core::result::Result<T, Refusal>>;

/// A room to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRoom {
    /// `rm_<ulid>`.
    pub room_id: String,
    /// What happens when it is full.
    pub policy: RoomPolicy,
    /// Most seats of participants.
    pub capacity: u32,
    /// Region of the media server.
    #[serde(default)]
    pub region: Option<String>,
    /// The LiveKit project, by its key.
    pub project: String,
    /// Seconds after which it ends when it is empty.
    pub empty_timeout_s: u32,
}

/// The object of one room.
pub struct Room {
    store: SharedStore,
    outbox: Outbox,
    /// Name of the list of rooms.
    list: String,
}

impl std::fmt::Debug for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Room")
    }
}

/// A row of `seat`.
#[derive(Debug, Clone)]
struct Seat {
    device_id: String,
    user_id: String,
    identity: String,
    kind: SeatKind,
    taken_at: i64,
    /// When a token was last asked for.
    asked_at: i64,
    /// Until when a token that was not redeemed can be used.
    reserved_until: i64,
    sid: Option<String>,
    left_at: Option<i64>,
}

impl Seat {
    fn is_joined(&self) -> bool {
        self.sid.is_some()
    }

    /// Joined, or a token for it can still be used.
    fn is_held(&self, now_ms: i64) -> bool {
        self.is_joined() || self.reserved_until > now_ms
    }

    /// Held, or left a moment ago.
    fn may_renew(&self, now_ms: i64) -> bool {
        self.is_held(now_ms) || self.left_at.is_some_and(|at| now_ms - at < REJOIN_MS)
    }
}

const SEAT: &str = "device_id, user_id, identity, kind, taken_at, asked_at, reserved_until, sid, left_at";
/// The same of a table that is called `own`.
const OWN_SEAT: &str = "own.device_id, own.user_id, own.identity, own.kind, own.taken_at, own.asked_at, own.reserved_until, \
                        own.sid, own.left_at";
const ROOM: &str = "room_id, policy, capacity, region, project, empty_timeout_s, created_at, ended_at, end_reason";
const ROOM_WIDTH: usize = 9;

impl Room {
    /// Has anyone made this object? A made-up room id must not leave tables behind.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn exists(store: &dyn Store) -> Result<bool> {
        Ok(!store.exec("SELECT 1 FROM sqlite_master WHERE name = 'seat'", &[])?.is_empty())
    }

    /// Opens the object of a room of `tenant`. `list` is the name of the tenant's list of rooms
    /// ([`crate::names::room_list`]), which is told when the room ends.
    ///
    /// # Errors
    /// [`Error::Newer`], [`Error::Store`].
    pub fn open(store: SharedStore, tenant: &str, list: &str) -> Result<Self> {
        migrate(&*store, &[SCHEMA])?;
        let outbox = Outbox::open(store.clone(), tenant)?;
        Ok(Self { store, outbox, list: list.to_owned() })
    }

    /// The object's outbox: to drain it, for its statistics, for the registry (before the room is made).
    pub const fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Makes the room. Again with the same properties: the room as it is.
    ///
    /// Refusals: `Invalid`, `Exists`.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn create(&self, new: &NewRoom, now_ms: i64) -> Answer<RoomV1> {
        if !(1..=MAX_CAPACITY).contains(&new.capacity) || new.empty_timeout_s > MAX_EMPTY_TIMEOUT_S {
            return Ok(Err(Refusal::Invalid));
        }
        self.store.exec(
            "INSERT INTO room (id, room_id, policy, capacity, region, project, empty_timeout_s, created_at, busy_until) \
             VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) ON CONFLICT DO NOTHING",
            &[
                (&new.room_id).into(),
                new.policy.as_str().into(),
                i64::from(new.capacity).into(),
                new.region.as_ref().into(),
                (&new.project).into(),
                i64::from(new.empty_timeout_s).into(),
                now_ms.into(),
            ],
        )?;
        let Some(room) = self.get()? else { return Ok(Err(Refusal::NotFound)) };
        let RoomV1 { room_id, policy, capacity, region, project, empty_timeout_s, .. } = room.clone();
        let same = *new == NewRoom { room_id, policy, capacity, region, project, empty_timeout_s };
        Ok(if same { Ok(room) } else { Err(Refusal::Exists) })
    }

    /// The room; `None` before it was made.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn get(&self) -> Result<Option<RoomV1>> {
        let row = self.store.exec(&format!("SELECT {ROOM} FROM room"), &[])?.first();
        row.map(|mut row| room(&mut row)).transpose()
    }

    /// Who has a seat now, in the order of their coming.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn participants(&self, now_ms: i64) -> Result<ParticipantsV1> {
        let held = self.seats()?.into_iter().filter(|seat| seat.is_held(now_ms));
        let participants = held
            .map(|seat| ParticipantV1 {
                state: if seat.is_joined() { SeatState::Joined } else { SeatState::Reserved },
                identity: seat.identity,
                user_id: seat.user_id,
                device_id: seat.device_id,
                kind: seat.kind,
                since: Millis(seat.taken_at),
            })
            .collect();
        Ok(ParticipantsV1 { schema_version: SCHEMA_VERSION, participants })
    }

    /// Devices with a seat, held or left a moment ago, and their users: those whose `Session` knows of this object.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn devices(&self) -> Result<Vec<(String, String)>> {
        Ok(self.seats()?.into_iter().map(|seat| (seat.device_id, seat.user_id)).collect())
    }

    /// The room, unless it was never made or has ended.
    fn live(&self) -> Answer<RoomV1> {
        Ok(match self.get()? {
            None => Err(Refusal::NotFound),
            Some(RoomV1 { ended_at: Some(_), .. }) => Err(Refusal::Ended),
            Some(room) => Ok(room),
        })
    }

    /// Runs a command as one transaction.
    fn command<T>(&self, body: impl FnMut() -> Result<T>) -> Result<T> {
        let done = transact(&*self.store, body);
        if done.is_err() {
            self.outbox.reload()?;
        }
        done
    }

    fn seats(&self) -> Result<Vec<Seat>> {
        let rows = self.store.exec(&format!("SELECT {SEAT} FROM seat ORDER BY taken_at, device_id"), &[])?;
        rows.into_iter().map(seat).collect()
    }

    fn seat(&self, device_id: &str) -> Result<Option<Seat>> {
        let sql = format!("SELECT {SEAT} FROM seat WHERE device_id = ?1");
        self.store.exec(&sql, &[device_id.into()])?.first().map(seat).transpose()
    }

    /// Makes a seat say what tokens and connections of its device say, in whatever order they came.
    fn settle(&self, device_id: &str) -> Result<()> {
        let sql = "UPDATE seat SET \
                   sid = (SELECT sid FROM connection WHERE device_id = ?1 AND left_at IS NULL ORDER BY joined_at DESC, sid LIMIT 1), \
                   left_at = (SELECT max(left_at) FROM connection WHERE device_id = ?1), \
                   reserved_until = coalesce((SELECT max(until) FROM token WHERE device_id = ?1 AND sid IS NULL AND dead = 0), 0) \
                   WHERE device_id = ?1";
        self.store.exec(sql, &[device_id.into()]).map(drop)
    }

    fn is_banned(&self, device_id: &str) -> Result<bool> {
        Ok(!self.store.exec("SELECT 1 FROM banned WHERE device_id = ?1", &[device_id.into()])?.is_empty())
    }
}

fn room(row: &mut Row) -> Result<RoomV1> {
    let small = |n: i64| u32::try_from(n).map_err(|_| Error::Stored("integer"));
    Ok(RoomV1 {
        schema_version: SCHEMA_VERSION,
        room_id: row.text(0)?,
        policy: RoomPolicy::parse(&row.text(1)?).ok_or(Error::Stored("policy"))?,
        capacity: small(row.int(2)?)?,
        region: row.maybe_text(3)?,
        project: row.text(4)?,
        empty_timeout_s: small(row.int(5)?)?,
        created_at: Millis(row.int(6)?),
        ended_at: row.maybe_int(7)?.map(Millis),
        end_reason: row.maybe_text(8)?,
    })
}

fn seat(mut row: Row) -> Result<Seat> {
    Ok(Seat {
        device_id: row.text(0)?,
        user_id: row.text(1)?,
        identity: row.text(2)?,
        kind: if row.text(3)? == "agent" { SeatKind::Agent } else { SeatKind::Participant },
        taken_at: row.int(4)?,
        asked_at: row.int(5)?,
        reserved_until: row.int(6)?,
        sid: row.maybe_text(7)?,
        left_at: row.maybe_int(8)?,
    })
}
