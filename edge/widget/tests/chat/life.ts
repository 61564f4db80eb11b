// What pages do to it, and with it.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { Checks } from "../../../../tests/browser/harness";
import { ANSWER, shop } from "./shop";

declare global {
  interface Window {
    heard: string[];
    visit(): void;
  }
}

export const life: Checks = {
  async a_hostile_page_does_not_reach_in(t) {
    const { visit } = await shop(t);
    const visitor = await visit({ page: "/hostile.html" });
    await visitor.open();
    await visitor.say("when are you open?");
    await visitor.others.filter({ hasText: ANSWER }).waitFor();
    const box = (await visitor.panel.boundingBox())!;
    assert.equal(Math.round(box.width), 384);
    // asked in a world whose prototypes are whole
    const cdp = await visitor.page.context().newCDPSession(visitor.page);
    const { frameTree } = await cdp.send("Page.getFrameTree");
    const world = await cdp.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
    const expression = `(() => {
      const host = document.querySelector("attune-widget");
      const style = (element) => {
        const { fontSize, transform, opacity, filter, visibility, pointerEvents, zoom } = getComputedStyle(element);
        return [fontSize, transform, opacity, filter, visibility, pointerEvents, zoom].join(" ");
      };
      return [style(host), style(host.shadowRoot.querySelector(".own p"))];
    })()`;
    const { result } = await cdp.send("Runtime.evaluate", { expression, contextId: world.executionContextId, returnByValue: true });
    assert.deepEqual(result.value, ["16px none 1 none visible auto 1", "15px none 1 none visible auto 1"]);
    // what waits is kept and read back, whatever JSON does to arrays
    await visitor.page.context().setOffline(true);
    await visitor.page.getByText("No connection").waitFor();
    await visitor.say("one");
    await visitor.say("two");
    await visitor.page.context().setOffline(false);
    await visitor.page.reload();
    await visitor.own.filter({ hasText: "one" }).waitFor();
    await visitor.own.filter({ hasText: "two" }).waitFor();
  },

  async a_hundred_navigations_leave_nothing_behind(t) {
    const { visit } = await shop(t);
    const visitor = await visit({ page: "/spa.html" });
    const { page } = visitor;
    const sockets: string[] = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    await visitor.open();
    await visitor.live();
    const cdp = await page.context().newCDPSession(page);
    const count = async () => {
      await cdp.send("HeapProfiler.collectGarbage");
      const { metrics } = await cdp.send("Performance.getMetrics");
      const of = (wanted: string) => metrics.find(({ name }) => name === wanted)!.value;
      return { listeners: of("JSEventListeners"), nodes: of("Nodes"), documents: of("Documents") };
    };
    await cdp.send("Performance.enable");
    const go = async (times: number) => {
      for (let n = 0; n < times; n++) {
        await page.evaluate(() => window.visit());
        await page.waitForFunction(() => document.querySelectorAll("attune-widget").length === 1);
      }
    };
    await go(10);
    const before = await count();
    await go(100);
    const after = await count();
    assert.ok(after.listeners <= before.listeners + 2, JSON.stringify({ before, after }));
    assert.ok(after.nodes <= before.nodes + 20, JSON.stringify({ before, after }));
    assert.equal(sockets.length, 1);
    await visitor.say("when are you open?");
    await visitor.heard(1, 1);
  },

  async a_page_may_bring_its_own_element(t) {
    const { key, visit } = await shop(t);
    const visitor = await visit({ page: "/spa.html", data: { "data-key": "" } });
    const { page } = visitor;
    const place = (times: number) =>
      page.evaluate(
        ([key, times]) => {
          const body = document.createElement("body");
          for (let n = 0; n < times; n++) {
            const widget = document.createElement("attune-widget");
            Object.assign(widget.dataset, { key, locale: "en" });
            body.append(widget);
          }
          document.body = body;
        },
        [key, times] as const,
      );
    const sockets: string[] = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    // two of them on a page: one is alive
    await place(2);
    await visitor.launcher.waitFor();
    assert.equal(await visitor.launcher.count(), 1);
    await visitor.open();
    await visitor.say("when are you open?");
    await visitor.heard(1, 1);
    // the next page has its own, which goes on where the visitor was
    await place(1);
    await visitor.heard(1, 1);
    await visitor.live();
    assert.equal(sockets.length, 2);
    // and the one after has none
    await place(0);
    assert.equal(await page.evaluate(() => document.querySelectorAll("attune-widget").length), 0);
  },

  async the_tenant_s_settings_are_worn_and_the_page_wins(t) {
    const { visit } = await shop(t);
    const widget = {
      look: { accent: "#0a7d4f", position: "left", theme: "dark" },
      texts: { title: "Tea advice", greeting: "Green or black?", offline: "We sleep." },
      open: false,
      opens_at: "2026-11-23T08:00:00.000Z",
    };
    const rooms = async (page: Page) =>
      page.route(/\/v1\/chat\/rooms$/, async (route) => {
        if (route.request().method() !== "POST") return route.fallback();
        const response = await route.fetch();
        const json = await response.json();
        await route.fulfill({ response, json: response.ok() ? { ...json, widget } : json });
      });
    const visitor = await visit({ prepare: rooms, data: { "data-title": "Ask us" }, browser: { timezoneId: "Europe/Zurich" } });
    await visitor.open();
    await visitor.page.getByRole("dialog", { name: "Ask us" }).waitFor();
    await visitor.page.getByText("Green or black?").waitFor();
    await visitor.page.getByRole("status").getByText("We sleep. Monday 9:00 AM").waitFor();
    assert.equal((await visitor.panel.boundingBox())!.x, 20);
    assert.equal(await visitor.launcher.evaluate((element) => getComputedStyle(element).backgroundColor), "rgb(10, 125, 79)");
    assert.equal(await visitor.panel.evaluate((element) => getComputedStyle(element).colorScheme), "dark");
  },

  async a_page_drives_it(t) {
    const { visit } = await shop(t);
    const data = { "data-title": "Ask us", "data-greeting": "Welcome!", "data-position": "left" };
    const visitor = await visit({ page: "/spa.html", data });
    const { page } = visitor;
    await visitor.launcher.waitFor();
    assert.equal(await page.locator("attune-widget").count(), 1);
    await page.evaluate(() => window.attune!("open"));
    await visitor.panel.waitFor();
    await page.getByRole("dialog", { name: "Ask us" }).waitFor();
    await page.getByText("Welcome!").waitFor();
    assert.equal((await visitor.panel.boundingBox())!.x, 20);
    await page.evaluate(() => window.attune!("send", "when are you open?"));
    await visitor.heard(1, 1);
    // attributes count while it is open
    await page.evaluate(() => {
      const widget = document.querySelector<HTMLElement>("attune-widget")!;
      Object.assign(widget.dataset, { title: "Ask me", position: "right", accent: "rgb(200, 30, 60)", theme: "dark" });
    });
    await page.getByRole("dialog", { name: "Ask me" }).waitFor();
    const launcher = await visitor.launcher.evaluate((element) => getComputedStyle(element).backgroundColor);
    assert.equal(launcher, "rgb(200, 30, 60)");
    await page.evaluate(() => window.attune!("toggle"));
    await visitor.panel.waitFor({ state: "hidden" });
    assert.deepEqual(await page.evaluate(() => window.heard), ["open", "close"]);
    // another user of the page on the same device has another conversation
    await page.evaluate(() => (window.attune!("identify", "42"), window.attune!("open")));
    await visitor.live();
    assert.equal(await visitor.own.count(), 0);
    await page.evaluate(() => window.attune!("identify", null));
    assert.deepEqual((await visitor.heard(1, 1))[1], [ANSWER]);
    // however fast the page changes its mind, there is one panel
    await page.evaluate(() => {
      window.attune!("identify", "43");
      window.attune!("open");
      window.attune!("identify", null);
    });
    await visitor.heard(1, 1);
    assert.equal(await visitor.panel.count(), 1);
    await page.evaluate(() => window.attune!("destroy"));
    assert.equal(await page.locator("attune-widget").count(), 0);
    await page.evaluate(() => window.visit());
    assert.equal(await page.locator("attune-widget").count(), 0);
  },

  async a_reload_finds_it_as_it_was(t) {
    const { visit } = await shop(t);
    const visitor = await visit();
    await visitor.open();
    await visitor.say("when are you open?");
    await visitor.heard(1, 1);
    await visitor.page.reload();
    await visitor.panel.waitFor();
    await visitor.heard(1, 1);
    // it does not take the focus from the page
    assert.equal(await visitor.page.evaluate(() => document.activeElement?.tagName), "BODY");
    await visitor.page.keyboard.press("Escape");
    await visitor.field.press("Escape");
    await visitor.page.reload();
    await visitor.launcher.waitFor();
    assert.equal(await visitor.panel.count(), 0);
  },

  async errors_go_to_the_tenant_not_to_the_console(t) {
    const { visit } = await shop(t);
    const said: string[] = [];
    const reports: any[] = [];
    const visitor = await visit({
      prepare: async (page) => {
        page.on("console", (message) => said.push(message.text()));
        await page.route(/\/v1\/widgets\/reports$/, async (route) => {
          if (route.request().method() === "POST") reports.push(route.request().postDataJSON());
          await route.fulfill({ status: 204, headers: { "access-control-allow-origin": "*", "access-control-allow-headers": "*" } });
        });
        await page.routeWebSocket(/socket/, (ws) =>
          ws.onMessage(() => {
            // a frame that no room would say, three times
            for (let n = 0; n < 3; n++) ws.send('[{"t":"page"}]');
          }),
        );
      },
    });
    await visitor.open();
    await visitor.page.waitForFunction(() => true);
    for (let n = 0; n < 100 && reports.length === 0; n++) await visitor.page.waitForTimeout(100);
    assert.equal(reports.length, 1);
    const [{ schema_version, version, code, detail, at }] = reports;
    assert.deepEqual([schema_version, typeof version, code, typeof at], [1, "string", "script", "string"]);
    assert.ok(detail.length <= 500 && !detail.includes("?"), detail);
    // the browser itself tells of the nonce that was asked for
    assert.deepEqual(said.filter((text) => !text.startsWith("Failed to load resource")), []);
  },

  async a_call_needs_consent_before_anything(t) {
    const { visit } = await shop(t);
    const loaded: string[] = [];
    const visitor = await visit({ prepare: async (page) => page.on("request", (request) => loaded.push(request.url())) });
    const { page } = visitor;
    await visitor.open();
    await page.getByRole("button", { name: "Talk by voice" }).click();
    await page.getByText("your microphone is needed").waitFor();
    await page.locator("attune-widget button:focus", { hasText: "Start the call" }).waitFor();
    assert.equal(loaded.filter((url) => url.endsWith("/voice.js")).length, 0);
    await page.getByRole("button", { name: "Not now" }).click();
    await page.getByText("your microphone is needed").waitFor({ state: "detached" });
    await page.locator("attune-widget textarea:focus").waitFor();
    assert.equal(loaded.filter((url) => url.endsWith("/voice.js") || url.includes("/v1/voice")).length, 0);
  },
};
