// The list of messages. It is a live region: what the room has confirmed is read out once; what is on its way, or in the making, is not.
import { button, make, on, set } from "./dom";
import { each } from "./plain";
import { Text } from "./texts";
import type { RoomEvent, Said, Verdict } from "./types";

const UP = "M7 10v10H4V10zm0 0 4-7a2 2 0 0 1 2.5 2.5L13 9h6a2 2 0 0 1 2 2.4l-1.3 7a2 2 0 0 1-2 1.6H7";
const DOWN = "M7 14V4H4v10zm0 0 4 7a2 2 0 0 0 2.5-2.5L13 15h6a2 2 0 0 0 2-2.4l-1.3-7a2 2 0 0 0-2-1.6H7";

/** Messages of one author within this time stand together. */
const TOGETHER_MS = 300_000;
/** A member that has not said so again for this long is not typing any more. */
const TYPING_MS = 3_000;

interface Message {
  _event: RoomEvent;
  _time: number;
  _day: string;
  _node: HTMLElement;
  _text: HTMLElement;
  _meta: HTMLElement;
  /** Number of the event whose text it shows. */
  _version: number;
  _buttons: HTMLElement[];
}

export interface LogHost {
  readonly _texts: string[];
  readonly _locale: string;
  /** Is this member id the visitor's? */
  _own(member: string): boolean;
  _say(text: string): void;
  _rate(seq: number, value: Verdict): void;
  /** Events before this number are wanted. */
  _older(before: number): void;
  _pictures(event: RoomEvent, place: HTMLElement): void;
}

export class Log {
  readonly _element: HTMLElement;
  readonly _greeting = make("p", { part: "bubble", dir: "auto" });
  private readonly _start = make("div", { class: "message", part: "message" }, this._greeting);
  /** What is not confirmed: own messages, an answer in the making, somebody who types. */
  private readonly _tail = make("div", { "aria-live": "off" });
  private readonly _replies = make("div", { class: "replies" });
  private readonly _draft = make("p", { part: "bubble", dir: "auto" });
  private readonly _typing = make("p", { part: "bubble" }, make("i", {}), make("i", {}), make("i", {}));
  private readonly _mark: HTMLElement;
  /** By number. */
  private _messages: Record<number, Message> = {};
  /** By client id. */
  private _waiting: Record<string, HTMLElement> = {};
  /** Last changes of messages that are not here. */
  private _changes: Record<number, RoomEvent> = {};
  private _first = 0;
  private _last?: Message;
  private _day?: HTMLElement;
  private _answer = "";
  private _pieces = 0;
  private _seen = 0;
  private _asked = false;
  private _timer = 0;

  constructor(private readonly _host: LogHost) {
    const { _tail } = this;
    this._mark = make("span", {}, " · " + _host._texts[Text.Read]);
    _tail.append(this._replies);
    each([this._draft, this._typing], (bubble) =>
      _tail.append(make("div", { class: "message typing", part: "message", hidden: "" }, bubble)),
    );
    const label = _host._texts[Text.Messages]!;
    this._element = make("div", { class: "log", part: "log", role: "log", tabindex: "0", "aria-label": label }, this._start, _tail);
    on(this._element, "scroll", () => {
      if (this._element.scrollTop < 80 && this._first > 1 && !this._asked) {
        this._asked = true;
        _host._older(this._first);
      }
    });
  }

  /** Forgets all that the room has said. */
  _clear(): void {
    const { _start, _tail } = this;
    while (_start.nextSibling !== _tail) _start.nextSibling!.remove();
    this._messages = {};
    this._changes = {};
    this._last = this._day = undefined;
    this._first = this._seen = 0;
    this._hush();
    this._ready();
  }

  /** A new connection: what was asked for on the one before will not come. */
  _ready(): void {
    this._asked = false;
  }

  _bottom(): void {
    this._element.scrollTop = this._element.scrollHeight;
  }

  /** An event, in its turn. */
  _event(event: RoomEvent): void {
    const { _element, _tail } = this;
    this._first ||= event.seq;
    this._start.hidden = this._first > 1;
    const near = _element.scrollHeight - _element.scrollTop - _element.clientHeight < 120;
    if (event.kind === "message") {
      this._arrived(event.id);
      if (!this._host._own(event.from)) this._hush();
      this._last = this._put(event, _tail, this._last);
      this._offer(event.replies);
    } else {
      if (event.kind === "answer_end") this._hush();
      this._other(event, _tail);
    }
    if (near) this._bottom();
  }

  /** Older events. */
  _older(events: RoomEvent[], more: boolean): void {
    const { _element, _start } = this;
    const below = _element.scrollHeight - _element.scrollTop;
    const before = _start.nextSibling!;
    const day = this._day;
    let last: Message | undefined;
    each(events, (event) => {
      if (event.kind === "message") last = this._put(event, before, last);
      else this._other(event, before);
    });
    if (last && day?.textContent === last._day) day.remove();
    if (events[0]) this._first = more ? events[0].seq : 1;
    _start.hidden = more;
    this._asked = false;
    this._marked();
    _element.scrollTop = _element.scrollHeight - below;
  }

  /** An own message that is on its way. */
  _wait({ id, text }: Said): void {
    if (this._waiting[id]) return;
    const bubble = make("p", { part: "bubble", dir: "auto" }, text);
    const node = make("div", { class: "message own", part: "message own" }, bubble, make("small", {}, this._text(Text.Sending)));
    this._waiting[id] = node;
    this._tail.insertBefore(node, this._draft.parentNode);
    this._offer();
    this._bottom();
  }

