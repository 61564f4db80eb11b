// Chunk: what goes wrong in the widget goes to the tenant, not to the page's console.
import { OWN_VERSION } from "./chunk";

/** Most of one page. */
const MOST = 10;
/** What comes within this time goes together. */
const TOGETHER_MS = 1_000;

const known = new Set<string>();
let waiting: object[] = [];

export function report(
  api: string,
  key: string,
  emit: (name: string, detail: unknown) => void,
  code: string,
  reason: unknown,
): void {
  const text = String((reason as Error)?.stack ?? reason);
  // addresses may carry what is nobody's business
  const detail = text.replace(/[?#][^\s:)]*/g, "").slice(0, 500);
  emit("error", { code, detail });
  if (known.size >= MOST || known.has(code + detail)) return;
  known.add(code + detail);
  if (!waiting.length) setTimeout(() => send(api, key), TOGETHER_MS);
  waiting[waiting.length] = { schema_version: 1, version: OWN_VERSION, code, detail, at: new Date().toISOString() };
}

function send(api: string, key: string): void {
  const reports = waiting;
  waiting = [];
  const headers = { authorization: "Bearer " + key, "content-type": "application/json" };
  for (let i = 0; i < reports.length; i++) {
    const body = JSON.stringify(reports[i]);
    // where even this fails there is nobody left to tell
    fetch(api + "/v1/widgets/reports", { method: "POST", headers, body, keepalive: true, credentials: "omit" }).catch(() => {});
  }
}
