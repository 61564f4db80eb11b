// What is said arrives once and in order, whatever the line does.
import assert from "node:assert/strict";
import type { Checks } from "../../../../tests/browser/harness";
import { ANSWER, LONG, shop } from "./shop";

export const line: Checks = {
  async a_visitor_is_answered_in_a_stream(t) {
    const { visit } = await shop(t);
    const visitor = await visit();
    await visitor.open();
    await visitor.say("tell me a story");
    // the beginning is there before the end is
    const draft = visitor.page.locator("attune-widget .typing:not([hidden]) p", { hasText: "word0" });
    await draft.waitFor();
    assert.ok(!(await draft.textContent())!.includes("word299"));
    assert.deepEqual(await visitor.heard(1, 1), [["tell me a story"], [LONG]]);
    await visitor.say("when are you open?");
    assert.deepEqual(await visitor.heard(2, 2), [["tell me a story", "when are you open?"], [LONG, ANSWER]]);
  },

  async nothing_is_asked_before_it_is_opened(t) {
    const { visit } = await shop(t);
    const asked: string[] = [];
    const visitor = await visit();
    visitor.page.on("request", (request) => asked.push(request.url()));
    await visitor.launcher.waitFor();
    await visitor.page.reload();
    await visitor.launcher.waitFor();
    const own = asked.filter((url) => url.startsWith(t.apiOrigin));
    assert.deepEqual(own, [`${t.apiOrigin}/widget/latest/widget.js`]);
    await visitor.open();
    await visitor.live();
    assert.ok(asked.length > own.length);
  },
};
