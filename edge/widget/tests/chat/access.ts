// Everybody can use it: by keyboard, by screen reader, enlarged, in each language.
import assert from "node:assert/strict";
import type { Checks } from "../../../../tests/browser/harness";
import { ANSWER, shop } from "./shop";

export const access: Checks = {
  async everything_can_be_done_by_keyboard(t) {
    const { visit } = await shop(t);
    const visitor = await visit();
    const { page } = visitor;
    const focused = () =>
      page.evaluate(() => document.querySelector("attune-widget")!.shadowRoot!.activeElement?.getAttribute("aria-label") ?? null);
    await visitor.launcher.waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "Open chat");
    await page.keyboard.press("Enter");
    await visitor.live();
    assert.equal(await focused(), "Write a message");
    await page.keyboard.type("when are");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("you open?");
    await page.keyboard.press("Enter");
    assert.deepEqual(await visitor.heard(1, 1), [["when are\nyou open?"], [ANSWER]]);
    assert.equal(await focused(), "Write a message");
    const stops: (string | null)[] = [];
    for (let n = 0; n < 4; n++) {
      await page.keyboard.press("Shift+Tab");
      stops.push(await focused());
    }
    assert.deepEqual(stops, ["Add a picture", "Not helpful", "Helpful", "Messages"]);
    await page.keyboard.press("Shift+Tab");
    assert.equal(await focused(), "Close chat");
    await page.keyboard.press("Escape");
    await visitor.panel.waitFor({ state: "hidden" });
    assert.equal(await focused(), "Open chat");
    await page.keyboard.press("Space");
    await visitor.panel.waitFor();
  },

  async a_screen_reader_finds_names_and_roles(t) {
    const { visit } = await shop(t);
    const visitor = await visit();
    const { page } = visitor;
    const launcher = page.getByRole("button", { name: "Open chat" });
    const said = (name: string) => launcher.getAttribute(name);
    assert.deepEqual([await said("aria-expanded"), await said("aria-haspopup")], ["false", "dialog"]);
    await visitor.open();
    await visitor.say("when are you open?");
    await visitor.heard(1, 1);
    await visitor.live();
    assert.deepEqual([await said("aria-expanded"), await said("aria-controls")], ["true", "panel"]);
    const found = await page.getByRole("dialog").ariaSnapshot();
    const tree = found.replaceAll(/\d+:\d\d [AP]M/g, "TIME").replaceAll(/[A-Z]\w+ \d+, \d{4}/g, "DAY");
    assert.equal(
      tree,
      `- dialog "Chat with us":
  - heading "Chat with us" [level=2]
  - paragraph: The assistant answers
  - button "Close chat"
  - log "Messages":
    - paragraph: Hello! How can we help?
    - paragraph: DAY
    - text: "You:"
    - paragraph: when are you open?
    - time: TIME
    - text: "Assistant:"
    - paragraph: ${ANSWER}
    - time: TIME
    - button "Helpful"
    - button "Not helpful"
  - status
  - button "Add a picture"
  - textbox "Write a message"
  - button "Talk by voice"
  - button "Send"`,
    );
  },

  async axe_finds_nothing(t) {
    const { visit } = await shop(t);
    for (const [colorScheme, data] of [
      ["light", {}],
      ["dark", {}],
      ["light", { "data-accent": "#ffd23f" }],
      ["light", { "data-accent": "#777" }],
      ["light", { "data-locale": "ar" }],
    ] as const) {
      const visitor = await visit({ browser: { colorScheme }, data });
      await visitor.launcher.waitFor();
      assert.deepEqual(await t.axe(visitor.page), [], "closed");
      await visitor.open();
      await visitor.say("xyzzy");
      await visitor.heard(1, 1);
      await visitor.page.locator("attune-widget .tool").nth(2).click();
      await visitor.page.locator("attune-widget .call .main").waitFor();
      assert.deepEqual(await t.axe(visitor.page), [], JSON.stringify([colorScheme, data]));
    }
  },

  async it_can_be_used_at_200_percent(t) {
    const { visit } = await shop(t);
    // 1280 × 720 at 200 %
    const visitor = await visit({ browser: { viewport: { width: 640, height: 360 }, deviceScaleFactor: 2 } });
    await visitor.open();
    await visitor.say("when are you open?");
    await visitor.heard(1, 1);
    const { width, height } = visitor.page.viewportSize()!;
    for (const name of ["Close chat", "Send", "Write a message"]) {
      const box = (await visitor.page.getByLabel(name, { exact: true }).boundingBox())!;
      assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height, name);
    }
    assert.ok((await visitor.log.boundingBox())!.height > 80);
    assert.equal(await visitor.log.evaluate((log) => log.scrollWidth > log.clientWidth), false);
  },

  async a_small_screen_is_filled_and_holds_the_focus(t) {
    const { visit } = await shop(t);
    const visitor = await visit({ browser: { viewport: { width: 390, height: 700 }, hasTouch: true, isMobile: true } });
    const { page } = visitor;
    await visitor.launcher.tap();
    await visitor.live();
    assert.deepEqual(await visitor.panel.boundingBox(), { x: 0, y: 0, width: 390, height: 700 });
    assert.equal(await visitor.panel.getAttribute("aria-modal"), "true");
    await page.getByRole("button", { name: "Send" }).focus();
    await page.keyboard.press("Tab");
    await page.locator("attune-widget [aria-label='Close chat']:focus").waitFor();
    await page.keyboard.press("Shift+Tab");
    await page.locator("attune-widget [aria-label=Send]:focus").waitFor();
    await page.getByRole("button", { name: "Close chat" }).tap();
    await visitor.launcher.waitFor();
  },

  async arabic_is_written_from_right_to_left(t) {
    const { visit } = await shop(t);
    const visitor = await visit({ data: { "data-locale": "ar" } });
    await visitor.open();
    await visitor.page.getByRole("dialog", { name: "تحدث معنا" }).waitFor();
    const box = (await visitor.panel.boundingBox())!;
    assert.equal(box.x, 20);
    await visitor.say("xyzzy");
    await visitor.heard(1, 1);
    const own = (await visitor.own.boundingBox())!;
    const other = (await visitor.others.first().boundingBox())!;
    assert.ok(own.x - box.x < 40 && box.x + box.width - (other.x + other.width) < 40, JSON.stringify({ box, own, other }));
  },

  async each_language_is_loaded_when_it_is_wanted(t) {
    const { visit } = await shop(t);
    const titles = { de: "Chat mit uns", fr: "Discutez avec nous", es: "Hable con nosotros", it: "Scrivici", "pt-BR": "Chat with us" };
    for (const [locale, title] of Object.entries(titles)) {
      const chunks: string[] = [];
      const visitor = await visit({
        data: { "data-locale": "" },
        browser: { locale },
        prepare: async (page) => page.on("request", (request) => chunks.push(request.url())),
      });
      await visitor.open();
      await visitor.page.getByRole("dialog", { name: title }).waitFor();
      const loaded = chunks.filter((url) => /\/[a-z]{2}\.js$/.test(url)).length;
      assert.equal(loaded, ["de", "pt-BR"].includes(locale) ? 0 : 1, locale);
    }
  },

  async little_movement_is_honoured(t) {
    const { visit } = await shop(t);
    const moving = async (reducedMotion: "reduce" | "no-preference") => {
      const visitor = await visit({ browser: { reducedMotion } });
      await visitor.open();
      await visitor.say("tell me a story");
      await visitor.page.locator("attune-widget .draft p", { hasText: "word" }).waitFor();
      return visitor.page.evaluate(() => {
        const root = document.querySelector("attune-widget")!.shadowRoot!;
        const names = Array.from(root.querySelectorAll(".panel, i"), (element) => getComputedStyle(element).animationName);
        return names.some((name) => name !== "none");
      });
    };
    assert.deepEqual([await moving("no-preference"), await moving("reduce")], [true, false]);
  },
};
