// What a browser's device may do, and what a copy of its things may not. Runs beside the browser, against the real Worker.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { Checks, Tools } from "../../../../tests/browser/harness";

const PASSWORD = "correct horse battery";

/** Fills a form, sends it, gives what the page says then. */
async function submit(page: Page, form: string, fields: Record<string, string> = {}): Promise<string> {
  for (const [name, value] of Object.entries(fields)) {
    const field = page.locator(`${form} [name=${name}]`);
    await (name === "method" ? field.selectOption(value) : field.fill(value));
  }
  await page.locator(`${form} button`).click();
  const output = page.locator("output");
  await page.waitForFunction(() => !["", "…"].includes(document.querySelector("output")!.value));
  return (await output.textContent()) ?? "";
}

async function call(page: Page, path = "/v1/me", method = "GET", body = ""): Promise<string> {
  return submit(page, "#call", { method, path, body });
}

/** The page, once its device has a key; the key's thumbprint. */
async function ready(page: Page): Promise<string> {
  await page.waitForFunction(() => document.querySelector("#device")!.textContent !== "");
  return (await page.locator("#device").textContent()) ?? "";
}

/** A page whose device has joined a tenant. */
async function joined(t: Tools) {
  const tenant = await t.tenant();
  const { token, email } = await t.invitation(tenant, "member");
  const page = await t.page();
  const thumbprint = await ready(page);
  const user = JSON.parse(await submit(page, "#join", { token, name: "Ada" })) as string;
  assert.match(user, /^usr_/);
  return { tenant, email, page, thumbprint, user };
}

/** What IndexedDB keeps under a name, as far as it can leave the page. */
function kept(page: Page, name: string): Promise<unknown> {
  return page.evaluate(
    (name) =>
      new Promise((resolve) => {
        const open = indexedDB.open("attune");
        open.onsuccess = () => {
          const get = open.result.transaction("kept").objectStore("kept").get(name);
          get.onsuccess = () => resolve(get.result);
        };
      }),
    name,
  );
}

type Tokens = { access_token: string; refresh_token: string };

