// The panel: made when it is first opened.
import { Api, Refused } from "./api";
import { chunk } from "./chunk";
import { attempt, button, faults, icon, make, on } from "./dom";
import { Line, type State } from "./line";
import { Log, type LogHost } from "./log";
import { Member } from "./member";
import { array, each, keep, kept, ulid } from "./plain";
import { Text } from "./texts";
import type { Down, RoomEvent, Said, Settings, Verdict } from "./types";

const CLOSE = "M6 6l12 12M18 6 6 18";
const SEND = "M5 12h13M12 5l7 7-7 7";
const CLIP = "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 5 5l-8.5 8.5a1.7 1.7 0 0 1-2.5-2.5L15 7";
const MICROPHONE = "M12 15a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3zm-7-3a7 7 0 0 0 14 0M12 19v3";

/** A member says again that it is typing after so long. */
const TYPING_MS = 2_000;
/** Events until the room hears that they have come. */
const CONFIRM = 200;

export interface ChatHost {
  readonly _api: string;
  readonly _key: string;
  /** Whose conversation, where the page has said. */
  readonly _user: string;
  /** Is the panel open? */
  readonly _shown: boolean;
  _attribute(name: string): string;
  _set(settings: Settings): void;
  _close(): void;
  _emit(name: string, detail?: unknown): void;
  /** Messages that were not seen. */
  _unread(count: number): void;
}

export class Chat implements LogHost {
  readonly _api: Api;
  readonly _panel: HTMLElement;
  readonly _field: HTMLTextAreaElement;
  /** Where a call shows itself. */
  readonly _stage = make("div", {});
  readonly _log: Log;
  private readonly _title = make("h2", { id: "title", part: "title" });
  private readonly _status = make("p", { part: "status" });
  private readonly _banner = make("p", { class: "banner", part: "banner", role: "status" });
  private readonly _member: Member;
  private readonly _line: Line;
  private _settings: Settings = {};
  private _state?: State;
  private _room = "";
  private _team = false;
  private _unseen = 0;
  private _said = 0;
  private _confirmed = 0;
  private _typed = 0;

