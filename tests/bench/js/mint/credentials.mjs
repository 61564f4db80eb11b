// Access token (HS256) and DPoP proof (RFC 9449, ES256) by `jose`.
import { base64url, calculateJwkThumbprint, errors, importJWK, jwtVerify } from "jose";

/** Ends the request. */
export class Refused extends Error {
  constructor(status, code, nonce) {
    super(code);
    Object.assign(this, { status, code, nonce });
  }
}

export function refuse(status, code, nonce) {
  throw new Refused(status, code, nonce);
}

const MAX_FUTURE_S = 5;
const MAX_AGE_S = 60;
const NONCE_PERIOD_S = 180;
const utf8 = new TextEncoder();
/** Keys of devices that were imported, with their thumbprints: importing costs as much as verifying. */
const devices = new Map();
const nonces = new Map();
let secrets;

async function keys(env) {
  const hmac = (bytes, usages) => crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, usages);
  const access = await hmac(Uint8Array.fromHex(env.ACCESS_KEY), ["verify"]);
  return { access, nonce: await hmac(utf8.encode(env.NONCE_KEY), ["sign"]) };
}

/** What `jose` refuses is `code`; anything else is a fault of ours. */
function as(code) {
  return (thrown) => {
    if (thrown instanceof errors.JOSEError || thrown instanceof TypeError) refuse(401, code);
    throw thrown;
  };
}

/** The claims of the access token. */
export async function accessClaims(request, env) {
  secrets ??= await keys(env);
  const [scheme, token] = (request.headers.get("authorization") ?? "").split(" ");
  if (scheme.toLowerCase() !== "dpop" || !token || token.length > 2048) refuse(401, "invalid_token");
  const key = (header) => (header.kid === "t1" ? secrets.access : refuse(401, "invalid_token"));
  const rules = { algorithms: ["HS256"], typ: "at+jwt", issuer: env.ISSUER, audience: "attune", requiredClaims: ["exp", "iat"] };
  const { payload } = await jwtVerify(token, key, rules).catch(as("invalid_token"));
  const { sub, tid, did, epoch, iat, cnf } = payload;
  const texts = [sub, tid, did, cnf?.jkt].every((text) => typeof text === "string");
  if (!texts || !Number.isInteger(epoch) || iat > Date.now() / 1_000 + MAX_FUTURE_S) refuse(401, "invalid_token");
  payload.token = token;
  return payload;
}

/** The nonce of a period, with the mark of an object's incarnation or without. Those without are made once. */
async function nonceOf(period, mark = "") {
  const known = nonces.get(period);
  if (known && !mark) return known;
  const bucket = new Uint8Array(4);
  new DataView(bucket.buffer).setUint32(0, period);
  const name = utf8.encode("dpop-nonce");
  const marked = Uint8Array.fromHex(mark);
  const mac = await crypto.subtle.sign("HMAC", secrets.nonce, new Uint8Array([...name, ...bucket, ...marked]));
  const nonce = base64url.encode(new Uint8Array([...bucket, ...marked, ...new Uint8Array(mac, 0, 12)]));
  if (mark) return nonce;
  if (nonces.size > 4) nonces.clear();
  nonces.set(period, nonce);
  return nonce;
}

/** The mark in a good nonce, empty for one without. */
async function markOf(nonce, now) {
  const current = Math.floor(now / NONCE_PERIOD_S);
  if (typeof nonce !== "string") refuse(401, "use_dpop_nonce", await nonceOf(current));
  for (const period of [current, current - 1]) {
    if (nonce === (await nonceOf(period))) return "";
    if (nonce.length !== 32) continue;
    const mark = base64url.decode(nonce).subarray(4, 12).toHex();
    if (nonce === (await nonceOf(period, mark))) return mark;
  }
  return refuse(401, "use_dpop_nonce", await nonceOf(current));
}

async function deviceKey({ jwk }) {
  if (jwk?.kty !== "EC" || jwk.crv !== "P-256" || "d" in jwk) refuse(401, "invalid_dpop_proof");
  const id = `${jwk.x}.${jwk.y}`;
  let known = devices.get(id);
  if (!known) {
    const { kty, crv, x, y } = jwk;
    known = { key: await importJWK({ kty, crv, x, y }, "ES256"), jkt: await calculateJwkThumbprint({ kty, crv, x, y }) };
    if (devices.size >= 1024) devices.clear();
    devices.set(id, known);
  }
  return known;
}

/** Checks the proof, and has `session` say that the device lives and the proof is new. */
export async function provenKey(request, claims, env, session) {
  const text = request.headers.get("dpop");
  if (!text || text.length > 4096) refuse(401, "invalid_dpop_proof");
  let device;
  const key = async (header) => (device = await deviceKey(header)).key;
  const rules = { algorithms: ["ES256"], typ: "dpop+jwt" };
  const [{ payload: proof }, hash] = await Promise.all([
    jwtVerify(text, key, rules).catch(as("invalid_dpop_proof")),
    crypto.subtle.digest("SHA-256", utf8.encode(claims.token)),
  ]);
  const now = Math.floor(Date.now() / 1_000);
  const { jti, htm, htu, iat, ath } = proof;
  const [address] = request.url.split(/[?#]/, 1);
  if (typeof jti !== "string" || !/^[\x21-\x7e]{1,64}$/.test(jti)) refuse(401, "invalid_dpop_proof");
  if (htm !== request.method || typeof htu !== "string" || new URL(htu).href !== address) refuse(401, "invalid_dpop_proof");
  if (!Number.isInteger(iat) || iat > now + MAX_FUTURE_S || iat + MAX_AGE_S < now) refuse(401, "invalid_dpop_proof");
  if (ath !== base64url.encode(new Uint8Array(hash))) refuse(401, "invalid_dpop_proof");
  if (device.jkt !== claims.cnf.jkt) refuse(401, "invalid_token");
  const mark = await markOf(proof.nonce, now);
  const verdict = await session({ jti, iat, mark, until: (iat + MAX_AGE_S) * 1_000 });
  if (verdict === "") return;
  const [code, own] = verdict.split(" ");
  refuse(401, code, code === "use_dpop_nonce" ? await nonceOf(Math.floor(now / NONCE_PERIOD_S), own) : undefined);
}
