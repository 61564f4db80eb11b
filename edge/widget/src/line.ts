// The live connection: opens itself anew until it is stopped.
import { type Api, Refused } from "./api";
import { attempt } from "./dom";
import { chunk } from "./chunk";
import { each, list } from "./plain";
import type { Member } from "./member";
import type { Down, Ticket, Up } from "./types";

/** How the line stands. */
export type State = "connecting" | "live" | "offline" | "refused" | "ended";

/** What a WebSocket and its fallback have in common. */
export interface Wire {
  send(text: string): void;
  close(code?: number): void;
  onopen: (() => void) | null;
  onmessage: ((message: { data: string }) => void) | null;
  onclose: ((end: { code: number }) => void) | null;
}

const PATIENCE_MS = 15_000;
const PING_MS = 30_000;
const PONG_MS = 10_000;

export class Line {
  private _wire?: Wire | null;
  private _tries = 0;
  /** Sockets in a row that did not open. */
  private _unopened = 0;
  private _running = false;
  private _attempt = 0;
  private _timer = 0;
  private _pinger = 0;
  private _patience = 0;

  constructor(
    private readonly _api: Api,
    private readonly _member: Member,
    private readonly _locale: string,
    private readonly _ticket: (ticket: Ticket) => void,
    private readonly _frame: (frame: Down) => void,
    private readonly _state: (state: State, reason?: Refused) => void,
  ) {}

  /** Opens the connection, now, unless it is open or opening. */
  _open(): void {
    this._running = true;
    if (this._wire !== undefined) return;
    this._wire = null;
    this._state("connecting");
    void this._connect(++this._attempt);
  }

  _send(frame: Up): void {
    this._wire?.send(JSON.stringify(frame));
  }

  _stop(): void {
    this._running = false;
    this._drop();
  }

  /** The network has gone or come back. */
  _network(online: boolean): void {
    if (!this._running) return;
    if (online) {
      this._tries = this._unopened = 0;
      clearTimeout(this._timer);
      this._open();
    } else {
      this._closed(1006);
    }
  }

  private async _connect(attempt: number): Promise<void> {
    this._wait(PATIENCE_MS);
    try {
      const ticket = await this._api._call<Ticket>("POST", "/v1/chat/rooms", { locale: this._locale });
      const fallback = this._unopened > 1 && (await chunk("sse"));
      if (attempt !== this._attempt) return;
      this._ticket(ticket);
      this._use(fallback ? fallback.open(this._api, ticket, this._member._after) : socket(this._api._base, ticket));
    } catch (reason) {
      if (attempt !== this._attempt) return;
      const refused = reason instanceof Refused ? reason : new Refused(0, String(reason));
      const { status } = refused;
      if (status > 399 && status < 500 && status !== 408 && status !== 429) {
        this._stop();
        this._state("refused", refused);
      } else {
        this._closed(1006, refused._after * 1000);
      }
    }
  }

  private _use(wire: Wire): void {
    this._wire = wire;
    let opened = false;
    wire.onopen = () => {
      opened = true;
      this._unopened = 0;
      this._member._hello();
    };
    wire.onmessage = ({ data }) => {
      this._wait(0);
      if (data === "pong") return;
      each(JSON.parse(data) as Down[], (frame) => attempt("frame", () => this._frame(frame)));
      if (this._tries !== -1 && this._member._welcomed) {
        this._tries = -1;
        this._state("live");
      }
    };
    wire.onclose = ({ code }) => {
      if (!opened) this._unopened++;
      this._closed(code);
    };
    clearInterval(this._pinger);
    this._pinger = setInterval(() => {
      wire.send("ping");
      this._wait(PONG_MS);
    }, PING_MS) as unknown as number;
  }

  /** Without a word of the other side until then the line is lost. 0: it has just said one. */
  private _wait(ms: number): void {
    clearTimeout(this._patience);
    if (ms) this._patience = setTimeout(() => this._closed(1006), ms) as unknown as number;
  }

  private _drop(): void {
    this._attempt++;
    clearTimeout(this._timer);
    clearInterval(this._pinger);
    this._wait(0);
    const wire = this._wire;
    this._wire = undefined;
    this._member._welcomed = false;
    if (wire) {
      wire.onopen = wire.onmessage = wire.onclose = null;
      wire.close();
    }
  }

  private _closed(code: number, least = 0): void {
    this._drop();
    if (code === 4403 || code === 4409) return this._end("refused", code);
    const queue = this._member._queue;
    if (code === 4410 && !queue.length) return this._end("ended", code);
    // the room cannot read what was said: not again
    if (code === 4400) this._member._settled(queue[0]?.id);
    if (!this._running) return;
    this._tries = Math.max(this._tries, 0) + 1;
    this._state("offline");
    const most = Math.min(500 * 2 ** this._tries, 30_000) + (code === 4429 ? 10_000 : 0);
    const pause = code === 4408 || code === 4410 ? 0 : most * (0.5 + Math.random() / 2);
    this._timer = setTimeout(() => this._open(), Math.max(pause, least)) as unknown as number;
  }

  private _end(state: State, code: number): void {
    this._running = false;
    this._state(state, new Refused(code, "closed"));
  }
}

function socket(base: string, ticket: Ticket): Wire {
  const url = base.replace(/^http/, "ws") + ticket.socket;
  return new WebSocket(url, list("attune.chat.v1", "attune.ticket." + ticket.ticket)) as unknown as Wire;
}
