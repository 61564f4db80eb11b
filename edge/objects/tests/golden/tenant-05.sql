CREATE INDEX audit_at ON audit (at, seq);
CREATE INDEX audit_of_action ON audit (action, seq);
CREATE INDEX audit_of_actor ON audit (actor, seq);
CREATE UNIQUE INDEX audit_of_record ON audit (record_id) WHERE record_id IS NOT NULL;
CREATE INDEX audit_of_target ON audit (target, seq);
CREATE INDEX email_code_of_address ON email_code (address, sent_at);
CREATE UNIQUE INDEX email_code_of_proof ON email_code (jkt, jti);
CREATE INDEX identity_of_user ON identity (user_id);
CREATE UNIQUE INDEX person_of_email ON person (email) WHERE email <> '';
CREATE INDEX person_of_role ON person (role, status);
CREATE INDEX report_of_widget ON widget_report (widget_id, id);
CREATE TABLE _schema (class TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE api_key (key_id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER,
  revoked_at INTEGER, record TEXT NOT NULL, last_used_day INTEGER) WITHOUT ROWID;
CREATE TABLE audit (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
  target TEXT NOT NULL, detail TEXT NOT NULL, prev TEXT NOT NULL, hash TEXT NOT NULL, record_id TEXT);
CREATE TABLE custom_role (role_id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, permissions TEXT NOT NULL,
  created_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE email_code (id INTEGER PRIMARY KEY, address TEXT NOT NULL, sent_at INTEGER NOT NULL, jkt TEXT NOT NULL,
  jti TEXT NOT NULL, pepper_id TEXT NOT NULL, hash TEXT NOT NULL, expires_at INTEGER NOT NULL, tries INTEGER NOT NULL);
CREATE TABLE identity (issuer TEXT NOT NULL, subject TEXT NOT NULL, user_id TEXT NOT NULL, linked_at INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject)) WITHOUT ROWID;
CREATE TABLE invitation (invitation_id TEXT PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, email TEXT NOT NULL,
  role TEXT NOT NULL, invited_by TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
  accepted_at INTEGER, accepted_by TEXT, revoked_at INTEGER) WITHOUT ROWID;
CREATE TABLE issuer (issuer TEXT PRIMARY KEY, audiences TEXT NOT NULL, client_id TEXT, sealed_secret TEXT,
  created_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE livekit_project (api_key TEXT PRIMARY KEY, sealed_secret TEXT NOT NULL, url TEXT NOT NULL, region TEXT,
  live_from INTEGER NOT NULL, live_until INTEGER, created_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE person (user_id TEXT PRIMARY KEY, email TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
  status TEXT NOT NULL, manager TEXT, created_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE tenant (tenant_id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at INTEGER NOT NULL, plan TEXT NOT NULL DEFAULT 'free', region TEXT, settings TEXT NOT NULL DEFAULT '{}', epoch INTEGER NOT NULL DEFAULT 0, kept_seq INTEGER NOT NULL DEFAULT 0, kept_hour INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE widget (widget_id TEXT PRIMARY KEY, key_id TEXT NOT NULL UNIQUE, key TEXT NOT NULL, version INTEGER NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, body TEXT NOT NULL, faq TEXT NOT NULL);
CREATE TABLE widget_report (id INTEGER PRIMARY KEY, widget_id TEXT NOT NULL, received_at INTEGER NOT NULL,
  body TEXT NOT NULL);
