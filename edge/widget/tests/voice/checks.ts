// A call from the press to its end, and why it may not come about. The media server is one of the checks' own: see media.ts.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { Checks, Tools } from "../../../../tests/browser/harness";
import { MEDIA, MediaServer } from "./media";

const TOKEN = { schema_version: 1, token: "x.y.z", url: MEDIA, room_id: "rm_01k8zzzzzzzzzzzzzzzzzzzzzz", identity: "i", expires_at: 0 };

/** A microphone that hears a tone of -9 dBFS; the page keeps the tracks that were opened. */
function tone() {
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext();
    const source = new OscillatorNode(context, { frequency: 440 });
    const gain = new GainNode(context, { gain: 0.5 });
    const out = new MediaStreamAudioDestinationNode(context);
    source.connect(gain).connect(out);
    source.start();
    (window.tracks ??= []).push(...out.stream.getAudioTracks());
    return out.stream;
  };
}

function refusing(name: string) {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", name));
}

/** A page of a site whose key may chat and nothing else. */
async function site(t: Tools, prepare: (page: Page) => Promise<unknown>, reducedMotion: "reduce" | "no-preference" = "no-preference") {
  const { key } = await t.widget({ entries: [] });
  return t.page({ path: `/?key=${key}`, browser: { reducedMotion }, prepare });
}

/** Presses, waits for the end; all notes but the levels. */
async function press(page: Page): Promise<unknown[][]> {
  await page.getByRole("button").click();
  await page.locator("output", { hasText: /./ }).waitFor({ timeout: 30_000 });
  assert.equal(await page.locator("canvas").count(), 0, "the stage is left empty");
  const open = await page.evaluate(() => window.tracks.filter((track) => track.readyState === "live").length);
  assert.equal(open, 0, "the microphone is given back");
  return page.evaluate(() => window.notes.filter(([kind]) => kind !== "level"));
}

const CONNECTING = ["state", "connecting"];
const ENDED = ["state", "ended"];
const ASKED = ["call", "POST", "/v1/voice/token", null];

/** In place of the API. */
async function answers(page: Page, status: number, json: object, path = ""): Promise<void> {
  await page.route(`**/v1/voice/token${path}`, (route) => {
    const headers = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };
    return route.request().method() === "OPTIONS" ? route.fulfill({ headers }) : route.fulfill({ status, headers, json });
  });
}

/** The API gives a token, for a media server that hears and says nothing. */
async function silent(page: Page): Promise<void> {
  await page.addInitScript(tone);
  await answers(page, 201, TOKEN);
  await page.routeWebSocket(`${MEDIA}/**`, () => {});
}

/** A call that is live, its media server, and what the panel was told of it. */
async function call(t: Tools, renewal: { status: number; json: object } = { status: 201, json: { ...TOKEN, token: "renewed" } }) {
  let made: MediaServer | undefined;
  const page = await site(t, async (page) => {
    await page.context().grantPermissions(["microphone"]);
    await page.addInitScript(tone);
    await answers(page, 201, TOKEN);
    await answers(page, renewal.status, renewal.json, "/renew");
    made = await MediaServer.start(page);
  });
  await page.getByRole("button").click();
  await page.locator("output", { hasText: "live" }).waitFor();
  const states = () => page.evaluate(() => window.notes.filter(([kind]) => kind !== "level"));
  const state = (...wanted: string[]) =>
    page.waitForFunction((wanted) => {
      const seen = window.notes.filter(([kind]) => kind === "state").map(([, state]) => state);
      return seen.join() === wanted;
    }, wanted.join());
  return { page, server: made!, states, state };
}

/** Audio goes on arriving. */
async function heard(server: MediaServer): Promise<void> {
  const before = await server.packets();
  while ((await server.packets()) < before + 20) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Colours of the waveform's picture: how many points are drawn in the stage's colour, and how many of them are not in the middle line. */
function drawn(page: Page): Promise<{ all: number; high: number }> {
  return page.locator("canvas").evaluate((canvas: HTMLCanvasElement) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, width, height);
    const seen = { all: 0, high: 0 };
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 2]! < 150 || data[i + 3]! < 200) continue;
      seen.all++;
      if (Math.abs(Math.floor(i / 4 / width) - height / 2) > 6) seen.high++;
    }
    return seen;
  });
}

