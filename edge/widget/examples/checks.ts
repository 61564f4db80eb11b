// Every example, opened and talked to as its reader will do it; the harness is that of `tests/browser`.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { Page } from "playwright-core";
import type { Checks, Tools } from "../../../tests/browser/harness";
import { serve } from "./serve.mjs";

const [, , packages = "", scratch = "", ...folders] = process.argv;
const folder = folders.find((folder) => folder.endsWith("examples"))!;
const ANSWER = "We are open from nine to five.";

let running: ReturnType<typeof serve> | undefined;

/** Where the examples are served. */
function site(t: Tools) {
  return (running ??= serve({ folder, packages, widget: path.join(scratch, "../widget"), api: t.apiOrigin }));
}

/** The example's page; its site has a key of its own and one answer. */
async function example(t: Tools, name: string): Promise<Page> {
  const { origin, fill } = await site(t);
  const { desk } = await t.widget({ entries: [] });
  const faq = { entries: [{ question: "When are you open?", answer: ANSWER, keywords: ["hours"] }] };
  const made = await desk("POST", "/v1/widgets", { name: "example", origins: [origin], faq });
  fill(made.key);
  const page = await t.page();
  const refused: string[] = [];
  page.on("console", (line) => line.text().includes("Content Security Policy") && refused.push(line.text()));
  await page.goto(`${origin}/${name}/`);
  await page.locator("attune-widget .launcher").waitFor();
  assert.deepEqual(refused, []);
  return page;
}

/** Asks, and waits for the answer. */
async function talk(page: Page): Promise<void> {
  const field = page.locator("attune-widget textarea");
  await field.fill("When are you open?");
  await field.press("Enter");
  await page.getByRole("log").getByText(ANSWER).waitFor();
}

async function launch(page: Page): Promise<void> {
  await page.locator("attune-widget .launcher").click();
  await page.locator("attune-widget .panel").waitFor();
}

/** A page of a framework: its own button opens the panel, in French, which the bundler has put into a file of its own. */
async function framework(t: Tools, name: string): Promise<void> {
  const page = await example(t, name);
  assert.equal(await page.locator("output").textContent(), "0");
  await page.getByRole("button", { name: "Ask us" }).click();
  await page.locator("output", { hasText: "1" }).waitFor();
  await page.getByPlaceholder("Écrire un message").waitFor();
  await talk(page);
}

const checks: Checks = {
  async plain(t) {
    const page = await example(t, "plain");
    await page.getByRole("button", { name: "Ask us" }).click();
    await page.waitForFunction(() => document.title.startsWith("Talking"));
    await talk(page);
  },

  async styled(t) {
    const page = await example(t, "styled");
    await launch(page);
    const looks = await page.locator("attune-widget").evaluate((widget) => {
      const of = (part: string) => getComputedStyle(widget.shadowRoot!.querySelector(`[part~=${part}]`)!);
      const box = widget.shadowRoot!.querySelector("[part~=launcher]")!.getBoundingClientRect();
      return [of("header").borderBottomStyle, of("launcher").borderTopLeftRadius, of("panel").fontFamily, box.left < innerWidth / 2];
    });
    assert.deepEqual(looks, ["double", "12px", "Georgia, serif", true]);
    await page.getByRole("heading", { name: "Kettle & Leaf" }).waitFor();
    await talk(page);
  },

  async strict_csp(t) {
    const page = await example(t, "strict-csp");
    await launch(page);
    await talk(page);
  },

  /** As `cargo dev package` prints it: a pinned version runs, and not with another digest. */
  async pinned(t) {
    const { origin } = await site(t);
    const { version } = JSON.parse(fs.readFileSync(path.join(folder, "../package.json"), "utf8"));
    const src = `${t.apiOrigin}/widget/${version}/widget.js`;
    const bytes = new Uint8Array(await (await fetch(src)).arrayBuffer());
    const digest = crypto.createHash("sha384").update(bytes).digest("base64");
    const page = await t.page();
    await page.goto(origin);
    const load = (integrity: string) =>
      page.evaluate(
        (attributes) =>
          new Promise((resolve) => {
            const script = Object.assign(document.createElement("script"), attributes);
            for (const outcome of ["load", "error"]) script.addEventListener(outcome, () => resolve(outcome));
            document.head.append(script);
          }),
        { src, integrity, crossOrigin: "anonymous" },
      );
    assert.equal(await load(`sha384-${"A".repeat(64)}`), "error");
    assert.equal(await load(`sha384-${digest}`), "load");
  },

  react: (t) => framework(t, "react"),

  vue: (t) => framework(t, "vue"),

  async spa(t) {
    const page = await example(t, "spa");
    await launch(page);
    await talk(page);
    for (const name of ["Teas", "Contact", "Home"]) {
      await page.getByRole("link", { name }).click();
      await page.getByRole("heading", { name }).waitFor();
    }
    // the same conversation, in the same panel
    await page.getByRole("log").getByText(ANSWER).waitFor();
    assert.equal(await page.locator("attune-widget").count(), 1);
    await talk(page);
  },
};

export default checks;
