//! Tables of a user's session.

use crate::schema::Schema;

/// Steps of the tables. `proofs_to`: no proof of a later `iat` was accepted by a check (s since 1970).
/// `valid_from_s`: access tokens made before are dead. `socket`: where the device's connections live.
pub const SCHEMA: Schema = Schema {
    class: "session",
    steps: &["
CREATE TABLE session (id INTEGER PRIMARY KEY CHECK (id = 1), tenant_epoch INTEGER NOT NULL, valid_from_s INTEGER NOT NULL,
  suspended INTEGER NOT NULL, standing_seq INTEGER NOT NULL, erased_at INTEGER);
INSERT INTO session (id, tenant_epoch, valid_from_s, suspended, standing_seq) VALUES (1, 0, 0, 0, 0);
CREATE TABLE device (device_id TEXT PRIMARY KEY, jkt TEXT NOT NULL, name TEXT NOT NULL, agent TEXT NOT NULL,
  created_at INTEGER NOT NULL, seen_at INTEGER NOT NULL, valid_from_s INTEGER NOT NULL, revoked_at INTEGER) WITHOUT ROWID;
CREATE TABLE family (family_id TEXT PRIMARY KEY, device_id TEXT NOT NULL, counter INTEGER NOT NULL,
  created_at INTEGER NOT NULL, rotated_at INTEGER NOT NULL, ended_at INTEGER, why TEXT) WITHOUT ROWID;
CREATE TABLE proof (slot INTEGER PRIMARY KEY, jti TEXT NOT NULL, until INTEGER NOT NULL);
CREATE TABLE ticket (hash TEXT PRIMARY KEY, device_id TEXT NOT NULL, purpose TEXT NOT NULL, expires_at INTEGER NOT NULL,
  used_at INTEGER) WITHOUT ROWID;
CREATE TABLE socket (device_id TEXT NOT NULL, object TEXT NOT NULL, opened_at INTEGER NOT NULL,
  PRIMARY KEY (device_id, object)) WITHOUT ROWID;
CREATE TABLE password (id INTEGER PRIMARY KEY CHECK (id = 1), hash TEXT NOT NULL, set_at INTEGER NOT NULL);
CREATE TABLE totp (id INTEGER PRIMARY KEY CHECK (id = 1), sealed TEXT NOT NULL, confirmed_at INTEGER,
  last_step INTEGER NOT NULL);
CREATE TABLE recovery_code (hash TEXT PRIMARY KEY, used_at INTEGER) WITHOUT ROWID;
CREATE TABLE email_code (id INTEGER PRIMARY KEY CHECK (id = 1), hash TEXT NOT NULL, expires_at INTEGER NOT NULL);
CREATE TABLE tries (kind TEXT PRIMARY KEY, wrong INTEGER NOT NULL, last_at INTEGER NOT NULL,
  locked_until INTEGER NOT NULL) WITHOUT ROWID;
", "
ALTER TABLE session ADD COLUMN proofs_to INTEGER NOT NULL DEFAULT 0;
"],
};
