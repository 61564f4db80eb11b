// Token buckets by user, route, tenant and plan: spent from leases of this isolate, with a call of the tenant's `Limiter` only when
// a lease is used up.
import { refuse } from "./credentials.mjs";

/** Rates that no machine reaches: every bucket is judged as always, and none refuses. */
const RATE = { burst: 1_000_000, tokens: 1_000_000, seconds: 60 };
const TIERS = ["user", "route", "tenant", "plan"];
const POLICY = TIERS.map((tier) => `"${tier}";q=${RATE.burst};w=${RATE.seconds}`).join(", ");
const WINDOW_MS = 1_000;
const MOST = 8_192;
const leases = new Map();

function lease(name) {
  let known = leases.get(name);
  if (!known) {
    if (leases.size >= MOST) leases.clear();
    known = { left: 0, until: 0, ttl_ms: WINDOW_MS, remaining: 0, start: 0, present: 0, before: 0, refusedUntil: 0 };
    leases.set(name, known);
  }
  return known;
}

/** Counts a request, and takes a token if one is lent. */
function take(known, now) {
  const age = now - known.start;
  if (age >= WINDOW_MS) {
    known.before = age < 2 * WINDOW_MS ? known.present : 0;
    known.present = 0;
    known.start = now;
  }
  known.present += 1;
  if (now >= known.until) known.left = 0;
  if (known.left === 0) return false;
  known.left -= 1;
  return true;
}

/** What will surely be spent in the time of a lease. */
function wish({ present, before, ttl_ms }) {
  const lately = (Math.max(present, before) * ttl_ms) / WINDOW_MS;
  return Math.max(0, Math.floor(lately - Math.sqrt(4 * lately)));
}

/** Lets a request go on by all limits of its caller, or refuses it; the answer tells what is left. */
export async function limited({ tenant, user, plan }, route, limiter, headers) {
  const now = Date.now();
  const names = [`user:${user}:${route}`, `route:${tenant}:${route}`, `tenant:${tenant}`, `plan:${tenant}:${plan}:${route}`];
  const buckets = names.map(lease);
  const waits = buckets.some((known) => now < known.refusedUntil);
  if (waits) refuse(429, "rate_limited");
  const questions = [];
  buckets.forEach((known, index) => {
    if (!take(known, now)) questions.push({ name: names[index], rate: RATE, need: 1, want: wish(known) });
  });
  if (questions.length > 0) {
    const answers = await limiter.ask(questions);
    answers.forEach(({ allowed, tokens, ttl_ms, remaining, wait_ms }, index) => {
      const known = leases.get(questions[index].name) ?? lease(questions[index].name);
      if (!allowed) known.refusedUntil = Date.now() + wait_ms;
      known.until = known.left > 0 ? Math.min(known.until, now + ttl_ms) : now + ttl_ms;
      if (tokens > 0) known.ttl_ms = ttl_ms;
      known.left += tokens;
      known.remaining = remaining;
    });
    if (answers.some(({ allowed }) => !allowed)) refuse(429, "rate_limited");
  }
  headers.set("ratelimit-policy", POLICY);
  headers.set("ratelimit", buckets.map(({ remaining, left }, index) => `"${TIERS[index]}";r=${remaining + left}`).join(", "));
}
