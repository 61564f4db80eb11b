// What it looks like, how large it is, and the ways around what is blocked.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import type { BrowserContextOptions, Page } from "playwright-core";
import type { Checks, Tools } from "../../../../tests/browser/harness";
import { room } from "./room";
import { ANSWER, shop } from "./shop";

/** Most bytes of `widget.js`, gzip −9. */
const MOST_BYTES = 10_000;
/** Side of the squares whose mean colours are compared, px: fonts and times may differ, what stands where may not. */
const SQUARE = 16;
/** A mean colour that is this far off is another one; so much of the picture may be. */
const OFF = 40;
const MOST_OFF = 0.02;

/** Compares a picture of the page with the one that was looked at by a person; `UPDATE_SHOTS=1` takes it anew. */
async function looks(t: Tools, name: string, page: Page): Promise<void> {
  const taken = await page.screenshot({ animations: "disabled", style: "" });
  const file = t.baseline(name);
  if (process.env.UPDATE_SHOTS === "1") {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, taken);
  }
  const blank = await page.context().browser()!.newPage();
  const pictures = [taken, fs.readFileSync(file)].map((bytes) => bytes.toString("base64"));
  const off = await blank.evaluate(
    async ({ pictures, SQUARE, OFF }) => {
      const [a, b] = await Promise.all(
        pictures.map(async (picture) => {
          const bytes = Uint8Array.from(atob(picture), (c) => c.charCodeAt(0));
          const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
          const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d")!;
          context.drawImage(bitmap, 0, 0);
          return context.getImageData(0, 0, bitmap.width, bitmap.height);
        }),
      );
      if (a!.width !== b!.width || a!.height !== b!.height) return 1;
      const mean = ({ data, width }: ImageData, left: number, top: number) => {
        const sum = [0, 0, 0];
        for (let y = top; y < top + SQUARE; y++) {
          for (let x = left; x < left + SQUARE; x++) for (let c = 0; c < 3; c++) sum[c]! += data[(y * width + x) * 4 + c]!;
        }
        return sum.map((value) => value / SQUARE ** 2);
      };
      let all = 0;
      let bad = 0;
      for (let top = 0; top + SQUARE <= a!.height; top += SQUARE) {
        for (let left = 0; left + SQUARE <= a!.width; left += SQUARE) {
          const other = mean(b!, left, top);
          all++;
          if (mean(a!, left, top).some((value, c) => Math.abs(value - other[c]!) > OFF)) bad++;
        }
      }
      return bad / all;
    },
    { pictures, SQUARE, OFF },
  );
  await blank.close();
  assert.ok(off <= MOST_OFF, `${name}: ${(off * 100).toFixed(1)} % of the picture is another one than ${file}`);
}

async function conversation(t: Tools, browser: BrowserContextOptions, data: Record<string, string> = {}) {
  const { visit } = await shop(t);
  const visitor = await visit({ browser, data });
  await visitor.open();
  await visitor.say("when are you open?");
  await visitor.heard(1, 1);
  await visitor.say("xyzzy");
  await visitor.heard(2, 2);
  await visitor.field.blur();
  await visitor.log.evaluate((log) => log.scrollTo(0, log.scrollHeight));
  return visitor;
}

export const looksAndSize: Checks = {
  async it_is_small(t) {
    const script = Buffer.from(await (await fetch(`${t.apiOrigin}/widget/latest/widget.js`)).arrayBuffer());
    const size = zlib.gzipSync(script, { level: 9 }).length;
    assert.ok(size < MOST_BYTES, `widget.js has ${size} bytes, gzip −9: expected less than ${MOST_BYTES}`);
  },

  async it_looks_as_it_should(t) {
    const viewport = { width: 448, height: 704 };
    await looks(t, "light", (await conversation(t, { viewport: { width: 720, height: 640 } })).page);
    await looks(t, "forced-colors", (await conversation(t, { viewport, forcedColors: "active" })).page);
    const accent = { "data-accent": "#e8b04a", "data-locale": "ar" };
    await looks(t, "arabic", (await conversation(t, { viewport }, accent)).page);
    const small = { viewport: { width: 384, height: 640 }, colorScheme: "dark" } as const;
    await looks(t, "dark-small", (await conversation(t, small)).page);
  },

  async where_websockets_are_blocked_events_come_as_a_stream(t) {
    const { visit } = await shop(t);
    const far = await room(ANSWER);
    try {
      // the policy of the page names the API, not what stands in for it
      const visitor = await visit({ browser: { bypassCSP: true }, data: { "data-api": far.url } });
      await visitor.open();
      await visitor.say("when are you open?");
      assert.deepEqual(await visitor.heard(1, 1), [["when are you open?"], [ANSWER]]);
      assert.deepEqual(far.counts(), { opened: 1, upgrades: 2 });
      // said and heard while the line is lost
      far.cut();
      far.append({ from: "ast", text: "Still here." });
      await visitor.say("one");
      await visitor.say("two");
      const [own, others] = await visitor.heard(3, 4);
      assert.deepEqual([own, others], [["when are you open?", "one", "two"], [ANSWER, "Still here.", ANSWER, ANSWER]]);
      // a room that is ended for the visitor is not come back to
      far.end(4403);
      await visitor.page.getByText("The chat is not available").waitFor();
      // frames as they are, no body with a version
      assert.ok(far.frames.every((frame) => !("schema_version" in frame)));
    } finally {
      far.close();
    }
  },

  async pictures_are_sent_and_drawn(t) {
    const { desk, visit } = await shop(t);
    const png = fs.readFileSync(t.baseline("light"));
    const answers: string[] = [];
    const visitor = await visit({
      prepare: async (page) =>
        page.on("response", (answer) => {
          const { pathname } = new URL(answer.url());
          const method = answer.request().method();
          if (pathname.includes("/attachments") && method !== "OPTIONS" && answer.status() !== 401) answers.push(`${method} ${answer.status()}`);
        }),
    });
    const { page } = visitor;
    await visitor.open();
    await visitor.live();
    await page.locator("attune-widget input[type=file]").setInputFiles([
      { name: "leaf.png", mimeType: "image/png", buffer: png },
      { name: "leaf.svg", mimeType: "image/svg+xml", buffer: Buffer.from("<svg/>") },
      { name: "liar.png", mimeType: "image/png", buffer: Buffer.from("<html></html>") },
    ]);
    const canvas = page.getByRole("img", { name: "Picture" });
    const drawn = async () => {
      await canvas.waitFor();
      await page.waitForFunction(() => {
        const drawn = document.querySelector("attune-widget")!.shadowRoot!.querySelector("canvas")!;
        return drawn.width === 240 && drawn.getContext("2d")!.getImageData(5, 5, 1, 1).data[3] === 255;
      });
    };
    await drawn();
    // what is no picture is named, whoever finds it out
    await page.getByText("leaf.svg").waitFor();
    await page.getByText("liar.png").waitFor();
    assert.deepEqual(answers, ["POST 201", "POST 415", "GET 200"]);
    await page.reload();
    await drawn();
    // what staff takes away goes from the page too
    const { rooms } = await desk("GET", "/v1/chat/rooms");
    const frames = `/v1/chat/rooms/${rooms[0].room_id}/frames`;
    const [{ events }] = await desk("POST", frames, { t: "page", before: 1000, limit: 100 });
    const { seq } = events.find((event: any) => event.attachments);
    await desk("POST", frames, { t: "redact", id: "01HZZZZZZZZZZZZZZZZZZZZZZZ", seq });
    await canvas.waitFor({ state: "detached" });
    await visitor.own.getByText("Message removed").waitFor();
  },
};
