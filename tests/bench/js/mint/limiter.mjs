// The exact token buckets of one tenant, and leases of them. A lease is durable before it is given.
import { DurableObject } from "cloudflare:workers";

const TTL_MS = 250;

export class Limiter extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec("CREATE TABLE IF NOT EXISTS bucket (name TEXT PRIMARY KEY, tokens REAL, at INTEGER) WITHOUT ROWID");
    this.buckets = new Map();
  }

  ask(questions) {
    const now = Date.now();
    const asked = questions.map((question) => ({ ...question, bucket: this.bucket(question, now) }));
    const allowed = asked.every(({ bucket, need }) => bucket.tokens >= need);
    return asked.map(({ name, rate, need, want, bucket }) => {
      const wait_ms = Math.ceil((rate.seconds * 1_000) / rate.tokens);
      if (!allowed) return { allowed: bucket.tokens >= need, tokens: 0, ttl_ms: 0, remaining: Math.floor(bucket.tokens), wait_ms };
      bucket.tokens -= need;
      const tokens = Math.min(want, Math.floor(rate.burst / 20), Math.floor(bucket.tokens / 4));
      bucket.tokens -= tokens;
      // what will be taken next is written with it, so that not every token costs a write
      if (tokens > 0 || bucket.tokens < bucket.stored) {
        bucket.stored = Math.max(0, bucket.tokens - rate.burst / 20);
        this.sql.exec("INSERT OR REPLACE INTO bucket VALUES (?, ?, ?)", name, bucket.stored, now);
      }
      return { allowed, tokens, ttl_ms: TTL_MS, remaining: Math.floor(bucket.tokens), wait_ms };
    });
  }

  bucket({ name, rate }, now) {
    let known = this.buckets.get(name);
    if (!known) {
      const row = this.sql.exec("SELECT tokens, at FROM bucket WHERE name = ?", name).toArray()[0];
      known = row ? { ...row, stored: row.tokens } : { tokens: rate.burst, at: now, stored: Infinity };
      this.buckets.set(name, known);
    }
    known.tokens = Math.min(rate.burst, known.tokens + ((now - known.at) * rate.tokens) / (rate.seconds * 1_000));
    known.at = now;
    return known;
  }
}
