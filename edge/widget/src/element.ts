// `<attune-widget>`: the launcher, and the panel once it was opened. Nothing is asked of any server before.
import { type Chat, type ChatHost, chat } from "./chat";
import { chunk, origin } from "./chunk";
import { attempt, button, faults, idle, later, make, on, set } from "./dom";
import { keep, kept, list } from "./plain";
import { opens, speaks, texts } from "./texts";
import type { Settings } from "./types";
import first from "./launcher.css";
import second from "./panel.css";

const CHAT = "M12 4a8 8 0 1 1-4 15l-4 1 1-4a8 8 0 0 1 7-12z";

/** The one that is alive: a page has one conversation. */
export let current: Control | undefined;

type Control = ReturnType<typeof control>;

/** Style sheets are read when they are needed, and once. */
const sheets: Record<string, CSSStyleSheet> = {};
const sheet = (css: string): CSSStyleSheet => {
  if (!sheets[css]) (sheets[css] = new CSSStyleSheet()).replaceSync(css);
  return sheets[css];
};

/** Registers the element. */
export const define = (name: string) =>
  customElements.define(
    name,
    class extends HTMLElement {
      _control?: Control;

      connectedCallback(): void {
        // another one that is alive goes on; one that has just left the page with its body does not
        if (current?._here()) return;
        current?._end();
        (this._control ??= control(this))._begin();
      }

      disconnectedCallback(): void {
        this._control?._gone();
      }
    },
  );

