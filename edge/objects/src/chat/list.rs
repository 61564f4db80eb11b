//! The list of a tenant's chat rooms, and which room is open for whom: an object of its own.

use crate::schema::{Schema, migrate};
use crate::store::transact;
use crate::tenant::page;
use crate::{Result, SharedStore};
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::chat::{ChatRoomsPageV1, ListedChatV1};
use attune_domain::Millis;

/// Steps of the tables. `seq`: number of the event that the row is of; an older notice changes nothing.
pub const LIST_SCHEMA: Schema = Schema {
    class: "chat_list",
    steps: &["
CREATE TABLE listed (room_id TEXT PRIMARY KEY, widget TEXT NOT NULL, visitor TEXT NOT NULL, created_at INTEGER NOT NULL,
  seq INTEGER NOT NULL DEFAULT 0, ended_at INTEGER, waits INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE UNIQUE INDEX listed_open ON listed (visitor, widget) WHERE ended_at IS NULL;
"],
};

/// The object.
pub struct ChatList {
    store: SharedStore,
}

impl std::fmt::Debug for ChatList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChatList")
    }
}

impl ChatList {
    /// Opens the list.
    ///
    /// # Errors
    /// [`crate::Error::Newer`], [`crate::Error::Store`].
    pub fn open(store: SharedStore) -> Result<Self> {
        migrate(&*store, &[LIST_SCHEMA])?;
        Ok(Self { store })
    }

    /// The room that is open for a visitor of a widget, or `room_id`, which is listed before it is made. `ended`: a room that was
    /// given before and has turned out to have ended.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn claim(
        &self,
        visitor: &str,
        widget: &str,
        room_id: &str,
        ended: Option<&str>,
        now_ms: i64,
    ) -> Result<String> {
        transact(&*self.store, || {
            if let Some(ended) = ended {
                let sql = "UPDATE listed SET ended_at = coalesce(ended_at, ?3) WHERE room_id = ?1 AND visitor = ?2";
                self.store.exec(sql, &[ended.into(), visitor.into(), now_ms.into()])?;
            }
            let sql = "SELECT room_id FROM listed WHERE visitor = ?1 AND widget = ?2 AND ended_at IS NULL";
            if let Some(mut row) = self.store.exec(sql, &[visitor.into(), widget.into()])?.first() {
                return row.text(0);
            }
            let sql = "INSERT INTO listed (room_id, widget, visitor, created_at) VALUES (?1, ?2, ?3, ?4)";
            self.store.exec(sql, &[room_id.into(), widget.into(), visitor.into(), now_ms.into()])?;
            Ok(room_id.to_owned())
        })
    }

    /// Takes a [`NoticeV1::ChatRoom`](attune_contracts::auth::NoticeV1). Harmless twice and in any order.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn changed(&self, room_id: &str, seq: u64, waits: bool, ended_at: Option<i64>) -> Result<()> {
        let sql =
            "UPDATE listed SET seq = ?2, waits = ?3, ended_at = coalesce(ended_at, ?4) WHERE room_id = ?1 AND seq < ?2";
        self.store.exec(sql, &[room_id.into(), seq.into(), waits.into(), ended_at.into()]).map(drop)
    }

    /// The room has forgotten itself.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn forgotten(&self, room_id: &str) -> Result<()> {
        self.store.exec("DELETE FROM listed WHERE room_id = ?1", &[room_id.into()]).map(drop)
    }

    /// A page of rooms, the newest first; `live`: only those that have not ended; `waits`: only those whose visitor waits.
    ///
    /// # Errors
    /// `invalid_parameter`, [`crate::Error::Store`].
    pub fn rooms(&self, live: bool, waits: bool, cursor: Option<&str>, limit: u32) -> Result<ChatRoomsPageV1> {
        let limit = page::limit(limit)?;
        let below = page::id(cursor)?;
        let rows = self.store.exec(
            "SELECT room_id, widget, created_at, ended_at, waits FROM listed WHERE (?1 = '' OR room_id < ?1) \
             AND (?2 = 0 OR ended_at IS NULL) AND (?3 = 0 OR waits = 1) ORDER BY room_id DESC LIMIT ?4",
            &[below.into(), live.into(), waits.into(), (limit + 1).into()],
        )?;
        let read = |mut row: crate::Row| {
            Ok(ListedChatV1 {
                room_id: row.text(0)?,
                widget: row.text(1)?,
                created_at: Millis(row.int(2)?),
                ended_at: row.maybe_int(3)?.map(Millis),
                waits: row.int(4)? != 0,
            })
        };
        let mut rooms = rows.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        let next_cursor = page::cut(&mut rooms, limit, |room: &ListedChatV1| room.room_id.clone());
        Ok(ChatRoomsPageV1 { schema_version: SCHEMA_VERSION, rooms, next_cursor })
    }
}
