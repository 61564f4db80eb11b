// `<attune-widget>`: the launcher, and the panel once it was opened. Nothing is asked of any server before.
import { Chat, type ChatHost, storage } from "./chat";
import { HERE } from "./chunk";
import { attempt, button, make, on, set } from "./dom";
import { keep, kept, list } from "./plain";
import { opens, speaks, texts } from "./texts";
import type { Settings } from "./types";
import css from "./widget.css";

export const NAME = "attune-widget";

const CHAT = "M21 11.5a8.5 8.5 0 0 1-12.4 7.5L3.5 20.5 5 15.6A8.5 8.5 0 1 1 21 11.5z";
const SMALL = "(max-width:639px)";

/** Listeners of `attune("on", …)`. */
export const bus = new EventTarget();

let sheet: CSSStyleSheet | undefined;

/** The one that is alive: a page has one conversation. */
export let current: Widget | undefined;

export class Widget extends HTMLElement implements ChatHost {
  static observedAttributes = list("data-accent", "data-position", "data-theme", "data-title", "data-greeting", "data-offline", "data-locale");

  /** Made by the script: comes back when the page throws its body away. */
  _stays = false;
  _shown = false;
  _user = "";
  private _ends?: AbortController;
  private _chat?: Chat;
  private _making?: Promise<void>;
  private _settings: Settings = {};
  private readonly _badge = make("span", { hidden: "" });
  private readonly _launcher = button("", "launcher", CHAT, () => this._toggle(), {
    class: "launcher",
    "aria-haspopup": "dialog",
    "aria-expanded": "false",
  });
  private readonly _frame = make("div", { class: "root", part: "root" }, this._launcher);

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
    }
    root.adoptedStyleSheets = list(sheet);
    this._launcher.append(this._badge);
    root.append(this._frame);
  }

  get _key(): string {
    return this._attribute("key");
  }

  get _api(): string {
    return this._attribute("api").replace(/\/$/, "") || new URL(HERE).origin;
  }

  get _locale(): string {
    return this._attribute("locale") || navigator.language || "en";
  }

  _attribute(name: string): string {
    return this.getAttribute("data-" + name) || "";
  }

  connectedCallback(): void {
    if (this._ends || (current && current !== this)) return;
    current = this;
    const { signal } = (this._ends = new AbortController());
    on(window, "online offline", ({ type }) => this._chat?._network(type === "online"), signal);
    on(document, "visibilitychange", () => this._chat?._look(), signal);
    if (visualViewport) on(visualViewport, "resize scroll", () => this._fit(), signal);
    on(this._frame, "keydown", (event: KeyboardEvent) => this._key_down(event), signal);
    this._dress();
    // a reload goes on where the visitor was
    if (kept(storage(this) + "open")) this._open(false);
    else if ((kept(storage(this)) ?? "[]") !== "[]") void this._make();
  }

  disconnectedCallback(): void {
    // moved, or gone with a body that was replaced: one or the other is known a moment later
    setTimeout(() => {
      if (this.isConnected || !this._ends) return;
      if (this._stays) document.body.append(this);
      else this._end();
    });
  }

  attributeChangedCallback(name: string, before: string | null, value: string | null): void {
    if (name === "data-locale" && this._chat && before !== value) this._again();
    this._dress();
  }

  _toggle(): void {
    if (this._shown) this._close();
    else this._open();
  }

  _open(focus = true): void {
    this._shown = true;
    keep(storage(this) + "open", "1");
    void this._make().then(() => {
      if (!this._chat) return;
      this._show();
      this._chat._open();
      if (focus) this._chat._field.focus();
    });
    this._emit("open");
  }

  _close(): void {
    if (!this._shown) return;
    this._shown = false;
    keep(storage(this) + "open", "");
    const held = this.shadowRoot!.activeElement;
    this._show();
    if (held) this._launcher.focus();
    this._emit("close");
  }

  _say(text: string): void {
    void this._make().then(() => this._chat?._say(String(text)));
  }

  /** The page's user is another one. */
  _identify(user: unknown): void {
    const name = user ? String(user) : "";
    if (name === this._user) return;
    this._user = name;
    this._again();
  }

  _destroy(): void {
    this._stays = false;
    this._shown = false;
    keep(storage(this) + "open", "");
    this._end();
    this.remove();
  }

  _emit(name: string, detail?: unknown): void {
    bus.dispatchEvent(new CustomEvent(name, { detail }));
    this.dispatchEvent(new CustomEvent("attune:" + name, { detail, bubbles: true, composed: true }));
  }

  _unread(count: number): void {
    this._badge.textContent = String(count);
    this._badge.hidden = !count;
    this._name();
  }

  _set(settings: Settings): void {
    this._settings = settings;
    this._dress();
  }

  /** Makes the panel, once. */
  private _make(): Promise<void> {
    return (this._making ??= attempt("open", async () => {
      const locale = this._locale;
      const said = await texts(locale);
      if (!this._ends) return;
      const chat = (this._chat = new Chat(this, speaks(locale) === locale.slice(0, 2).toLowerCase() ? locale : "en", said));
      chat._panel.hidden = true;
      this._frame.prepend(chat._panel);
      set(this._launcher, { "aria-controls": "panel" });
      this._dress();
    }));
  }

  /** Throws the panel away; makes it anew where it was open. */
  private _again(): void {
    if (!this._making) return;
    this._undo();
    if (this._shown) this._open(false);
  }

  private _undo(): void {
    this._chat?._end();
    this._chat?._panel.remove();
    this._chat = this._making = undefined;
    this._unread(0);
  }

  private _end(): void {
    this._ends?.abort();
    this._ends = undefined;
    this._undo();
    this._show();
    if (current === this) current = undefined;
  }

  private _dress(): void {
    const { _frame, _settings } = this;
    const look = _settings.look ?? {};
    const theme = this._attribute("theme") || look.theme;
    const position = this._attribute("position") || look.position;
    const accent = this._attribute("accent") || look.accent;
    _frame.className = `root ${theme} ${position}`;
    const language = speaks(this._locale);
    set(_frame, { lang: language, dir: language === "ar" ? "rtl" : "ltr" });
    if (accent && CSS.supports("color", accent)) _frame.style.setProperty("--a", accent);
    else _frame.style.removeProperty("--a");
    this._name();
    this._chat?._dress(_settings);
  }

  private _name(): void {
    const label = opens(this._locale) + (this._badge.hidden ? "" : ` (${this._badge.textContent})`);
    set(this._launcher, { "aria-label": label, title: label });
  }

  private _show(): void {
    const panel = this._chat?._panel;
    if (panel) panel.hidden = !this._shown;
    set(this._launcher, { "aria-expanded": String(this._shown) });
    this._fit();
  }

  /** On a small screen the panel is what one sees of it: not what the keyboard covers. */
  private _fit(): void {
    const panel = this._chat?._panel;
    const small = this._shown && matchMedia(SMALL).matches;
    if (!panel) return;
    set(panel, { "aria-modal": small && "true" });
    const { height, offsetTop, scale } = visualViewport!;
    if (small && scale === 1) {
      panel.style.setProperty("--height", height + "px");
      panel.style.setProperty("--top", offsetTop + "px");
    }
  }

  private _key_down(event: KeyboardEvent): void {
    const panel = this._chat?._panel;
    if (!this._shown || !panel) return;
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      this._close();
    } else if (event.key === "Tab" && panel.hasAttribute("aria-modal")) {
      // nothing but the panel can be seen
      const stops = panel.querySelectorAll<HTMLElement>("button,textarea,a,[tabindex]");
      const last = stops[stops.length - 1];
      const active = this.shadowRoot!.activeElement;
      const to = event.shiftKey ? active === stops[0] && last : active === last && stops[0];
      if (to) {
        event.preventDefault();
        to.focus();
      }
    }
  }
}