function control(element: HTMLElement) {
  let open = false;
  let user = "";
  let ends: AbortController | undefined;
  let panel: Chat | undefined;
  let making: Promise<void> | undefined;
  let settings: Settings = {};
  /** The language of the panel. */
  let tag = "";
  /** Counts panels: one that is not wanted any more before it is made. */
  let count = 0;

  const attribute = (name: string) => element.getAttribute("data-" + name) || "";
  const locale = () => attribute("locale").replace("_", "-") || navigator.language;
  const api = () => attribute("api").replace(/\/$/, "") || origin();
  const store = () => `attune:${attribute("key")}:${user}`;

  const badge = make("span", "badge", { hidden: "1" });
  const launcher = button("", "launcher", CHAT, () => (open ? close() : show()), { "aria-haspopup": "dialog" });
  const frame = make("div", "root", {}, launcher);
  const root = element.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = list(sheet(first));
  launcher.append(badge);
  root.append(frame);
  new MutationObserver(() => {
    if (tag !== locale()) again();
    dress();
  }).observe(element, { attributes: true });

  const emit = (name: string, detail?: unknown) => {
    element.dispatchEvent(new CustomEvent("attune:" + name, { detail, bubbles: true, composed: true }));
  };

  /** Shows what has changed: of the page's attributes, which win, or of the tenant's settings. */
  const dress = () => {
    const { look = {} } = settings;
    const accent = attribute("accent") || look.accent;
    const language = speaks(locale());
    frame.className = `root ${attribute("theme") || look.theme} ${attribute("position") || look.position}`;
    set(frame, { lang: language, dir: language === "ar" ? "rtl" : "ltr" });
    frame.style.setProperty("--a", accent && CSS.supports("color", accent) ? accent : "");
    const label = opens(language) + (badge.hidden ? "" : ` (${badge.textContent})`);
    set(launcher, { "aria-label": label, title: label, "aria-expanded": String(open) });
    panel?._dress(settings);
    fit();
  };

  /** On a small screen the panel is all that one sees, and no more than that: not what the keyboard covers. */
  const fit = () => {
    if (!panel) return;
    const { _panel } = panel;
    const small = open && matchMedia("(max-width:639px)").matches;
    _panel.hidden = !open;
    set(_panel, { "aria-modal": small && "true" });
    const view = visualViewport;
    if (small && view?.scale === 1) {
      _panel.style.setProperty("--height", view.height + "px");
      _panel.style.setProperty("--top", view.offsetTop + "px");
    }
  };

  /** Makes the panel, once. */
  const ready = () =>
    (making ??= attempt(async () => {
      const own = ++count;
      tag = locale();
      const said = await texts(tag);
      if (!ends || own !== count) return;
      root.adoptedStyleSheets = list(sheet(first), sheet(second));
      // dates in a language that the texts are not in would be no help
      const host: ChatHost = {
        _api: api(),
        _key: attribute("key"),
        _store: store(),
        _user: user,
        _tag: tag,
        _shown: () => open,
        _attribute: attribute,
        _set(now) {
          settings = now;
          dress();
        },
        _close: close,
        _emit: emit,
        _unread(count) {
          badge.textContent = String(count);
          badge.hidden = !count;
          dress();
        },
      };
      panel = chat(host, tag.startsWith(speaks(tag)) ? tag : "en", said);
      frame.prepend(panel._panel);
      set(launcher, { "aria-controls": "panel" });
      dress();
    }));

  const show = async (focus = true) => {
    open = true;
    keep(store() + "open", "1");
    emit("open");
    await ready();
    dress();
    panel?._open();
    if (focus) panel?._field.focus();
  };

  const close = () => {
    const inside = root.activeElement;
    open = false;
    keep(store() + "open", "");
    dress();
    if (inside) launcher.focus();
    emit("close");
  };

  /** Throws the panel away. */
  const undo = () => {
    panel?._stop();
    panel?._panel.remove();
    panel = making = undefined;
    count++;
    badge.hidden = true;
  };

  /** Another conversation, or another language. */
  const again = () => {
    if (!making) return;
    undo();
    if (open) void show(false);
  };

  const end = () => {
    ends?.abort();
    ends = undefined;
    undo();
    dress();
    if (current === self) current = undefined;
  };

  const keyed = (event: KeyboardEvent) => {
    if (!open || !panel) return;
    const { _panel } = panel;
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      close();
    } else if (event.key === "Tab" && _panel.hasAttribute("aria-modal")) {
      // nothing but the panel can be seen
      const stops = _panel.querySelectorAll<HTMLElement>("button,textarea,a,[tabindex]");
      const last = stops[stops.length - 1];
      const active = root.activeElement;
      const to = event.shiftKey ? active === stops[0] && last : active === last && stops[0];
      if (to) {
        event.preventDefault();
        to.focus();
      }
    }
  };

  const self = {
    _here: () => element.isConnected,
    _end: end,
    _begin() {
      current = self;
      const { signal } = (ends = new AbortController());
      on(window, "online offline", ({ type }) => panel?._network(type === "online"), signal);
      on(document, "visibilitychange", () => panel?._look(), signal);
      if (visualViewport) on(visualViewport, "resize scroll", fit, signal);
      on(frame, "keydown", keyed, signal);
      faults._report = async (code, reason) => {
        const { report } = await chunk("reports");
        report(api(), attribute("key"), emit, code, reason);
      };
      dress();
      emit("ready");
      // a reload goes on where the visitor was
      idle(() => {
        if (!ends) return;
        if (kept(store() + "open")) void show(false);
        else if (kept(store())?.[2]) void ready();
      });
    },
    /** Moved, or gone with a body that was replaced: one or the other is known a moment later. */
    _gone: () =>
      later(() => {
        if (element.isConnected || !ends) return;
        // made by the script: it comes back when the page throws its body away
        if (element.dataset.stays) document.body.append(element);
        else end();
      }),
    /** What the page says. */
    _command(command: string, value: unknown) {
      if (command === "toggle") command = open ? "close" : "open";
      if (command === "open") void show();
      else if (command === "close") close();
      else if (command === "send") void ready().then(() => panel?._say(String(value)));
      else if (command === "identify") {
        user = value ? "user:" + value : "";
        again();
      } else if (command === "destroy") {
        open = false;
        keep(store() + "open", "");
        end();
        element.remove();
      }
    },
  };
  return self;
}
