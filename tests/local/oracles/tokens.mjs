// Reads our tokens with livekit-server-sdk, and makes its own of the same grants.
// node tokens.mjs <packages> <lines in> <lines out>
import assert from "node:assert";
import fs from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [packages, from, to] = process.argv.slice(2);
const found = createRequire(`${packages}/package.json`).resolve("livekit-server-sdk");
const sdk = await import(pathToFileURL(found).href);
const { AccessToken, TokenVerifier, TrackSource, RoomConfiguration } = sdk.default ?? sdk;
const source = {
  camera: TrackSource.CAMERA,
  microphone: TrackSource.MICROPHONE,
  screen_share: TrackSource.SCREEN_SHARE,
  screen_share_audio: TrackSource.SCREEN_SHARE_AUDIO,
};
const lines = fs.readFileSync(from, "utf8").trim().split("\n").map((line) => JSON.parse(line));
const made = [];
for (const { key, secret, token, now, grants } of lines) {
  const { iss, iat, nbf, exp, jti, ...rest } = await new TokenVerifier(key, secret).verify(token);
  assert.equal(iss, key);
  assert.equal(nbf, now);
  assert.deepStrictEqual(JSON.parse(JSON.stringify(rest)), grants);
  if (grants.roomConfig) {
    const config = RoomConfiguration.fromJson(grants.roomConfig);
    assert.deepStrictEqual(JSON.parse(config.toJsonString()), grants.roomConfig);
  }
  const { sub, name, metadata, attributes } = grants;
  const own = new AccessToken(key, secret, { identity: sub, name, metadata, attributes, ttl: 60 });
  if (grants.video) {
    const { canPublishSources, ...video } = grants.video;
    const sources = canPublishSources ? { canPublishSources: canPublishSources.map((word) => source[word]) } : {};
    own.addGrant({ ...video, ...sources });
  }
  if (grants.sip) own.addSIPGrant(grants.sip);
  if (grants.inference) own.addInferenceGrant(grants.inference);
  if (grants.observability) own.addObservabilityGrant(grants.observability);
  if (grants.kind) own.kind = grants.kind;
  if (grants.roomPreset) own.roomPreset = grants.roomPreset;
  if (grants.roomConfig) own.roomConfig = RoomConfiguration.fromJson(grants.roomConfig);
  // the package has no way to say it
  const { agent, ...want } = grants;
  // read at the time at which it was made: on a busy machine that is minutes after `now`
  const madeAt = Math.floor(Date.now() / 1000);
  made.push(JSON.stringify({ token: await own.toJwt(), secret, key, now: madeAt, want }));
}
fs.writeFileSync(to, `${made.join("\n")}\n`);
