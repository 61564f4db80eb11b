// The panel: made when it is first opened.
import { type Api, api } from "./api";
import { chunk } from "./chunk";
import { attempt, button, faults, later, make, on } from "./dom";
import { type State, line } from "./line";
import { log } from "./log";
import { type Member, member } from "./member";
import { array, each, keep, kept, ulid } from "./plain";
import { Text } from "./texts";
import type { Down, RoomEvent, Said, Settings, Verdict } from "./types";

const CLOSE = "M6 6l12 12M18 6 6 18";
const SEND = "M5 12h13M12 5l7 7-7 7";
const PICTURE = "M4 5h16v14H4zm0 12 5-5 3 3 4-5 4 5";
const MICROPHONE = "M9 6a3 3 0 0 1 6 0v6a3 3 0 0 1-6 0zm-4 6a7 7 0 0 0 14 0m-7 7v3";

/** A member says again that it is typing after so long. */
const TYPING_MS = 2_000;
/** Events until the room hears that they have come. */
const CONFIRM = 200;
/** When a frame is said again that the room could not take. */
const AGAIN_MS = 2_000;

export interface ChatHost {
  _api: string;
  _key: string;
  /** Name in the tab's storage of what waits. */
  _store: string;
  /** Whose conversation, where the page has said. */
  _user: string;
  /** The visitor's language, which the panel may not speak. */
  _tag: string;
  /** Is the panel open? */
  _shown(): boolean;
  _attribute(name: string): string;
  _set(settings: Settings): void;
  _close(): void;
  _emit(name: string, detail?: unknown): void;
  /** Messages that were not seen. */
  _unread(count: number): void;
}

/** What the chunk of a call is given. */
export interface CallParts {
  _api: Api;
  _locale: string;
  _stage: HTMLElement;
  _field: HTMLElement;
  _faults: typeof faults;
  /** Set by a call that goes on: ends it. */
  _end?: () => void;
}

export type Chat = ReturnType<typeof chat>;

