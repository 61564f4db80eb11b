// What would cross between WebAssembly and JavaScript many times crosses once here.

// The tasks of js_sys::futures run by queueMicrotask, which this runtime has in C++. A promise's reaction does the same within V8.
const done = Promise.resolve();
const run = (task) => {
  try {
    task();
  } catch (thrown) {
    reportError(thrown);
  }
};
globalThis.queueMicrotask = (task) => void done.then(() => run(task));

/** Method, address and header fields, a line each. */
export function head(request) {
  let text = `${request.method}\n${request.url}`;
  for (const [name, value] of request.headers) text += `\n${name}:${value}`;
  return text;
}

/** A response. `fields`: header fields, a line each, over those of `base`. */
export function respond(base, status, fields, body) {
  if (fields === "") return new Response(body, base ? { status, headers: base } : { status });
  const headers = new Headers(base);
  for (const line of fields.split("\n")) {
    const at = line.indexOf(":");
    const name = line.slice(0, at);
    // RFC 6265, section 3: each cookie has a field of its own.
    if (name === "set-cookie") headers.append(name, line.slice(at + 1));
    else headers.set(name, line.slice(at + 1));
  }
  return new Response(body, { status, headers });
}

/** Calls an object, or without a name the binding itself; its status and, unless that says all, its body behind it. `body`: a view of memory that will change. */
export async function ask(env, binding, name, url, body) {
  const stub = name === "" ? env[binding] : env[binding].getByName(name);
  const answer = await (body === undefined ? stub.fetch(url) : stub.fetch(url, { method: "POST", body: body.slice() }));
  return answer.status === 204 ? "204" : `${answer.status}${await answer.text()}`;
}

/** The stub of an object. */
export function stubOf(env, binding, name) {
  return env[binding].getByName(name);
}

const clocks = new Map();

/** Minutes that the clocks of an IANA zone are ahead of UTC at a moment; NaN where there is no such zone. */
export function zoneOffset(zone, at) {
  try {
    let clock = clocks.get(zone);
    if (clock === undefined) {
      const [part, timeZone, calendar] = ["numeric", zone, "gregory"];
      const parts = { year: part, month: part, day: part, hour: part, minute: part, hourCycle: "h23" };
      clock = new Intl.DateTimeFormat("en-US", { timeZone, calendar, numberingSystem: "latn", ...parts });
      if (clocks.size >= 100) clocks.clear();
      clocks.set(zone, clock);
    }
    const shown = {};
    for (const { type, value } of clock.formatToParts(at)) shown[type] = Number(value);
    return Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute) / 60_000 - Math.floor(at / 60_000);
  } catch {
    return NaN;
  }
}

// Texts from this length on cross by themselves. As in `sql.rs`.
const LONG = 512;
const isLong = (cell) => typeof cell === "string" && cell.length >= LONG;

/** Runs statements; the rows of the last one, as JSON unless a text of them is long. */
export function exec(sql, query, parameters) {
  return execLong(sql, query, JSON.parse(parameters));
}

/** The same with parameters as they are. */
export function execLong(sql, query, parameters) {
  const rows = [...sql.exec(query, ...parameters).raw()];
  if (rows.length === 0) return undefined;
  return rows.some((row) => row.some(isLong)) ? rows : JSON.stringify(rows);
}

const encoder = new TextEncoder();

/** The body of a response, written piece by piece. */
export class Pieces {
  constructor() {
    this.gone = new Promise((gone) => (this.leave = gone));
    const source = { start: (to) => void (this.to = to), cancel: () => this.leave() };
    this.body = new ReadableStream(source, { highWaterMark: 0, size: (bytes) => bytes.byteLength });
  }
  /** Bytes that wait to be taken; -1: nobody will. */
  write(text) {
    try {
      this.to.enqueue(encoder.encode(text));
      return -this.to.desiredSize;
    } catch {
      return -1;
    }
  }
  end() {
    try {
      this.to.close();
    } catch {
      // whoever read it has gone
    }
    this.leave();
  }
}

/** Sends a text to sockets. One that is gone is not a fault: its close event tells. */
export function tell(sockets, text) {
  for (const socket of sockets) {
    try {
      socket.send(text);
    } catch {}
  }
}
