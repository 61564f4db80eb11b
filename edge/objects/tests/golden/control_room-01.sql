CREATE INDEX change_of_layer ON change (station, call_id, scope, version);
CREATE INDEX due_at ON due (at);
CREATE TABLE _schema (class TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE ack (station INTEGER NOT NULL, call_id TEXT NOT NULL, version INTEGER NOT NULL, applied INTEGER NOT NULL,
  detail TEXT, at INTEGER NOT NULL, PRIMARY KEY (station, call_id)) WITHOUT ROWID;
CREATE TABLE change (version INTEGER PRIMARY KEY, station INTEGER NOT NULL, call_id TEXT NOT NULL, scope TEXT NOT NULL,
  content TEXT NOT NULL, change TEXT NOT NULL);
CREATE TABLE due (kind TEXT NOT NULL, station INTEGER NOT NULL, call_id TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (kind, station, call_id)) WITHOUT ROWID;
CREATE TABLE held (station INTEGER PRIMARY KEY, layer TEXT NOT NULL);
CREATE TABLE layer (station INTEGER NOT NULL, call_id TEXT NOT NULL, scope TEXT NOT NULL, version INTEGER NOT NULL,
  content TEXT NOT NULL, changed TEXT NOT NULL, expires_at INTEGER, return_to INTEGER, source_version INTEGER,
  PRIMARY KEY (station, call_id, scope)) WITHOUT ROWID;
CREATE TABLE pending (station INTEGER NOT NULL, call_id TEXT NOT NULL, scope TEXT NOT NULL, version INTEGER NOT NULL,
  to_version INTEGER NOT NULL, leg TEXT, score_before TEXT, no_data_ms INTEGER NOT NULL, to_expires_at INTEGER,
  to_return_to INTEGER, PRIMARY KEY (station, call_id)) WITHOUT ROWID;
CREATE TABLE room (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, frozen INTEGER NOT NULL,
  global_known INTEGER NOT NULL);
CREATE TABLE run (run_id TEXT PRIMARY KEY, answer TEXT NOT NULL, proposed TEXT) WITHOUT ROWID;
CREATE TABLE seen (station INTEGER NOT NULL, call_id TEXT NOT NULL, at INTEGER NOT NULL, leg TEXT, segment_index INTEGER,
  score TEXT, window_at INTEGER, interval_ms INTEGER, PRIMARY KEY (station, call_id)) WITHOUT ROWID;
CREATE TABLE tenant_room (tenant TEXT PRIMARY KEY) WITHOUT ROWID;
