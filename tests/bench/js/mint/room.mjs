// One voice room: seats of devices, tokens that reserve them, devices that may not come in.
import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec("CREATE TABLE IF NOT EXISTS room (id INTEGER PRIMARY KEY, project TEXT, capacity INTEGER, ended INTEGER)");
    this.sql.exec(`CREATE TABLE IF NOT EXISTS seat (device TEXT PRIMARY KEY, user TEXT, identity TEXT UNIQUE, taken INTEGER,
      asked INTEGER, reserved_until INTEGER, sid TEXT) WITHOUT ROWID`);
    this.sql.exec(`CREATE TABLE IF NOT EXISTS token (jti TEXT PRIMARY KEY, device TEXT, user TEXT, identity TEXT, until INTEGER,
      sid TEXT, dead INTEGER DEFAULT 0) WITHOUT ROWID`);
    this.sql.exec("CREATE INDEX IF NOT EXISTS token_of_device ON token (device)");
    this.sql.exec("CREATE TABLE IF NOT EXISTS banned (device TEXT PRIMARY KEY) WITHOUT ROWID");
    this.room = this.sql.exec("SELECT * FROM room").toArray()[0];
  }

  create(project, capacity) {
    this.sql.exec("INSERT INTO room VALUES (1, ?, ?, NULL) ON CONFLICT DO NOTHING", project, capacity);
    this.room = this.sql.exec("SELECT * FROM room").one();
  }

  /** Reserves a seat for the join window: a token and its seat, durable before the answer. */
  join({ jti, device, user, identity, window_ms }) {
    if (!this.room) return { refused: "not_found", status: 404 };
    if (this.room.ended) return { refused: "room_ended", status: 410 };
    const now = Date.now();
    const known = this.sql
      .exec(
        `SELECT (SELECT 1 FROM banned WHERE device = ?1) AS banned, (SELECT 1 FROM token WHERE jti = ?2) AS used,
           (SELECT 1 FROM seat WHERE identity = ?3 AND device <> ?1) AS taken,
           (SELECT sid IS NOT NULL OR reserved_until > ?4 FROM seat WHERE device = ?1) AS held`,
        device,
        jti,
        identity,
        now,
      )
      .one();
    if (known.banned) return { refused: "device_revoked", status: 401 };
    if (known.used) return { refused: "invalid_dpop_proof", status: 401 };
    if (known.taken) return { refused: "conflict", status: 409 };
    if (!known.held) {
      const others = "SELECT count(*) AS n FROM seat WHERE device <> ? AND (sid IS NOT NULL OR reserved_until > ?)";
      if (this.sql.exec(others, device, now).one().n >= this.room.capacity) return { refused: "room_full", status: 409 };
    }
    const until = now + window_ms;
    this.sql.exec(
      "INSERT INTO token (jti, device, user, identity, until) VALUES (?, ?, ?, ?, ?)",
      jti,
      device,
      user,
      identity,
      until,
    );
    this.sql.exec(
      `INSERT INTO seat VALUES (?1, ?2, ?3, ?4, ?4, ?5, NULL) ON CONFLICT (device) DO UPDATE SET user = ?2, identity = ?3,
         asked = ?4, reserved_until = max(reserved_until, ?5), taken = iif(?6, taken, ?4)`,
      device,
      user,
      identity,
      now,
      until,
      known.held ?? 0,
    );
    return { project: this.room.project, expires_at: until };
  }
}
