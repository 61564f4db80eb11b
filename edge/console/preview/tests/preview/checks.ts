// The page on which a widget is changed, against the real Worker.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { Checks, Tools } from "../../../../../tests/browser/harness";
import type { Widget } from "../../widget";
import type { Other } from "./page";

const PASSWORD = "correct horse battery";
const MEMBERS = {
  name: "Shop",
  origins: ["https://shop.example"],
  look: { accent: "#112233" },
  texts: { en: { title: "Ask us" }, de: { title: "Frag uns" } },
  hours: { zone: "Europe/Zurich", days: { mon: ["09:00-12:00"] }, exceptions: { "2026-12-25": [] } },
  faq: { entries: [{ question: "When are you open?", answer: "From nine to five.", keywords: ["hours"] }] },
};

/** What the other device does. */
function call(other: Page, method: string, path: string, body?: object): Promise<Widget> {
  const asked = { method, path, body };
  return other.evaluate(
    (asked) => (window as unknown as { other: Other }).other.call(asked.method, asked.path, asked.body),
    asked,
  ) as Promise<Widget>;
}

/** A widget, and the console's page of it before anybody has signed in. */
async function prepared(t: Tools) {
  const tenant = await t.tenant();
  const { token, email } = await t.invitation(tenant, "owner");
  const other = await t.page();
  await other.waitForFunction(() => "other" in window);
  const invited = { token, password: PASSWORD };
  await other.evaluate(
    ({ token, password }) => (window as unknown as { other: Other }).other.join(token, password),
    invited,
  );
  const widget = await call(other, "POST", "/v1/widgets", MEMBERS);
  const page = await (await t.page()).context().newPage();
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(window, { violations: seen });
    document.addEventListener("securitypolicyviolation", (event) => seen.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  await page.goto(`${t.apiOrigin}/console/preview/${widget.widget_id}`);
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  return { tenant, email, other, widget, page };
}

async function signIn(page: Page, tenant: string, email: string, password = PASSWORD): Promise<void> {
  await page.getByLabel("Tenant").fill(tenant);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** The console with the widget open. */
async function opened(t: Tools) {
  const all = await prepared(t);
  await signIn(all.page, all.tenant, all.email);
  await all.page.getByLabel("Name", { exact: true }).waitFor();
  return all;
}

const said = (page: Page, text: string) =>
  page.waitForFunction((text) => document.querySelector("#status")!.textContent === text, text);
const save = (page: Page) => page.getByRole("button", { name: "Save", exact: true }).click();
const attribute = (page: Page, name: string) => page.locator("attune-widget").getAttribute(`data-${name}`);

const checks: Checks = {
  async what_is_typed_shows_at_once_and_is_saved(t) {
    const { page, other, widget } = await opened(t);
    assert.equal(await attribute(page, "key"), widget.key);
    assert.equal(await attribute(page, "accent"), "#112233");
    assert.equal(await attribute(page, "title"), "Ask us");
    assert.equal(await page.getByRole("button", { name: "Save", exact: true }).isDisabled(), true);
    await page.getByLabel("Colour", { exact: true }).fill("#00aa55");
    await page.locator("[name=theme]").selectOption("dark");
    await page.getByLabel("Title").fill("Talk to us");
    assert.deepEqual(
      [await attribute(page, "accent"), await attribute(page, "theme"), await attribute(page, "title")],
      ["#00aa55", "dark", "Talk to us"],
    );
    await page.locator("[name=locale]").selectOption("de");
    assert.equal(await attribute(page, "title"), "Frag uns");
    await page.getByLabel("Tuesday").fill("10:00-12:00, 13:00 - 17:00");
    await page.getByRole("button", { name: "Add a question" }).click();
    const added = page.getByRole("group", { name: "Question 2" });
    await added.getByLabel("Question").fill("Where are you?");
    await added.getByLabel("Answer").fill("In Bern.");
    await said(page, "Not saved");
    await save(page);
    await said(page, "Saved");
    const kept = await call(other, "GET", `/v1/widgets/${widget.widget_id}`);
    assert.deepEqual(kept.look, { accent: "#00aa55", theme: "dark" });
    assert.deepEqual(kept.texts, { en: { title: "Talk to us" }, de: { title: "Frag uns" } });
    assert.deepEqual(kept.hours?.days, { mon: ["09:00-12:00"], tue: ["10:00-12:00", "13:00-17:00"] });
    assert.deepEqual(kept.hours?.exceptions, { "2026-12-25": [] });
    assert.deepEqual(kept.faq.entries.at(1), { question: "Where are you?", answer: "In Bern." });
    assert.equal(kept.version, 2);
    // who is signed in stays so; what was saved is not asked about
    await page.reload();
    await page.getByLabel("Name", { exact: true }).waitFor();
    assert.equal(await page.getByLabel("Tuesday").inputValue(), "10:00-12:00, 13:00-17:00");
    await page.getByLabel("Always open").check();
    await save(page);
    await said(page, "Saved");
    assert.equal((await call(other, "GET", `/v1/widgets/${widget.widget_id}`)).hours, undefined);
    assert.deepEqual(await page.evaluate(() => (window as unknown as { violations: string[] }).violations), []);
  },

  async a_conflict_is_shown_and_decided_by_hand(t) {
    const { page, other, widget } = await opened(t);
    const path = `/v1/widgets/${widget.widget_id}`;
    await call(other, "PATCH", path, { name: "Theirs", look: { position: "left" } });
    await page.getByLabel("Name", { exact: true }).fill("Mine");
    await save(page);
    await page.getByText("Somebody has saved this widget meanwhile.").waitFor();
    assert.equal((await call(other, "GET", path)).name, "Theirs", "nothing was overwritten");
    await page.getByRole("button", { name: "Show theirs" }).click();
    await page.waitForFunction(() => document.querySelector("h1")!.textContent === "Theirs");
    assert.equal(await page.locator("[name=position]").inputValue(), "left");
    await call(other, "PATCH", path, { name: "Theirs again" });
    await page.getByLabel("Name", { exact: true }).fill("Mine after all");
    await save(page);
    await page.getByRole("button", { name: "Save mine over it" }).click();
    await said(page, "Saved");
    assert.equal((await call(other, "GET", path)).name, "Mine after all");
  },

  async what_is_refused_stands_at_its_field(t) {
    const { page } = await opened(t);
    await page.getByLabel("Monday").fill("17:00-09:00");
    await page.getByLabel("Time zone").fill("Europe/Atlantis");
    await save(page);
    const monday = page.getByLabel("Monday");
    await page.waitForFunction(() => document.querySelectorAll("[aria-invalid=true]").length === 2);
    assert.equal(await monday.getAttribute("aria-invalid"), "true");
    const note = await monday.getAttribute("aria-describedby");
    assert.match((await page.locator(`#${note}`).textContent()) ?? "", /09:00-17:00/);
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("name")), "zone");
    await monday.fill("09:00-17:00");
    await page.getByLabel("Time zone").fill("Europe/Zurich");
    await save(page);
    await said(page, "Saved");
    assert.equal(await page.locator("[aria-invalid]").count(), 0);
  },

  async the_tag_for_pages_is_copied(t) {
    const { page, widget } = await opened(t);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: t.apiOrigin });
    await page.getByRole("button", { name: "Copy" }).click();
    await said(page, "Copied");
    const tag = `<script async src="${t.apiOrigin}/widget/v1/widget.js" data-key="${widget.key}"></script>`;
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), tag);
  },

  async only_who_may_sees_it(t) {
    const { page, tenant, email } = await prepared(t);
    await signIn(page, tenant, email, "wrong");
    await page.waitForFunction(() => document.querySelector("#refused")!.textContent !== "");
    assert.equal(await page.getByLabel("Name", { exact: true }).isVisible(), false);
    await signIn(page, tenant, email);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    // a widget of another tenant is none of theirs
    const stranger = await prepared(t);
    await page.goto(`${t.apiOrigin}/console/preview/${stranger.widget.widget_id}`);
    await signIn(page, tenant, email);
    await page.getByText("There is no such widget").waitFor();
  },

  async every_field_has_a_name_and_the_page_fits_a_telephone(t) {
    const { page } = await opened(t);
    const nameless = await page.evaluate(() => {
      const fields = [...document.querySelectorAll<HTMLInputElement>("input, select, textarea")];
      return fields.filter((field) => !field.labels?.[0]?.textContent?.trim()).map((field) => field.outerHTML);
    });
    assert.deepEqual(nameless, []);
    await page.setViewportSize({ width: 360, height: 740 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0, "nothing to scroll sideways");
  },
};

export default checks;
