// What a check is given; `harness.d.ts` says what each is.
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";

export function tools(world, site, browsers) {
  const api = async (method, path, headers = {}, body) => {
    // a frame has no version
    const sent = body && JSON.stringify(body.t ? body : { schema_version: 1, ...body });
    const answer = await fetch(world.api + path, { method, headers, body: sent });
    const text = await answer.text();
    return { status: answer.status, value: text === "" ? undefined : JSON.parse(text) };
  };
  const operator = async (path, body) => {
    const headers = {
      authorization: `Bearer ${world.operatorKey}`,
      "content-type": "application/json",
      "idempotency-key": crypto.randomUUID(),
    };
    const { status, value } = await api("POST", path, headers, body);
    if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(value)}`);
    return value;
  };
  const open = async (context, address = "/", prepare = undefined) => {
    const page = await context.newPage();
    await prepare?.(page);
    await page.goto(site.origin + address);
    return page;
  };
  const tenant = async () => (await operator("/v1/admin/tenants", { name: "browser", plan: "enterprise" })).tenant_id;
  return {
    apiOrigin: world.api,
    origin: site.origin,
    otherOrigin: site.otherOrigin,
    page: async ({ context, path, browser, prepare } = {}) => open(context ?? (await browsers.context(browser)), path, prepare),
    profile: async (name) => open(await browsers.profile(name)),
    tenant,
    widget: async (faq) => {
      const id = await tenant();
      const scopes = ["chat:read", "chat:write", "chat:connect", "voice:join", "widgets:write"];
      const { key } = await operator(`/v1/admin/tenants/${id}/keys`, { name: "desk", scopes });
      const desk = async (method, path, body) => {
        const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
        const { status, value } = await api(method, path, headers, body);
        if (status >= 300) throw new Error(`${path}: ${status} ${JSON.stringify(value)}`);
        return value;
      };
      const made = await desk("POST", "/v1/widgets", { name: "widget", origins: [site.origin], faq });
      return { key: made.key, desk };
    },
    axe: async (page) => {
      await page.evaluate(fs.readFileSync(path.join(world.packages, "axe-core/axe.min.js"), "utf8"));
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, target }) => `${target} ${html}`).join("; ")}`);
    },
    baseline: (name) => path.join(site.folder, "shots", name + ".png"),
    restart: () => world.ask("restart"),
    invitation: async (tenant, role) => {
      const email = `${crypto.randomUUID()}@example.com`;
      const { token } = await operator(`/v1/admin/tenants/${tenant}/invitations`, { email, role });
      return { token, email };
    },
    api: async (method, path, headers) => {
      const { status, value } = await api(method, path, headers);
      return [status, value?.code];
    },
  };
}