const checks: Checks = {
  async a_device_joins_and_calls(t) {
    const { page, user } = await joined(t);
    const me = JSON.parse(await call(page));
    assert.deepEqual([me.person.user_id, me.person.name], [user, "Ada"]);
    // the role of a member reads this, and may not read that
    assert.equal(JSON.parse(await call(page, "/v1/config/4")).station, 4);
    assert.equal(await call(page, "/v1/keys"), "refused: 403 forbidden");
  },

  async a_password_signs_in_on_another_device(t) {
    const { page, tenant, email, user, thumbprint } = await joined(t);
    assert.equal(await call(page, "/v1/me/password", "PUT", JSON.stringify({ new: PASSWORD })), '"done"');
    const other = await t.page();
    assert.notEqual(await ready(other), thumbprint);
    const wrong = await submit(other, "#sign-in", { tenant, email, password: "a wrong one" });
    assert.equal(wrong, "refused: 401 invalid_credentials");
    assert.equal(JSON.parse(await submit(other, "#sign-in", { tenant, email, password: PASSWORD })), user);
    assert.equal(JSON.parse(await call(other)).person.user_id, user);
    assert.equal(JSON.parse(await call(other, "/v1/devices")).devices.length, 2);
  },

  async a_nonce_is_asked_for_and_used(t) {
    const page = await t.page();
    await ready(page);
    const answers: string[] = [];
    page.on("response", (answer) => answers.push(`${answer.request().method()} ${answer.status()}`));
    const { token } = await t.invitation(await t.tenant(), "member");
    await submit(page, "#join", { token, name: "Ada" });
    // the first proof has no nonce; afterwards the page knows one
    assert.deepEqual(answers.filter((answer) => answer.startsWith("POST")), ["POST 401", "POST 201"]);
    answers.length = 0;
    await call(page);
    assert.deepEqual(answers.filter((answer) => answer.startsWith("GET")), ["GET 200"]);
  },

  async the_same_key_works_after_a_reload(t) {
    const { page, thumbprint, user } = await joined(t);
    await page.reload();
    assert.equal(await ready(page), thumbprint);
    assert.equal(JSON.parse(await call(page)).person.user_id, user);
  },

  async the_same_key_works_after_the_browser_was_closed(t) {
    const { token } = await t.invitation(await t.tenant(), "member");
    let page = await t.profile("kept");
    const thumbprint = await ready(page);
    const user = JSON.parse(await submit(page, "#join", { token, name: "Ada" }));
    await page.context().close();
    page = await t.profile("kept");
    assert.equal(await ready(page), thumbprint);
    assert.equal(JSON.parse(await call(page)).person.user_id, user);
  },

  async the_key_cannot_be_exported(t) {
    const { page } = await joined(t);
    const said = await page.evaluate(
      () =>
        new Promise<string[]>((resolve) => {
          const open = indexedDB.open("attune");
          open.onsuccess = () => {
            const get = open.result.transaction("kept").objectStore("kept").get("key");
            get.onsuccess = async () => {
              const { privateKey, publicKey } = get.result as CryptoKeyPair;
              const attempt = (format: "jwk" | "pkcs8" | "raw", key: CryptoKey) =>
                crypto.subtle.exportKey(format as "jwk", key).then(
                  () => "exported",
                  (reason: Error) => reason.name,
                );
              resolve([
                String(privateKey.extractable),
                await attempt("jwk", privateKey),
                await attempt("pkcs8", privateKey),
                await attempt("raw", privateKey),
                await attempt("jwk", publicKey),
                JSON.stringify(privateKey),
              ]);
            };
          };
        }),
    );
    const refused = "InvalidAccessError";
    assert.deepEqual(said, ["false", refused, refused, refused, "exported", "{}"]);
  },

  async a_copied_access_token_is_refused_elsewhere(t) {
    const { page } = await joined(t);
    const copied = ((await kept(page, "tokens")) as Tokens).access_token;
    // with no proof, as a bearer token, and as the token of another device, which proves its own key as it should
    const bare = (authorization: string) => t.api("GET", "/v1/me", { authorization });
    assert.deepEqual(await bare(`DPoP ${copied}`), [401, "invalid_dpop_proof"]);
    assert.deepEqual(await bare(`Bearer ${copied}`), [401, "invalid_token"]);
    const thief = await joined(t);
    await thief.page.evaluate(
      (copied) =>
        new Promise<void>((resolve) => {
          const open = indexedDB.open("attune");
          open.onsuccess = () => {
            const store = open.result.transaction("kept", "readwrite").objectStore("kept");
            const own = store.get("tokens");
            own.onsuccess = () => {
              store.put({ ...own.result, access_token: copied }, "tokens").onsuccess = () => resolve();
            };
          };
        }),
      copied,
    );
    assert.equal(await call(thief.page), "refused: 401 invalid_token");
    // the one it was made for goes on
    assert.match(await call(page), /"Ada"/);
  },

  async a_copied_request_is_refused(t) {
    const { page } = await joined(t);
    await call(page);
    const [sent] = await Promise.all([page.waitForRequest(/\/v1\/me$/), call(page)]);
    const { authorization = "", dpop = "" } = await sent.allHeaders();
    assert.deepEqual(await t.api("GET", "/v1/me", { authorization, dpop }), [401, "invalid_dpop_proof"]);
  },

  async tokens_are_refreshed(t) {
    const { page, user } = await joined(t);
    const before = (await kept(page, "tokens")) as Tokens;
    assert.equal(JSON.parse(await submit(page, "#refresh")), user);
    const after = (await kept(page, "tokens")) as Tokens;
    assert.notEqual(after.refresh_token, before.refresh_token);
    assert.equal(JSON.parse(await call(page)).person.user_id, user);
    // two tabs of one device at once: neither ends the family
    const tab = await page.context().newPage();
    await tab.goto(page.url());
    await ready(tab);
    const both = await Promise.all([submit(page, "#refresh"), submit(tab, "#refresh")]);
    assert.deepEqual(both, [JSON.stringify(user), JSON.stringify(user)]);
    assert.equal(JSON.parse(await call(tab)).person.user_id, user);
    assert.equal(JSON.parse(await call(page)).person.user_id, user);
  },

  async an_ended_access_token_is_renewed_and_the_call_made_again(t) {
    const { page, user } = await joined(t);
    const before = (await kept(page, "tokens")) as Tokens;
    // in place of five minutes' waiting: what the API says then
    const headers = { "access-control-allow-origin": "*" };
    const json = JSON.stringify({ code: "token_expired" });
    const contentType = "application/problem+json";
    await page.route(/\/v1\/me$/, (route) => route.fulfill({ status: 401, headers, contentType, body: json }), {
      times: 1,
    });
    assert.equal(JSON.parse(await call(page)).person.user_id, user);
    assert.notEqual(((await kept(page, "tokens")) as Tokens).refresh_token, before.refresh_token);
  },

  async another_origin_has_another_device(t) {
    const { page, thumbprint } = await joined(t);
    const other = await page.context().newPage();
    await other.goto(t.otherOrigin);
    assert.notEqual(await ready(other), thumbprint);
    assert.equal(await call(other), "refused: nobody is signed in");
  },

  async a_revoked_device_is_told_so(t) {
    const { page } = await joined(t);
    const { device_id } = (await kept(page, "tokens")) as { device_id: string };
    const me = await t.page({ context: page.context() });
    await ready(me);
    await me.locator("#call [name=method]").evaluate((select) => select.append(new Option("DELETE")));
    assert.equal(await call(me, `/v1/devices/${device_id}`, "DELETE"), '"done"');
    assert.equal(await call(page), "refused: 401 device_revoked");
  },
};

export default checks;
