// The live connection: opens itself anew until it is stopped.
import type { Api, Refused } from "./api";
import { chunk } from "./chunk";
import { attempt, later } from "./dom";
import type { Member } from "./member";
import { each, list } from "./plain";
import type { Down, Ticket, Up } from "./types";

/** How the line stands. */
export type State = "connecting" | "live" | "offline" | "refused" | "ended";

/** What a WebSocket and its fallback have in common. */
export interface Wire {
  send(text: string): void;
  close(): void;
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
}

const PATIENCE_MS = 15_000;
const PING_MS = 30_000;
const PONG_MS = 10_000;

/** Codes by which a room ends a connection. */
const enum Code {
  Bad = 4400,
  Forbidden = 4403,
  Slow = 4408,
  Replaced = 4409,
  Ended = 4410,
  TooMany = 4429,
}

/** `took` gets the ticket of each connection, `tell` what the room says, `stands` how the line stands. */
export function line(
  api: Api,
  self: () => Member,
  locale: string,
  took: (ticket: Ticket) => void,
  tell: (frame: Down) => void,
  stands: (state: State, reason?: unknown) => void,
) {
  // `null`: on its way
  let wire: Wire | null | undefined;
  let running = false;
  /** Failed attempts since the line was live. */
  let tries = 0;
  /** Sockets in a row over which no room has spoken. */
  let blocked = 0;
  let live = false;
  /** The last frame. */
  let said: Up | undefined;
  /** Counts attempts: one that was given up must not go on. */
  let current = 0;
  let timer = 0;
  let pinger = 0;
  let patience = 0;

  const lost = () => closed(0);

  /** Without a word of the other side until then the line is lost. */
  const wait = (ms: number) => {
    clearTimeout(patience);
    patience = later(lost, ms);
  };

  const drop = () => {
    const old = wire;
    wire = undefined;
    live = self()._welcomed = false;
    current++;
    clearTimeout(timer);
    clearTimeout(patience);
    clearInterval(pinger);
    if (old) {
      old.onopen = old.onmessage = old.onclose = null;
      old.close();
    }
  };

  const end = (state: State, reason: unknown) => {
    running = false;
    drop();
    stands(state, reason);
  };

  const closed = (code: number) => {
    drop();
    const queue = self()._queue;
    const ended = code === Code.Ended;
    if (ended && !queue[0]) return end("ended", code);
    if (code === Code.Forbidden || code === Code.Replaced) return end("refused", code);
    // the room cannot read what was said: not again
    if (code === Code.Bad && said && said === queue[0]) tell({ t: "error", id: queue[0].id, code: "invalid", detail: "4400" });
    stands("offline");
    const most = Math.min(500 * 2 ** ++tries, 30_000) + (code === Code.TooMany ? 30_000 : 0);
    timer = later(open, ended || code === Code.Slow ? 0 : most * (0.5 + Math.random() / 2));
  };

  const use = (opened: Wire) => {
    wire = opened;
    wait(PATIENCE_MS);
    opened.onopen = () => self()._hello();
    opened.onmessage = ({ data }: { data: string }) => {
      clearTimeout(patience);
      if (data !== "pong") each(JSON.parse(data) as Down[], (frame) => attempt(() => tell(frame)));
      if (!live && self()._welcomed) {
        live = true;
        tries = blocked = 0;
        stands("live");
      }
    };
    opened.onclose = ({ code }: { code: number }) => {
      if (!live) blocked++;
      closed(code);
    };
    pinger = setInterval(() => {
      opened.send("ping");
      wait(PONG_MS);
    }, PING_MS) as unknown as number;
  };

  /** Opens the connection, now, unless it is open or opening. */
  const open = async () => {
    running = true;
    if (wire !== undefined) return;
    wire = null;
    clearTimeout(timer);
    stands("connecting");
    wait(PATIENCE_MS);
    const own = ++current;
    try {
      const ticket = await api._call<Ticket>("POST", "/v1/chat/rooms", { locale });
      const fallback = blocked > 1 && (await chunk("sse"));
      if (own !== current) return;
      took(ticket);
      use(
        fallback
          ? fallback.open(api, ticket)
          : (new WebSocket(
              api._base.replace("http", "ws") + ticket.socket,
              list("attune.chat.v1", "attune.ticket." + ticket.ticket),
            ) as Wire),
      );
    } catch (reason) {
      if (own !== current) return;
      const { status } = reason as Refused;
      if (status > 399 && status < 500 && status !== 408 && status !== 429) end("refused", reason);
      else closed(status === 429 ? Code.TooMany : 0);
    }
  };

  return {
    _open: open,
    _send: (frame: Up) => wire?.send(JSON.stringify((said = frame))),
    _stop() {
      running = false;
      drop();
    },
    /** The network has gone or come back. */
    _network(online: boolean) {
      if (!running) return;
      if (!online) return lost();
      tries = blocked = 0;
      void open();
    },
  };
}
