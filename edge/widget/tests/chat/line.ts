// What is said arrives once and in order, whatever the line does.
import assert from "node:assert/strict";
import type { WebSocketRoute } from "playwright-core";
import type { Checks } from "../../../../tests/browser/harness";
import { ANSWER, LONG, shop } from "./shop";

export const line: Checks = {
  async a_visitor_is_answered_in_a_stream(t) {
    const { visit } = await shop(t);
    const visitor = await visit();
    await visitor.open();
    await visitor.say("tell me a story");
    // the beginning is there before the end is
    const draft = visitor.page.locator("attune-widget .draft p", { hasText: "word0" });
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

  async a_reload_loses_nothing_and_goes_on(t) {
    const { visit } = await shop(t);
    const visitor = await visit();
    await visitor.open();
    await visitor.say("when are you open?");
    await visitor.heard(1, 1);
    // said without a line, then the page is gone
    await visitor.page.context().setOffline(true);
    await visitor.page.getByText("No connection").waitFor();
    for (const text of ["one", "two", "three"]) await visitor.say(text);
    await visitor.waiting.nth(2).waitFor();
    await visitor.page.context().setOffline(false);
    await visitor.page.reload();
    const [own, others] = await visitor.heard(4, 4);
    assert.deepEqual(own, ["when are you open?", "one", "two", "three"]);
    assert.equal(others[0], ANSWER);
    assert.equal(await visitor.waiting.count(), 0);
  },

  async a_second_tab_sees_the_same_conversation(t) {
    const { visit } = await shop(t);
    const first = await visit();
    await first.open();
    await first.say("first");
    await first.heard(1, 1);
    const second = await visit({ context: first.page.context() });
    await second.open();
    await second.heard(1, 1);
    await second.say("when are you open?");
    for (const tab of [first, second]) {
      const [own, others] = await tab.heard(2, 2);
      assert.deepEqual([own, others[1]], [["first", "when are you open?"], ANSWER]);
    }
  },

  async a_minute_without_a_network_loses_nothing(t) {
    const { visit, desk } = await shop(t);
    const visitor = await visit();
    const { page } = visitor;
    await page.clock.install();
    await visitor.open();
    await visitor.live();
    await page.context().setOffline(true);
    const said = Array.from({ length: 20 }, (_, n) => `message ${n}`);
    for (const text of said) {
      await visitor.say(text);
      await page.clock.runFor(3_000);
    }
    await visitor.waiting.nth(19).waitFor();
    assert.equal(await visitor.own.count(), 0);
    // now the page's clock is a minute ahead of the server's, by which a proof is not good yet
    await page.context().setOffline(false);
    assert.deepEqual((await visitor.heard(20, 20))[0], said);
    const { rooms } = await desk("GET", "/v1/chat/rooms");
    assert.equal(rooms.length, 1);
  },

  async a_line_that_is_silent_is_given_up(t) {
    const { visit } = await shop(t);
    // takes everything and gives nothing, once it has been told to
    let silent = false;
    const opened: string[] = [];
    const line = (ws: WebSocketRoute) => {
      opened.push(ws.url());
      const server = ws.connectToServer();
      const dead = opened.length === 1;
      ws.onMessage((message) => (dead && silent ? undefined : server.send(message)));
      server.onMessage((message) => (dead && silent ? undefined : ws.send(message)));
    };
    const visitor = await visit({ prepare: (page) => page.routeWebSocket(/socket/, line) });
    const { page } = visitor;
    await page.clock.install();
    await visitor.open();
    await visitor.live();
    silent = true;
    await visitor.say("when are you open?");
    await visitor.waiting.first().waitFor();
    await page.clock.runFor(41_000);
    assert.deepEqual((await visitor.heard(1, 1))[1], [ANSWER]);
    assert.equal(opened.length, 2);
  },

  async frames_that_come_twice_or_not_at_all_do_no_harm(t) {
    const { visit } = await shop(t);
    const said = Array.from({ length: 12 }, (_, n) => `message ${n}`);
    let count = 0;
    let bad = true;
    const line = (ws: WebSocketRoute) => {
      const server = ws.connectToServer();
      ws.onMessage((message) => {
        server.send(message);
        if (String(message).includes('"send"')) server.send(message);
        // nothing could tell that the very last event is missing
        bad &&= !String(message).includes(said[11]!);
      });
      // every third message of the room is lost, every other one comes twice
      server.onMessage((message) => {
        count++;
        if (!bad || count % 3 !== 0 || !String(message).includes('"event"')) ws.send(message);
        if (bad && count % 2 === 0) ws.send(message);
      });
    };
    const visitor = await visit({ prepare: (page) => page.routeWebSocket(/socket/, line) });
    await visitor.open();
    for (const text of said) await visitor.say(text);
    const [own, others] = await visitor.heard(12, 12);
    assert.deepEqual([own, others.length], [said, 12]);
  },

  async what_a_room_cannot_read_holds_nothing_up(t) {
    const { visit } = await shop(t);
    const line = (ws: WebSocketRoute) => {
      const server = ws.connectToServer();
      ws.onMessage((message) => (String(message).includes("unreadable") ? ws.close({ code: 4400 }) : server.send(message)));
    };
    const visitor = await visit({ prepare: (page) => page.routeWebSocket(/socket/, line) });
    await visitor.open();
    for (const text of ["one", "unreadable", "two"]) await visitor.say(text);
    assert.deepEqual((await visitor.heard(2, 2))[0], ["one", "two"]);
    assert.equal(await visitor.waiting.textContent(), "unreadableNot sent");
  },

  async a_server_that_dies_in_an_answer_gives_it_whole(t) {
    const { visit } = await shop(t);
    const visitor = await visit();
    await visitor.open();
    await visitor.say("tell me a story");
    await visitor.page.locator("attune-widget .draft p", { hasText: "word4" }).waitFor();
    await t.restart();
    assert.deepEqual(await visitor.heard(1, 1), [["tell me a story"], [LONG]]);
  },

  async older_messages_come_when_one_looks_for_them(t) {
    const { visit } = await shop(t);
    // stands in for a room that holds more than a new connection gets
    const room = (ws: WebSocketRoute) => {
      const at = "2026-01-02T03:04:05.000Z";
      const event = (seq: number) => ({ t: "event", seq, at, from: "ast", kind: "message", text: `number ${seq}` });
      const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => event(from + n));
      ws.onMessage((message) => {
        const frame = JSON.parse(String(message));
        const say = (...frames: object[]) => ws.send(JSON.stringify(frames));
        const welcome = { t: "welcome", member: "vis_1", room: "chr_1", head: 100, from: 60, assistant: true };
        if (frame.t === "hello") say(welcome, ...range(61, 101));
        if (frame.t === "page") {
          const from = Math.max(frame.before - frame.limit, 1);
          say({ t: "page", events: range(from, frame.before), more: from > 1 });
        }
      });
    };
    const visitor = await visit({ prepare: (page) => page.routeWebSocket(/socket/, room) });
    await visitor.open();
    await visitor.page.getByText("number 100", { exact: true }).waitFor();
    assert.equal((await visitor.others.allTextContents())[0], "number 61");
    for (let pages = 0; pages < 3; pages++) {
      await visitor.log.evaluate((log) => log.scrollTo(0, 0));
      if (pages < 2) await visitor.page.getByText(`number ${pages ? 1 : 11}`, { exact: true }).waitFor({ state: "attached" });
    }
    const all = await visitor.others.allTextContents();
    assert.deepEqual(all, Array.from({ length: 100 }, (_, n) => `number ${n + 1}`));
    // one heading for the day, and the greeting above all
    assert.equal(await visitor.page.locator("attune-widget .note").count(), 1);
    assert.ok(await visitor.page.getByText("How can we help").isVisible());
  },

  async an_ended_room_gives_way_to_a_new_one(t) {
    const { visit, desk } = await shop(t);
    const visitor = await visit();
    await visitor.open();
    await visitor.say("when are you open?");
    await visitor.heard(1, 1);
    const { rooms } = await desk("GET", "/v1/chat/rooms");
    await desk("POST", `/v1/chat/rooms/${rooms[0].room_id}/takeover`);
    await visitor.page.getByText("The team answers now").waitFor();
    await desk("POST", `/v1/chat/rooms/${rooms[0].room_id}/end`);
    await visitor.page.getByText("The conversation has ended").waitFor();
    await visitor.say("when are you open please?");
    await visitor.page.getByText("The conversation has ended").waitFor({ state: "detached" });
    assert.deepEqual(await visitor.heard(1, 1), [["when are you open please?"], [ANSWER]]);
  },

  async what_is_not_known_offers_a_person_and_answers_are_rated(t) {
    const { visit, desk } = await shop(t);
    const visitor = await visit();
    await visitor.open();
    await visitor.say("xyzzy");
    await visitor.page.getByRole("button", { name: "Talk to a person" }).click();
    await visitor.heard(2, 2);
    const helpful = visitor.page.getByRole("button", { name: "Helpful", exact: true });
    await helpful.last().click();
    await visitor.page.locator("attune-widget [value=up][aria-pressed=true]").waitFor();
    const { rooms } = await desk("GET", "/v1/chat/rooms?waits=true");
    assert.equal(rooms.length, 1);
  },
};
