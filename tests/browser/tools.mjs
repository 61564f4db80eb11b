// What a check is given; `harness.d.ts` says what each is.
import crypto from "node:crypto";

export function tools(world, site, browsers) {
  const api = async (method, path, headers = {}, body) => {
    const sent = body && JSON.stringify({ schema_version: 1, ...body });
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
  const open = async (context) => {
    const page = await context.newPage();
    await page.goto(site.origin);
    return page;
  };
  return {
    apiOrigin: world.api,
    origin: site.origin,
    otherOrigin: site.otherOrigin,
    page: async ({ context } = {}) => open(context ?? (await browsers.context())),
    profile: async (name) => open(await browsers.profile(name)),
    tenant: async () => (await operator("/v1/admin/tenants", { name: "browser", plan: "enterprise" })).tenant_id,
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