export function chat(host: ChatHost, locale: string, texts: string[]) {
  const say = (text: Text) => texts[text]!;
  let settings: Settings = {};
  let state: State | undefined;
  let room = "";
  /** Is somebody of the staff there? */
  let team = false;
  let unseen = 0;
  let read = 0;
  let confirmed = 0;
  let typed = 0;

  const calls = api(host._api, host._key, host._user || "key");
  const queue = array<Said>();
  each(JSON.parse(kept(host._store) || "[]") as Said[], (frame, index) => (queue[index] = frame));
  const self: Member = member(
    queue,
    (frame) => wire._send(frame),
    () => keep(host._store, JSON.stringify(queue)),
  );

  const own = (id: string) => id === self._id;

  /** Sends a text, or pictures with one. */
  const send = (text: string, attachments?: string[]) => {
    if (!text.trim() && !attachments) return;
    const frame: Said = { t: "send", id: ulid(), text, attachments };
    list._wait(frame);
    self._say(frame);
    void wire._open();
  };

  const list = log({
    _texts: texts,
    _locale: locale,
    _own: own,
    _say: send,
    _rate: (seq: number, value: Verdict) => wire._send({ t: "feedback", seq, value }),
    _page: (before: number) => wire._send({ t: "page", before, limit: 50 }),
    _pictures: (event: RoomEvent, place: HTMLElement) =>
      void attempt(async () => (await chunk("files")).show(calls, room, event, place)),
  });

  /** A picture that cannot be sent. */
  const unsent = (name: string) => {
    list._wait({ t: "send", id: name, text: name });
    list._failed(name);
  };

  /** The panel was opened, the page is looked at again, or something has come. */
  const look = () => {
    if (!host._shown() || document.hidden) return;
    host._unread((unseen = 0));
    if (read < self._after && self._welcomed) wire._send({ t: "read", seq: (read = self._after) });
  };

  /** Says how it stands, and what the page or the tenant wants said. */
  const dress = () => {
    const { open, opens_at, texts = {} } = settings;
    const text = (name: "title" | "greeting" | "offline", or: Text) => host._attribute(name) || texts[name] || say(or);
    title.textContent = text("title", Text.Title);
    list._greeting.textContent = text("greeting", Text.Greeting);
    status.textContent = state === "live" ? say(team ? Text.Here : Text.Answers) : state === "connecting" ? say(Text.Connecting) : "";
    let said = "";
    if (state === "offline") said = say(Text.Offline);
    else if (state === "refused") said = say(Text.Unavailable);
    else if (open === false) {
      said = text("offline", Text.Closed);
      if (opens_at) {
        said += " " + new Date(opens_at).toLocaleString(locale, { weekday: "long", hour: "numeric", minute: "numeric" });
      }
    }
    // a status that is said again would be read out again
    if (banner.textContent !== said) banner.textContent = said;
  };

  const take = (frame: Down) => {
    const before = self._after;
    if (!self._take(frame)) return;
    if (frame.t === "welcome") {
      // older ones come by pages
      if (frame.from > before) list._clear();
      list._ready();
    } else if (frame.t === "event") {
      list._event(frame);
      if (frame.kind === "message" && !own(frame.from)) {
        if (!host._shown()) host._unread(++unseen);
        host._emit("message", { text: frame.text });
      }
      if (frame.seq - confirmed >= CONFIRM) wire._send({ t: "have", seq: (confirmed = frame.seq) });
      look();
    } else if (frame.t === "delta") list._delta(frame.answer, frame.n, frame.text);
    else if (frame.t === "typing") own(frame.from) || list._types();
    else if (frame.t === "read") own(frame.from) || list._read(frame.seq);
    else if (frame.t === "page") list._older(frame.events, frame.more);
    else if (frame.t === "presence") {
      team = false;
      each(frame.members, (id) => (team ||= /^(usr|key)_/.test(id)));
      dress();
    } else if (frame.t === "error") {
      if (frame.code === "unavailable") later(self._next, AGAIN_MS);
      else if (frame.id && frame.code !== "ended") {
        list._failed(frame.id);
        faults._report(frame.code, frame.detail);
      }
    }
  };

  const wire = line(
    calls,
    () => self,
    host._tag,
    (ticket) => {
      if (room && room !== ticket.room_id) {
        self._after = read = confirmed = 0;
        list._clear();
      }
      room = ticket.room_id;
      self._id = ticket.member_id;
      if (ticket.widget) host._set(ticket.widget);
    },
    take,
    (now, reason) => {
      state = now;
      if (reason && now === "refused") faults._report("refused", reason);
      look();
      dress();
      host._emit("state", now);
    },
  );

  const title = make("h2", "title", { id: "title" });
  const status = make("p", "status");
  const banner = make("p", "banner", { role: "status" });
  // where a call shows itself
  const stage = make("div", "stage");
  const write = say(Text.Write);
  const field = make("textarea", "field", {
    rows: "1", maxlength: "4000", placeholder: write, "aria-label": write, dir: "auto", enterkeyhint: "send",
  });
  const files = make("input", "", { type: "file", accept: "image/*", multiple: "1", hidden: "1" });
  const form = make(
    "form",
    "composer",
    {},
    files,
    button(say(Text.Picture), "tool", PICTURE, () => files.click()),
    field,
    host._attribute("voice") !== "off" &&
      button(say(Text.Voice), "tool", MICROPHONE, () => attempt(async () => (await chunk("call")).start(parts, settings))),
    button(say(Text.Send), "tool send", SEND),
  );
  const panel = make(
    "section",
    "panel",
    { id: "panel", role: "dialog", "aria-labelledby": "title" },
    make("div", "header", {}, make("div", "", {}, title, status), button(say(Text.Close), "tool", CLOSE, host._close)),
    stage,
    list._element,
    banner,
    form,
  );

  const grow = () => {
    field.style.height = "0";
    field.style.height = Math.max(field.scrollHeight, 40) + "px";
  };
  on(form, "submit", (event: Event) => {
    event.preventDefault();
    send(field.value);
    field.value = "";
    grow();
  });
  on(field, "keydown", (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  on(field, "input", () => {
    grow();
    if (self._welcomed && Date.now() - typed > TYPING_MS) {
      typed = Date.now();
      wire._send({ t: "typing" });
    }
  });
  on(files, "change", async () => (await chunk("files")).send(calls, room, files, send, unsent));
  each(queue, list._wait);

  const parts: CallParts = { _api: calls, _locale: locale, _stage: stage, _field: field, _faults: faults };
  return {
    _panel: panel,
    _field: field,
    _say: send,
    _look: look,
    _network: wire._network,
    _stop() {
      wire._stop();
      parts._end?.();
    },
    _dress(now: Settings) {
      settings = now;
      dress();
    },
    _open() {
      void wire._open();
      list._bottom();
      look();
    },
  };
}
