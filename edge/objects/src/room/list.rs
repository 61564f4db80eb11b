//! The list of a tenant's rooms: an object of its own, so that a room's traffic never meets it.

use super::NewRoom;
use crate::schema::{Schema, migrate};
use crate::store::transact;
use crate::tenant::page;
use crate::{Error, Result, SharedStore};
use attune_contracts::voice::{ListedRoomV1, RoomsPageV1};
use attune_contracts::{ProblemCode, SCHEMA_VERSION};
use attune_domain::{Millis, json};

/// An ended room is listed for so long, ms.
pub const LISTED_MS: i64 = 30 * 86_400_000;

/// The answer to an `Idempotency-Key` is kept for so long, ms.
const MADE_MS: i64 = 24 * 3_600_000;

/// Steps of the tables. `made`: which room an `Idempotency-Key` has made.
pub const LIST_SCHEMA: Schema = Schema {
    class: "room_list",
    steps: &["
CREATE TABLE listed (room_id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, ended_at INTEGER) WITHOUT ROWID;
", "
CREATE TABLE made (key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, room TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
"],
};

/// The object.
pub struct RoomList {
    store: SharedStore,
}

impl std::fmt::Debug for RoomList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RoomList")
    }
}

impl RoomList {
    /// Opens the list.
    ///
    /// # Errors
    /// [`crate::Error::Newer`], [`crate::Error::Store`].
    pub fn open(store: SharedStore) -> Result<Self> {
        migrate(&*store, &[LIST_SCHEMA])?;
        Ok(Self { store })
    }

    /// Lists a room, before it is made: one that is listed and was not made is found to be missing, the other way round it
    /// would be lost. Again is harmless. Forgets rooms that ended long ago, a bounded number.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn add(&self, room_id: &str, now_ms: i64) -> Result<()> {
        let sql = "INSERT INTO listed (room_id, created_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        self.store.exec(sql, &[room_id.into(), now_ms.into()])?;
        let sql = "DELETE FROM listed WHERE room_id IN \
                   (SELECT room_id FROM listed WHERE ended_at < ?1 ORDER BY room_id LIMIT 100)";
        self.store.exec(sql, &[(now_ms - LISTED_MS).into()]).map(drop)
    }

    /// Lists the room that a request is to make, and gives it: for a repeat that of the first request, whose room may be there or
    /// not. Forgets keys of long ago, a bounded number.
    ///
    /// # Errors
    /// `idempotency_mismatch`, [`crate::Error::Store`].
    pub fn claim(&self, key: &str, fingerprint: &str, new: &NewRoom, now_ms: i64) -> Result<NewRoom> {
        transact(&*self.store, || {
            let sql = "DELETE FROM made WHERE key IN (SELECT key FROM made WHERE at < ?1 LIMIT 100)";
            self.store.exec(sql, &[(now_ms - MADE_MS).into()])?;
            let sql = "SELECT fingerprint, room FROM made WHERE key = ?1";
            if let Some(mut row) = self.store.exec(sql, &[key.into()])?.first() {
                if row.text(0)? != fingerprint {
                    let detail = "the Idempotency-Key was used with another body";
                    return Err(Error::refused(ProblemCode::IdempotencyMismatch, detail));
                }
                return json::from_str(&row.text(1)?).map_err(|_| Error::Stored("room"));
            }
            let room = serde_json::to_string(new).map_err(|_| Error::Stored("room"))?;
            let sql = "INSERT INTO made (key, fingerprint, room, at) VALUES (?1, ?2, ?3, ?4)";
            self.store.exec(sql, &[key.into(), fingerprint.into(), (&room).into(), now_ms.into()])?;
            self.add(&new.room_id, now_ms)?;
            Ok(new.clone())
        })
    }

    /// Takes a [`NoticeV1::RoomEnded`](attune_contracts::auth::NoticeV1). Harmless twice.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn ended(&self, room_id: &str, at: i64) -> Result<()> {
        let sql = "UPDATE listed SET ended_at = coalesce(ended_at, ?2) WHERE room_id = ?1";
        self.store.exec(sql, &[room_id.into(), at.into()]).map(drop)
    }

    /// A page of rooms, the newest first; `live`: only those that have not ended.
    ///
    /// # Errors
    /// `invalid_parameter`, [`crate::Error::Store`].
    pub fn rooms(&self, live: bool, cursor: Option<&str>, limit: u32) -> Result<RoomsPageV1> {
        let limit = page::limit(limit)?;
        let below = page::id(cursor)?;
        let rows = self.store.exec(
            "SELECT room_id, created_at, ended_at FROM listed WHERE (?1 = '' OR room_id < ?1) \
             AND (?2 = 0 OR ended_at IS NULL) ORDER BY room_id DESC LIMIT ?3",
            &[below.into(), live.into(), (limit + 1).into()],
        )?;
        let read = |mut row: crate::Row| {
            let (created_at, ended_at) = (Millis(row.int(1)?), row.maybe_int(2)?.map(Millis));
            Ok(ListedRoomV1 { room_id: row.text(0)?, created_at, ended_at })
        };
        let mut rooms = rows.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        let next_cursor = page::cut(&mut rooms, limit, |room: &ListedRoomV1| room.room_id.clone());
        Ok(RoomsPageV1 { schema_version: SCHEMA_VERSION, rooms, next_cursor })
    }
}
