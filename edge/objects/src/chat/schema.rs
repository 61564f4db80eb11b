//! Tables of a chat room.

use crate::schema::Schema;

/// Steps of the tables. `event.seq` has no gaps; `event_once` makes a frame of a member count once. `answer`: messages that the
/// assistant has still to answer. `ticket.proof`: each proof gives one ticket.
/// `chat.posted`: events up to it were posted to be recorded; `chat.away`: the texts of those up to it lie in table `chat` only;
/// `attachment.seq`: the message that carries the picture, none yet; `attachment.at`: when it was made or sent.
/// `event.rev`: number of the redaction that took the text away.
pub const SCHEMA: Schema = Schema {
    class: "chat_room",
    steps: &["
CREATE TABLE chat (id INTEGER PRIMARY KEY CHECK (id = 1), room_id TEXT NOT NULL, widget TEXT NOT NULL, visitor TEXT NOT NULL,
  locale TEXT, created_at INTEGER NOT NULL, ended_at INTEGER, taken_by TEXT, waits INTEGER NOT NULL DEFAULT 0, posted INTEGER NOT NULL DEFAULT 0,
  away INTEGER NOT NULL DEFAULT 0, kept_days INTEGER NOT NULL DEFAULT 365);
CREATE TABLE member (member TEXT PRIMARY KEY, staff INTEGER NOT NULL, present INTEGER NOT NULL DEFAULT 0,
  read_seq INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE event (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, member TEXT NOT NULL, kind TEXT NOT NULL, client TEXT, text TEXT,
  of INTEGER, answer TEXT, replies TEXT, value TEXT, rev INTEGER NOT NULL DEFAULT 0, attachments TEXT);
CREATE UNIQUE INDEX event_once ON event (member, client) WHERE client IS NOT NULL;
CREATE INDEX event_of ON event (of) WHERE of IS NOT NULL;
CREATE TABLE answer (seq INTEGER PRIMARY KEY);
CREATE TABLE attachment (id TEXT PRIMARY KEY, member TEXT NOT NULL, type TEXT NOT NULL, size INTEGER NOT NULL, at INTEGER NOT NULL,
  seq INTEGER) WITHOUT ROWID;
CREATE TABLE ticket (hash TEXT PRIMARY KEY, proof TEXT NOT NULL UNIQUE, member TEXT NOT NULL, device TEXT NOT NULL,
  until INTEGER, expires_at INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
"],
};
