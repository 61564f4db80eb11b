//! Tables of a room.

use crate::schema::Schema;

/// Steps of the tables. `token.sid`: the connection that redeemed it; a `dead` token lets nobody in. `connection`: one row per
/// `sid` of the media server, with the device that it was let in for. What `seat` says of connections and reservations is made
/// of the two (`Room::settle`). `revoked`: tokens of an identity made before that second are dead there.
pub const SCHEMA: Schema = Schema {
    class: "room",
    steps: &["
CREATE TABLE room (id INTEGER PRIMARY KEY CHECK (id = 1), room_id TEXT NOT NULL, policy TEXT NOT NULL,
  capacity INTEGER NOT NULL, region TEXT, project TEXT NOT NULL, empty_timeout_s INTEGER NOT NULL,
  created_at INTEGER NOT NULL, busy_until INTEGER NOT NULL, ended_at INTEGER, end_reason TEXT);
CREATE TABLE seat (device_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, identity TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
  taken_at INTEGER NOT NULL, asked_at INTEGER NOT NULL, reserved_until INTEGER NOT NULL, sid TEXT,
  left_at INTEGER) WITHOUT ROWID;
CREATE TABLE token (jti TEXT PRIMARY KEY, device_id TEXT NOT NULL, user_id TEXT NOT NULL, identity TEXT NOT NULL,
  kind TEXT NOT NULL, until INTEGER NOT NULL, sid TEXT, dead INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE INDEX token_of_device ON token (device_id);
CREATE TABLE connection (sid TEXT PRIMARY KEY, device_id TEXT, joined_at INTEGER, left_at INTEGER) WITHOUT ROWID;
CREATE INDEX connection_of_device ON connection (device_id);
CREATE TABLE event (id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE banned (device_id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE revoked (identity TEXT PRIMARY KEY, before_s INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE errand (key TEXT PRIMARY KEY, identity TEXT, before_s INTEGER NOT NULL, attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL) WITHOUT ROWID;
"],
};
