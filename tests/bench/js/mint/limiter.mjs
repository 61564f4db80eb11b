// The exact token buckets of one tenant, and leases of them. A lease is durable before it is given, and a row never gives more
// than the bucket in memory, so that losing the memory gives nobody a token.
import { DurableObject } from "cloudflare:workers";

const TTL_MS = 1_000;

function refilled({ tokens, at }, rate, now) {
  return Math.min(rate.burst, tokens + ((now - at) * rate.tokens) / (rate.seconds * 1_000));
}

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
      if (tokens > 0 || !bucket.row || refilled(bucket.row, rate, now) >= bucket.tokens) {
        bucket.row = { tokens: Math.max(0, bucket.tokens - rate.burst / 20), at: now };
        this.sql.exec("INSERT OR REPLACE INTO bucket VALUES (?, ?, ?)", name, bucket.row.tokens, now);
      }
      return { allowed, tokens, ttl_ms: TTL_MS, remaining: Math.floor(bucket.tokens), wait_ms };
    });
  }

  bucket({ name, rate }, now) {
    let known = this.buckets.get(name);
    if (!known) {
      const row = this.sql.exec("SELECT tokens, at FROM bucket WHERE name = ?", name).toArray()[0];
      known = row ? { ...row, row } : { tokens: rate.burst, at: now };
      this.buckets.set(name, known);
    }
    known.tokens = refilled(known, rate, now);
    known.at = now;
    return known;
  }
}