const checks: Checks = {
  async a_press_in_the_widget_and_a_yes_begin_a_call(t) {
    const { key } = await t.widget({ entries: [] });
    let server: MediaServer | undefined;
    const page = await t.page({
      path: `/widget.html?data-key=${key}&data-locale=en`,
      prepare: async (page) => {
        await page.context().grantPermissions(["microphone"]);
        await page.addInitScript(tone);
        await answers(page, 201, TOKEN);
        server = await MediaServer.start(page);
      },
    });
    await page.locator("attune-widget .launcher").click();
    await page.getByRole("button", { name: "Talk" }).click();
    assert.equal(await page.evaluate(() => window.tracks?.length ?? 0), 0, "nothing is opened before a yes");
    await page.getByRole("button", { name: "Start the call" }).click();
    await page.getByText("You are talking with us").waitFor();
    await heard(server!);
    const mute = page.getByRole("button", { name: "Mute" });
    await mute.click();
    await server!.hears("mute", 1);
    assert.equal(await mute.getAttribute("aria-pressed"), "true");
    await page.getByRole("button", { name: "Hang up" }).click();
    await server!.hears("leave", 1);
    await page.getByText("You are talking with us").waitFor({ state: "detached" });
  },

  async the_visitor_is_heard_and_hangs_up(t) {
    const { page, server, state } = await call(t);
    await state("connecting", "live");
    assert.deepEqual(server.tokens, ["x.y.z"]);
    await heard(server);
    const mute = (muted: boolean) => page.evaluate((muted) => (window.call!.mute(muted), window.call!.muted), muted);
    assert.equal(await mute(true), true, "at once");
    await server.hears("mute", 1);
    assert.equal(await mute(false), false);
    await server.hears("mute", 2);
    assert.deepEqual(server.asked.filter((asked) => asked.case === "mute").map((asked) => asked.value.muted), [true, false]);
    await heard(server);
    await page.evaluate(() => window.call!.hangUp());
    await state("connecting", "live", "ended");
    assert.ok(server.asked.some((asked) => asked.case === "leave"));
    assert.equal(await page.locator("canvas").count(), 0);
    assert.equal(await page.evaluate(() => window.tracks.some((track) => track.readyState === "live")), false);
  },

  async a_line_that_was_cut_is_taken_up_again(t) {
    const { server, state } = await call(t);
    server.cut();
    await state("connecting", "live", "reconnecting", "live");
    await heard(server);
  },

  async a_server_that_goes_away_is_joined_again_with_a_renewed_token(t) {
    const { server, states, state } = await call(t);
    server.leave("SERVER_SHUTDOWN");
    await state("connecting", "live", "reconnecting", "live");
    assert.deepEqual(server.tokens, ["x.y.z", "renewed"]);
    const asked = (await states()).filter(([kind]) => kind === "call");
    assert.deepEqual(asked[1], ["call", "POST", "/v1/voice/token/renew", { room_id: TOKEN.room_id }]);
    await heard(server);
  },

  async who_may_not_come_back_is_told_so(t) {
    const { server, states, state } = await call(t, { status: 403, json: { code: "forbidden" } });
    server.leave("SERVER_SHUTDOWN");
    await state("connecting", "live", "reconnecting", "ended");
    assert.deepEqual((await states()).at(-2), ["fault", "lost", "SERVER_SHUTDOWN; 403 forbidden"]);
  },

  async who_was_removed_does_not_come_back(t) {
    const { page, server, states, state } = await call(t);
    server.leave("PARTICIPANT_REMOVED");
    await state("connecting", "live", "ended");
    assert.deepEqual((await states()).at(-1), ENDED);
    assert.equal(server.tokens.length, 1);
    assert.equal(await page.evaluate(() => window.tracks.some((track) => track.readyState === "live")), false);
  },

  async who_says_no_is_not_asked_for_more(t) {
    const page = await site(t, (page) => page.addInitScript(refusing, "NotAllowedError"));
    assert.deepEqual(await press(page), [CONNECTING, ["fault", "microphone_denied", "NotAllowedError"], ENDED]);
  },

  async without_a_microphone_there_is_no_call(t) {
    const page = await site(t, (page) => page.addInitScript(refusing, "NotFoundError"));
    assert.deepEqual(await press(page), [CONNECTING, ["fault", "microphone_missing", "NotFoundError"], ENDED]);
  },

  async a_refusal_of_the_api_is_told_by_its_kind(t) {
    for (const [status, code, fault] of [
      [403, "forbidden", "not_allowed"],
      [409, "room_full", "no_capacity"],
      [429, "rate_limited", "no_capacity"],
      [503, "unavailable", "unreachable"],
    ] as const) {
      const page = await site(t, async (page) => {
        await page.addInitScript(tone);
        await answers(page, status, { code });
      });
      assert.deepEqual(await press(page), [CONNECTING, ASKED, ["fault", fault, `${status} ${code}`], ENDED]);
      await page.close();
    }
  },

  async an_api_that_is_away_is_unreachable(t) {
    const page = await site(t, async (page) => {
      await page.addInitScript(tone);
      await page.route("**/v1/voice/token", (route) => route.abort());
    });
    assert.deepEqual(await press(page), [CONNECTING, ASKED, ["fault", "unreachable", "0 unreachable"], ENDED]);
  },

  async a_media_server_that_is_away_is_unreachable(t) {
    const page = await site(t, async (page) => {
      await silent(page);
      await page.routeWebSocket(`${MEDIA}/**`, (socket) => socket.close());
    });
    const said = await press(page);
    assert.deepEqual([said[0], said[1], said.at(-1)], [CONNECTING, ASKED, ENDED]);
    assert.deepEqual(said[2]?.slice(0, 2), ["fault", "unreachable"]);
    assert.equal(said.length, 4);
  },

  async the_microphone_is_seen_while_it_connects(t) {
    const page = await site(t, silent);
    await page.getByRole("button").click();
    // -9 dBFS of 60 is 0.85
    await page.waitForFunction(() => window.notes.some(([kind, value]) => kind === "level" && Math.abs((value as number) - 0.85) < 0.02));
    assert.ok((await drawn(page)).high > 20, "bars");
  },

  async who_wants_no_movement_sees_a_line(t) {
    const page = await site(t, silent, "reduce");
    await page.getByRole("button").click();
    await page.waitForFunction(() => window.notes.some(([kind, value]) => kind === "level" && (value as number) > 0.8));
    const { all, high } = await drawn(page);
    assert.ok(all > 100 && high === 0, `${all} points, ${high} off the line`);
  },
};

export default checks;