  /** The room does not want a message. */
  _failed(id: string): void {
    const node = this._waiting[id];
    if (node) node.lastChild!.textContent = this._text(Text.Failed);
  }

  /** A piece of an answer in the making. */
  _delta(answer: string, n: number, text: string): void {
    if (n === 0) {
      this._hush();
      this._answer = answer;
      this._pieces = 0;
    }
    if (answer !== this._answer || n !== this._pieces) return;
    this._pieces++;
    this._hide(this._typing, true);
    this._hide(this._draft, false);
    this._draft.append(text);
  }

  /** Another member is typing. */
  _types(): void {
    if (!this._answer) this._hide(this._typing, false);
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._hide(this._typing, true), TYPING_MS) as unknown as number;
  }

  /** Somebody else has read up to here. */
  _read(seq: number): void {
    this._seen = Math.max(this._seen, seq);
    this._marked();
  }

  private _text(text: Text): string {
    return this._host._texts[text]!;
  }

  private _hide(bubble: HTMLElement, hidden: boolean): void {
    const { _element } = this;
    const near = _element.scrollHeight - _element.scrollTop - _element.clientHeight < 120;
    (bubble.parentNode as HTMLElement).hidden = hidden;
    if (near) this._bottom();
  }

  /** Nobody types, nothing is in the making. */
  private _hush(): void {
    this._answer = "";
    this._draft.textContent = "";
    this._hide(this._draft, true);
    this._hide(this._typing, true);
  }

  private _arrived(id?: string): void {
    if (id && this._waiting[id]) {
      this._waiting[id]!.remove();
      delete this._waiting[id];
    }
  }

  private _offer(replies?: string[]): void {
    const { _replies } = this;
    _replies.textContent = "";
    each(replies ?? [], (text) => {
      const choice = make("button", { type: "button", part: "reply", dir: "auto" }, text);
      on(choice, "click", () => this._host._say(text));
      _replies.append(choice);
    });
  }

  private _put(event: RoomEvent, before: Node, previous?: Message): Message {
    const { _host } = this;
    const { from, seq } = event;
    const own = _host._own(from);
    const at = new Date(event.at);
    const day = at.toLocaleDateString(_host._locale, { dateStyle: "long" });
    if (day !== previous?._day) {
      const note = this._note(day, before);
      if (!previous) this._day = note;
    }
    const same = previous && from === previous._event.from && +at - previous._time < TOGETHER_MS && day === previous._day;
    const author = this._text(own ? Text.You : from === "ast" ? Text.Assistant : Text.Team);
    const text = make("p", { part: "bubble", dir: "auto" });
    const time = make("time", { datetime: event.at }, at.toLocaleTimeString(_host._locale, { timeStyle: "short" }));
    const meta = make("small", {}, !own && from !== "ast" && author + " · ", time);
    const node = make(
      "div",
      { class: `message${own ? " own" : ""}${same ? " same" : ""}`, part: own ? "message own" : "message" },
      make("span", { class: "hidden" }, author + ": "),
      text,
      meta,
    );
    const message: Message = {
      _event: event, _time: +at, _day: day, _node: node, _text: text, _meta: meta, _version: seq, _buttons: [],
    };
    this._messages[seq] = message;
    if (event.answer) {
      const rate = (value: Verdict, label: Text, drawing: string) =>
        button(this._text(label), "rate", drawing, () => _host._rate(seq, value), { "aria-pressed": "false", "data-value": value });
      const up = rate("up", Text.Helpful, UP);
      const down = rate("down", Text.Unhelpful, DOWN);
      message._buttons = [up, down];
      meta.append(make("span", { class: "rate" }, up, down));
    }
    const change = this._changes[seq];
    this._fill(message, change ? change.text : event.text);
    if (event.attachments) _host._pictures(event, text);
    before.parentNode!.insertBefore(node, before);
    return message;
  }

  /** An event that is not a message. */
  private _other(event: RoomEvent, before: Node): void {
    const { kind, seq } = event;
    const note = kind === "taken_over" ? Text.TakenOver : kind === "handed_back" ? Text.HandedBack : kind === "ended" ? Text.Ended : 0;
    if (note) this._note(this._text(note), before);
    const of = event.of ?? 0;
    const message = this._messages[of];
    if (kind === "feedback" && message && this._host._own(event.from)) {
      each(message._buttons, (one) => set(one, { "aria-pressed": String(one.dataset.value === event.value) }));
    } else if (kind === "edit" || kind === "redaction") {
      if (message && seq > message._version) {
        message._version = seq;
        this._fill(message, event.text);
      } else if (!message && seq > (this._changes[of]?.seq ?? 0)) {
        this._changes[of] = event;
      }
    }
  }

  private _note(text: string, before: Node): HTMLElement {
    const note = make("p", { class: "note", part: "note" }, text);
    before.parentNode!.insertBefore(note, before);
    return note;
  }

  /** The text, with its addresses as links. */
  private _fill({ _event, _text }: Message, text?: string): void {
    _text.textContent = "";
    if (text === undefined && !_event.attachments) return _text.append(make("em", {}, this._text(Text.Removed)));
    each((text ?? "").split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/), (part, index) =>
      _text.append(index % 2 ? make("a", { href: part, target: "_blank", rel: "noopener nofollow" }, part) : part),
    );
  }

  /** Puts the mark to the last own message that was read. */
  private _marked(): void {
    for (let seq = this._seen; seq >= this._first && seq > 0; seq--) {
      const message = this._messages[seq];
      if (message && this._host._own(message._event.from)) return message._meta.append(this._mark);
    }
  }
}
