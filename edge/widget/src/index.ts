// The script: one widget per page, however often it comes, and `window.attune`.
import { attempt, faults, on } from "./dom";
import { NAME, Widget, bus, current } from "./element";
import { each } from "./plain";
import { report } from "./reports";
import type { Attune } from "./types";

const script = document.currentScript as HTMLScriptElement | null;
/** Commands that wait for the widget. */
const waiting: ArrayLike<any>[] = [];

function carryOut(said: ArrayLike<any>): void {
  const [command, name, listener] = { *[Symbol.iterator]() { for (let i = 0; i < 3; i++) yield said[i]; } } as unknown as any[];
  if (command === "on") bus.addEventListener(name, listener);
  else if (command === "off") bus.removeEventListener(name, listener);
  else if (!current) waiting[waiting.length] = said;
  else if (command === "open") current._open();
  else if (command === "close") current._close();
  else if (command === "toggle") current._toggle();
  else if (command === "send") current._say(name);
  else if (command === "identify") current._identify(name);
  else if (command === "destroy") current._destroy();
}

function begin(): void {
  const found = document.querySelector<Widget>(NAME);
  if (script?.dataset.key) {
    const widget = found ?? (document.createElement(NAME) as Widget);
    each(Object.keys(script.dataset), (name) => (widget.dataset[name] ??= script.dataset[name]!));
    widget._stays = !found;
    if (!found) document.body.append(widget);
  }
}

if (!customElements.get(NAME)) {
  faults.report = report;
  const before = window.attune?.q;
  window.attune = ((...said: unknown[]) => void attempt("command", () => carryOut(said))) as Attune;
  if (before) each(before, carryOut);
  customElements.define(NAME, Widget);
  if (document.body) begin();
  else on(document, "DOMContentLoaded", begin);
}
