// The list of messages. It is a live region: what the room has confirmed is read out once; what is on its way, or in the making, is not.
import { button, later, make, on, set } from "./dom";
import { each } from "./plain";
import { Text } from "./texts";
import type { RoomEvent, Said, Verdict } from "./types";

const THUMB = "M7 10v10H4V10zl4-7q3 0 2 6h7l-2 11H7";

/** Messages of one author within this time stand together. */
const TOGETHER_MS = 300_000;
/** A member that has not said so again for this long is not typing any more. */
const TYPING_MS = 3_000;
/** So near to the end one follows what comes. */
const NEAR = 120;

interface Message {
  _event: RoomEvent;
  _time: number;
  _day: string;
  _text: HTMLElement;
  _meta: HTMLElement;
  /** Number of the event whose text it shows. */
  _version: number;
  _buttons: ArrayLike<HTMLElement>;
}

export interface LogHost {
  _texts: string[];
  _locale: string;
  /** Is this member id the visitor's? */
  _own(member: string): boolean;
  _say(text: string): void;
  _rate(seq: number, value: Verdict): void;
  /** Events before this number are wanted. */
  _page(before: number): void;
  _pictures(event: RoomEvent, place: HTMLElement): void;
}

export function log(host: LogHost) {
  const say = (text: Text) => host._texts[text]!;
  const bubble = (...children: Node[]) => make("p", "bubble", { dir: "auto" }, children[0], children[1], children[2]);
  const dot = () => make("i", "");

  const greeting = bubble();
  const start = make("div", "message", {}, greeting);
  const mark = make("span", "", {}, " · " + say(Text.Read));
  const replies = make("div", "replies");
  const draft = bubble();
  const made = make("div", "message draft", { hidden: "1" }, draft);
  const typing = make("div", "message typing", { hidden: "1" }, bubble(dot(), dot(), dot()));
  // what is not confirmed: own messages, an answer in the making, somebody who types
  const tail = make("div", "", { "aria-live": "off" }, replies, made, typing);
  const element = make("div", "log", { role: "log", tabindex: "0", "aria-label": say(Text.Messages) }, start, tail);

  /** By number. */
  let messages: Record<number, Message> = {};
  /** Last changes of messages that are not here. */
  let changes: Record<number, RoomEvent> = {};
  /** Own messages that are on their way, by client id. */
  const waiting: Record<string, HTMLElement> = {};
  let first = 0;
  let last: Message | undefined;
  /** The day above all others. */
  let top: HTMLElement | undefined;
  let answer = "";
  let pieces = 0;
  let seen = 0;
  let asked = false;
  let timer = 0;

  const bottom = () => {
    element.scrollTop = element.scrollHeight;
  };

  /** Does something; who was at the end stays there. */
  const following = (work: () => void) => {
    const near = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
    work();
    if (near) bottom();
  };

  const put = (node: HTMLElement, before: Node) => {
    before.parentNode!.insertBefore(node, before);
    return node;
  };

  const note = (text: string, before: Node) => put(make("p", "note", {}, text), before);

  /** Nobody types, nothing is in the making. */
  const hush = () => {
    answer = draft.textContent = "";
    made.hidden = typing.hidden = true;
  };

  const offer = (texts?: string[]) => {
    replies.textContent = "";
    each(texts ?? "", (text) => {
      const choice = make("button", "reply", { type: "button", dir: "auto" }, text);
      on(choice, "click", () => host._say(text));
      replies.append(choice);
    });
  };

  /** The text, with its addresses as links, and the pictures; neither after a redaction. */
  const fill = ({ _event, _text }: Message, text?: string) => {
    _text.textContent = "";
    if (text === undefined) _text.append(make("em", "", {}, say(Text.Removed)));
    each((text ?? "").split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/), (part, index) =>
      _text.append(index % 2 ? make("a", "", { href: part, target: "_blank", rel: "noopener nofollow" }, part) : part),
    );
    if (text !== undefined && _event.attachments) host._pictures(_event, _text);
  };

  /** Puts the mark to the last own message that was read. */
  const marked = () => {
    for (let seq = seen; seq >= first && seq; seq--) {
      const message = messages[seq];
      if (message && host._own(message._event.from)) return message._meta.append(mark);
    }
  };

  const draw = (event: RoomEvent, before: Node, previous?: Message): Message => {
    const { from, seq } = event;
    const own = host._own(from);
    const at = new Date(event.at);
    const day = at.toLocaleDateString(host._locale, { dateStyle: "long" });
    if (day !== previous?._day) {
      const heading = note(day, before);
      if (!previous) top = heading;
    }
    const same = previous && from === previous._event.from && +at - previous._time < TOGETHER_MS && day === previous._day;
    const author = say(own ? Text.You : from === "ast" ? Text.Assistant : Text.Team);
    const text = bubble();
    const meta = make(
      "small",
      "",
      {},
      /^(usr|key)_/.test(from) && author + " · ",
      make("time", "", { datetime: event.at }, at.toLocaleTimeString(host._locale, { timeStyle: "short" })),
    );
    const name = make("span", "hidden", {}, author + ": ");
    const node = make("div", `message${own ? " own" : ""}${same ? " same" : ""}`, {}, name, text, meta);
    const rate = make("span", "rate");
    if (event.answer) {
      const choice = (value: Verdict, label: Text) =>
        rate.append(button(say(label), value, THUMB, () => host._rate(seq, value), { "aria-pressed": "false", value }));
      choice("up", Text.Helpful);
      choice("down", Text.Unhelpful);
      meta.append(rate);
    }
    const _buttons = rate.childNodes as unknown as ArrayLike<HTMLElement>;
    const message = { _event: event, _time: +at, _day: day, _text: text, _meta: meta, _version: seq, _buttons };
    messages[seq] = message;
    fill(message, (changes[seq] ?? event).text);
    put(node, before);
    return message;
  };

  /** An event that is not a message. */
  const other = (event: RoomEvent, before: Node) => {
    const { kind, seq, of = 0, from, text, value } = event;
    const message = messages[of];
    if (kind === "taken_over") note(say(Text.TakenOver), before);
    else if (kind === "handed_back") note(say(Text.HandedBack), before);
    else if (kind === "ended") note(say(Text.Ended), before);
    else if (kind === "feedback" && message && host._own(from)) {
      each(message._buttons, (one) => set(one, { "aria-pressed": String(one.getAttribute("value") === value) }));
    } else if (kind === "edit" || kind === "redaction") {
      if (!message) {
        if (!(changes[of]?.seq! > seq)) changes[of] = event;
      } else if (seq > message._version) {
        message._version = seq;
        fill(message, text);
      }
    }
  };

  on(element, "scroll", () => {
    if (element.scrollTop < 80 && first > 1 && !asked) {
      asked = true;
      host._page(first);
    }
  });

  return {
    _element: element,
    _greeting: greeting,
    _bottom: bottom,

    /** Forgets all that the room has said. */
    _clear() {
      while (start.nextSibling !== tail) start.nextSibling!.remove();
      messages = {};
      changes = {};
      last = undefined;
      first = seen = 0;
      hush();
    },

    /** A new connection: what was asked for on the one before will not come. */
    _ready() {
      asked = false;
    },

    /** An event, in its turn. */
    _event: (event: RoomEvent) =>
      following(() => {
        first ||= event.seq;
        start.hidden = first > 1;
        if (event.kind === "message") {
          waiting[event.id!]?.remove();
          if (!host._own(event.from)) hush();
          last = draw(event, tail, last);
          offer(event.replies);
        } else {
          if (event.kind === "answer_end") hush();
          other(event, tail);
        }
      }),

    /** Older events. */
    _older(events: RoomEvent[], more: boolean) {
      const below = element.scrollHeight - element.scrollTop;
      const before = start.nextSibling!;
      const heading = top;
      let previous: Message | undefined;
      each(events, (event) => {
        if (event.kind === "message") previous = draw(event, before, previous);
        else other(event, before);
      });
      if (heading?.textContent === previous?._day) heading?.remove();
      first = more ? events[0]!.seq : 1;
      start.hidden = more;
      asked = false;
      marked();
      element.scrollTop = element.scrollHeight - below;
    },

    /** An own message that is on its way. */
    _wait({ id, text }: Said) {
      const own = bubble();
      own.append(text);
      waiting[id] = put(make("div", "message own", {}, own, make("small", "", {}, say(Text.Sending))), made);
      offer();
      bottom();
    },

    /** The room does not want a message. */
    _failed(id: string) {
      const node = waiting[id];
      if (node) node.lastChild!.textContent = say(Text.Failed);
    },

    /** A piece of an answer in the making. */
    _delta: (id: string, n: number, text: string) =>
      following(() => {
        if (!n) {
          hush();
          answer = id;
          pieces = 0;
        }
        if (id !== answer || n !== pieces) return;
        pieces++;
        typing.hidden = true;
        made.hidden = false;
        draft.append(text);
      }),

    /** Another member is typing. */
    _types: () =>
      following(() => {
        typing.hidden = !!answer;
        clearTimeout(timer);
        timer = later(() => (typing.hidden = true), TYPING_MS);
      }),

    /** Somebody else has read up to here. */
    _read(seq: number) {
      seen = Math.max(seen, seq);
      marked();
    },
  };
}