  constructor(
    private readonly _host: ChatHost,
    readonly _locale: string,
    readonly _texts: string[],
  ) {
    const store = storage(_host);
    this._api = new Api(_host._api, _host._key, _host._user ? "user:" + _host._user : "key");
    const queue = array<Said>();
    each(JSON.parse(kept(store) ?? "[]") as Said[], (frame, index) => (queue[index] = frame));
    this._member = new Member(
      queue,
      (frame) => this._line._send(frame),
      () => keep(store, JSON.stringify(queue)),
    );
    this._line = new Line(
      this._api,
      this._member,
      _locale,
      (ticket) => {
        if (this._room !== ticket.room_id) {
          if (this._room) this._forget();
          this._room = ticket.room_id;
        }
        this._member._id = ticket.member_id;
        if (ticket.widget) _host._set(ticket.widget);
      },
      (frame) => this._frame(frame),
      (state, reason) => this._stands(state, reason),
    );
    this._log = new Log(this);
    const text = (name: Text) => _texts[name]!;
    const label = text(Text.Write);
    const field = (this._field = make("textarea", { part: "field", rows: "1", maxlength: "4000", placeholder: label, "aria-label": label, dir: "auto", enterkeyhint: "send" }));
    const files = make("input", { type: "file", accept: "image/png,image/jpeg,image/webp,image/gif", multiple: "", hidden: "" });
    const tool = { class: "tool" };
    const send = make("button", { class: "tool send", part: "send", "aria-label": text(Text.Send), title: text(Text.Send) }, icon(SEND));
    const form = make(
      "form",
      { part: "composer" },
      files,
      button(text(Text.Picture), "tool", CLIP, () => files.click(), tool),
      field,
      _host._attribute("voice") !== "off" && button(text(Text.Voice), "tool", MICROPHONE, () => this._call(), tool),
      send,
    );
    this._panel = make(
      "section",
      { class: "panel", part: "panel", id: "panel", role: "dialog", "aria-labelledby": "title" },
      make(
        "header",
        { part: "header" },
        make("div", {}, this._title, this._status),
        button(text(Text.Close), "tool", CLOSE, () => _host._close(), tool),
      ),
      this._stage,
      this._log._element,
      this._banner,
      form,
    );
    on(form, "submit", (event: Event) => {
      event.preventDefault();
      this._say(field.value);
      field.value = "";
      this._grow();
      field.focus();
    });
    on(field, "keydown", (event: KeyboardEvent) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    on(field, "input", () => {
      this._grow();
      if (this._member._welcomed && Date.now() - this._typed > TYPING_MS) {
        this._typed = Date.now();
        this._line._send({ t: "typing" });
      }
    });
    on(files, "change", async () => {
      const { send } = await chunk("files");
      await send(this, files);
    });
    each(queue, (frame) => this._log._wait(frame));
    this._line._open();
  }

  /** Sends a text, or pictures with one. */
  _say(text: string, attachments?: string[]): void {
    if (!text.trim() && !attachments) return;
    const frame: Said = { t: "send", id: ulid(), text, ...(attachments && { attachments }) };
    this._log._wait(frame);
    this._member._say(frame);
    this._line._open();
  }

  _own(member: string): boolean {
    return member === this._member._id;
  }

  _rate(seq: number, value: Verdict): void {
    this._line._send({ t: "feedback", seq, value });
  }

  _older(before: number): void {
    this._line._send({ t: "page", before, limit: 50 });
  }

  _pictures(event: RoomEvent, place: HTMLElement): void {
    void attempt("pictures", async () => (await chunk("files")).show(this._api, this._room, event, place));
  }

  /** The tenant's settings have come, or the page's have changed. */
  _dress(settings: Settings): void {
    this._settings = settings;
    const { texts } = settings;
    this._title.textContent = this._host._attribute("title") || texts?.title || this._texts[Text.Title]!;
    this._log._greeting.textContent = this._host._attribute("greeting") || texts?.greeting || this._texts[Text.Greeting]!;
    this._say_state();
  }

  /** The panel was opened, or the page is looked at again. */
  _look(): void {
    if (!this._host._shown || document.visibilityState !== "visible") return;
    this._host._unread((this._unseen = 0));
    const { _after } = this._member;
    if (this._said < _after && this._member._welcomed) {
      this._said = _after;
      this._line._send({ t: "read", seq: _after });
    }
  }

  _network(online: boolean): void {
    this._line._network(online);
  }

  _open(): void {
    this._line._open();
    this._log._bottom();
    this._look();
  }

  _end(): void {
    this._line._stop();
  }

  private _call(): void {
    void attempt("call", async () => (await chunk("call")).start(this, this._settings));
  }

  private _grow(): void {
    const { style } = this._field;
    style.height = "0";
    style.height = Math.max(this._field.scrollHeight, 40) + "px";
  }

  /** The next room is another one. */
  private _forget(): void {
    this._member._after = this._said = this._confirmed = 0;
    this._log._clear();
  }

  private _frame(frame: Down): void {
    const { _log, _member } = this;
    const before = _member._after;
    if (!_member._take(frame)) return;
    switch (frame.t) {
      case "welcome":
        // older ones come by pages
        if (frame.from > before) _log._clear();
        _log._ready();
        break;
      case "event":
        _log._event(frame);
        if (frame.kind === "message" && !this._own(frame.from)) {
          if (!this._host._shown) this._host._unread(++this._unseen);
          this._host._emit("message", { text: frame.text });
        }
        if (frame.seq - this._confirmed >= CONFIRM) this._line._send({ t: "have", seq: (this._confirmed = frame.seq) });
        this._look();
        break;
      case "delta":
        _log._delta(frame.answer, frame.n, frame.text);
        break;
      case "typing":
        if (!this._own(frame.from)) _log._types();
        break;
      case "presence":
        this._team = false;
        each(frame.members, (member) => (this._team ||= /^(usr|key)_/.test(member)));
        this._say_state();
        break;
      case "read":
        if (!this._own(frame.from)) _log._read(frame.seq);
        break;
      case "page":
        _log._older(frame.events, frame.more);
        break;
      case "error":
        if (frame.code === "unavailable") setTimeout(() => _member._next(), 2_000);
        else if (frame.id && frame.code !== "ended") {
          _log._failed(frame.id);
          faults.report(frame.code, frame.detail);
        }
    }
  }

  private _stands(state: State, reason?: Refused): void {
    this._state = state;
    if (state === "refused") faults.report(reason!.code, reason!.message);
    if (state === "live") this._look();
    this._say_state();
    this._host._emit("state", state);
  }

  private _say_state(): void {
    const { _state, _settings, _texts } = this;
    const { open, opens_at, texts } = _settings;
    const live = _state === "live";
    this._status.textContent = _texts[live ? (this._team ? Text.Here : Text.Answers) : Text.Connecting]!;
    this._status.hidden = !live && _state !== "connecting";
    let banner = "";
    if (_state === "offline") banner = _texts[Text.Offline]!;
    else if (_state === "refused") banner = _texts[Text.Unavailable]!;
    else if (open === false) {
      banner = this._host._attribute("offline") || texts?.offline || _texts[Text.Closed]!;
      if (opens_at) {
        const at = new Date(opens_at).toLocaleString(this._locale, { weekday: "long", hour: "numeric", minute: "numeric" });
        banner += " " + at;
      }
    }
    if (this._banner.textContent !== banner) this._banner.textContent = banner;
  }
}

/** Name of what waits, in the tab's storage. */
export const storage = (host: { _key: string; _user: string }): string => `attune:${host._key}:${host._user}`;
