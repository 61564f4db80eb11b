// The peer of the mint: what a good engineer would write in JavaScript with `jose` and `livekit-server-sdk` to the same contract as
// `POST /v1/voice/token` of the Worker. The same tokens, proofs and nonces, the same hops to objects with the same rules of
// durability, the same limits, the same answer. Nothing is done that the contract does not ask for.
import { AccessToken, TrackSource } from "livekit-server-sdk";
import { accessClaims, Refused, refuse, provenKey } from "./credentials.mjs";
import { limited } from "./limits.mjs";
import { Limiter } from "./limiter.mjs";
import { Room } from "./room.mjs";
import { Session } from "./session.mjs";
import { Tenant } from "./tenant.mjs";

export { Limiter, Room, Session, Tenant };

const BASE = new Headers({
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  vary: "origin",
  "strict-transport-security": "max-age=63072000; includeSubDomains",
});
const SOURCES = {
  camera: TrackSource.CAMERA,
  microphone: TrackSource.MICROPHONE,
  screen_share: TrackSource.SCREEN_SHARE,
  screen_share_audio: TrackSource.SCREEN_SHARE_AUDIO,
};
const FIELDS = new Set([
  "schema_version",
  "room_id",
  "join_window_s",
  "can_publish",
  "can_subscribe",
  "can_publish_data",
  "can_publish_sources",
]);
const BELIEVED_MS = 3_000;
const standings = new Map();
const projects = new Map();

/** A value of the tenant's object, believed for three seconds. */
async function believed(memory, name, ask) {
  const known = memory.get(name);
  const now = Date.now();
  if (known && now < known.until) return known.value;
  const value = await ask();
  if (memory.size >= 4096) memory.clear();
  if (value) memory.set(name, { value, until: now + BELIEVED_MS });
  return value;
}

function object(namespace, ...parts) {
  return namespace.getByName(parts.join("/"));
}

/** The body of the request, checked. */
async function asked(request) {
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "")) refuse(415, "unsupported_media_type");
  if (Number(request.headers.get("content-length")) > 1_048_576) refuse(413, "payload_too_large");
  const body = await request.json().catch(() => refuse(400, "invalid_body"));
  const flag = (name, otherwise) => {
    const value = body[name] ?? otherwise;
    return typeof value === "boolean" ? value : refuse(400, "invalid_body");
  };
  const window = body.join_window_s ?? 60;
  const sources = body.can_publish_sources ?? [];
  if (
    body.schema_version !== 1 ||
    !/^rm_[0-9a-hjkmnp-tv-z]{26}$/.test(body.room_id) ||
    !(Number.isInteger(window) && window >= 10 && window <= 600) ||
    !Object.keys(body).every((name) => FIELDS.has(name)) ||
    !Array.isArray(sources) ||
    !sources.every((name, index) => name in SOURCES && sources.indexOf(name) === index)
  ) {
    refuse(400, "invalid_body");
  }
  const publish = flag("can_publish", true);
  const video = {
    room: body.room_id,
    roomJoin: true,
    canPublish: publish,
    canSubscribe: flag("can_subscribe", true),
    canPublishData: flag("can_publish_data", false),
    canUpdateOwnMetadata: false,
    canSubscribeMetrics: false,
    canManageAgentSession: false,
  };
  if (publish) video.canPublishSources = (sources.length ? sources : ["microphone"]).map((name) => SOURCES[name]);
  return { room: body.room_id, window, video };
}

/** Opaque, and always the same for one device in one room. */
async function identityOf(tenant, room, device) {
  const text = new TextEncoder().encode(`${tenant}|${room}|${device}`);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", text)).subarray(0, 16).toHex();
}

async function mint(request, env, headers) {
  const claims = await accessClaims(request, env);
  const { tid: tenant, sub: user, did: device } = claims;
  await provenKey(request, claims, env, (proof) =>
    object(env.SESSION, tenant, user).check(
      { device, jkt: claims.cnf.jkt, epoch: claims.epoch, issued: claims.iat },
      proof,
    ),
  );
  const standing = await believed(standings, user, () => object(env.TENANT, tenant).standing(user));
  if (standing?.status !== "active") refuse(401, "session_ended");
  if (claims.epoch < standing.epoch) refuse(401, "session_ended");
  if (!standing.permissions.includes("voice:join")) refuse(403, "forbidden");
  await limited({ tenant, user, plan: standing.plan }, "voice", object(env.LIMITER, tenant), headers);
  const { room, window, video } = await asked(request);
  const identity = await identityOf(tenant, room, device);
  const jti = crypto.randomUUID();
  const joined = await object(env.ROOM, tenant, room).join({ jti, device, user, identity, window_ms: window * 1_000 });
  if (joined.refused) refuse(joined.status, joined.refused);
  const project = await believed(projects, joined.project, () => object(env.TENANT, tenant).project(joined.project));
  if (!project) refuse(409, "conflict");
  const token = new AccessToken(project.api_key, project.api_secret, {
    identity,
    ttl: window,
    attributes: { "attune.jti": jti },
  });
  token.kind = "standard";
  token.addGrant(video);
  const expires = new Date(Math.floor(joined.expires_at / 1_000) * 1_000).toISOString();
  return { schema_version: 1, token: await token.toJwt(), url: project.url, room_id: room, identity, expires_at: expires };
}

async function serve(request, env) {
  const { pathname } = new URL(request.url);
  const started = Date.now();
  const headers = new Headers(BASE);
  headers.set("content-type", "application/json");
  headers.set("x-request-id", `req_${crypto.randomUUID()}`);
  try {
    if (pathname === "/healthz") return new Response("ok");
    if (request.method === "PUT" && pathname === "/tenant") return await setUp(await request.json(), env);
    if (pathname !== "/v1/voice/token") refuse(404, "not_found");
    if (request.method !== "POST") refuse(405, "method_not_allowed");
    const body = await mint(request, env, headers);
    headers.set("cache-control", "no-store");
    headers.set("server-timing", `door;dur=${Date.now() - started}`);
    return new Response(JSON.stringify(body), { status: 201, headers });
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    headers.set("content-type", "application/problem+json");
    if (thrown.nonce) headers.set("dpop-nonce", thrown.nonce);
    const problem = { type: `/problems/${thrown.code}`, status: thrown.status, code: thrown.code };
    return new Response(JSON.stringify(problem), { status: thrown.status, headers });
  }
}

/** Before the measurement: the tenant, its people with their devices, its project and its rooms. */
async function setUp(made, env) {
  const { tenant, project, people, rooms } = made;
  await object(env.TENANT, tenant).setUp(project, people.map((person) => person.user));
  for (const person of people) await object(env.SESSION, tenant, person.user).enrol(person.device, person.jkt);
  for (const room of rooms) await object(env.ROOM, tenant, room).create(project.api_key, 2);
  return new Response(null, { status: 204 });
}

export default { fetch: serve };
