// What belongs to one user: devices, and the proofs that were used. A `jti` is kept in memory, and the table says up to which `iat`
// proofs may have been used by an incarnation of this object: what is not later needs a nonce that this incarnation has made.
// So the table is written once in some seconds and not at each request.
import { DurableObject } from "cloudflare:workers";

const AHEAD_S = 5;
const MARGIN_MS = 5_000;
const MAX_PROOFS = 4_096;

export class Session extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec(`CREATE TABLE IF NOT EXISTS facts (id INTEGER PRIMARY KEY, epoch INTEGER, valid_from INTEGER, suspended INTEGER,
      proofs_to INTEGER)`);
    this.sql.exec("INSERT INTO facts VALUES (1, 0, 0, 0, 0) ON CONFLICT DO NOTHING");
    this.sql.exec(`CREATE TABLE IF NOT EXISTS device (id TEXT PRIMARY KEY, jkt TEXT, created INTEGER, valid_from INTEGER,
      revoked INTEGER)`);
    this.load();
    this.mark = crypto.getRandomValues(new Uint8Array(8)).toHex();
    this.before = this.facts.proofs_to;
    this.writtenUntil = 0;
    this.used = new Map();
  }

  load() {
    this.facts = this.sql.exec("SELECT * FROM facts").one();
    this.devices = new Map(this.sql.exec("SELECT * FROM device").toArray().map((row) => [row.id, row]));
  }

  enrol(id, jkt) {
    this.sql.exec("INSERT INTO device VALUES (?, ?, ?, 0, NULL)", id, jkt, Date.now());
    this.load();
  }

  /** Empty: go on. Else the code of the refusal, and for `use_dpop_nonce` the mark that the nonce needs. */
  check({ device: id, jkt, epoch, issued }, proof) {
    const { facts } = this;
    const device = this.devices.get(id);
    if (facts.suspended) return "user_suspended";
    if (!device) return "session_ended";
    if (device.revoked) return "device_revoked";
    if (device.jkt !== jkt) return "invalid_token";
    if (epoch < facts.epoch || issued < Math.max(device.valid_from, facts.valid_from)) return "session_ended";
    return this.use(proof, Date.now());
  }

  use({ jti, iat, mark, until }, now) {
    const keep = until + MARGIN_MS;
    if (keep <= now) return "invalid_dpop_proof";
    if (mark !== this.mark) {
      if (iat <= this.before) return `use_dpop_nonce ${this.mark}`;
      if (mark) return "use_dpop_nonce";
    }
    if (this.used.get(jti) > now) return "invalid_dpop_proof";
    if (this.used.size >= MAX_PROOFS && !this.forget(now)) return "rate_limited";
    if (iat > this.facts.proofs_to || now >= this.writtenUntil) {
      const to = Math.max(this.facts.proofs_to, iat + AHEAD_S);
      this.sql.exec("UPDATE facts SET proofs_to = ?", to);
      this.facts.proofs_to = to;
      this.writtenUntil = now + AHEAD_S * 1_000;
    }
    this.used.set(jti, keep);
    return "";
  }

  /** Forgets what is over; the oldest stand first. */
  forget(now) {
    for (const [jti, until] of this.used) {
      if (until > now) break;
      this.used.delete(jti);
    }
    return this.used.size < MAX_PROOFS;
  }
}
