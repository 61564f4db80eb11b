// The script: one widget per page, however often it comes, and `window.attune`.
import { attempt, on } from "./dom";
import { Widget, current } from "./element";
import { each } from "./plain";
import type { Attune } from "./types";

const NAME = "attune-widget";
const script = document.currentScript as HTMLScriptElement | null;
/** Commands that came before the widget. */
const waiting: ArrayLike<any>[] = [];

const carryOut = (said: ArrayLike<any>) => {
  const command = said[0];
  if (command === "on") document.addEventListener("attune:" + said[1], said[2]);
  else if (command === "off") document.removeEventListener("attune:" + said[1], said[2]);
  else if (current) current._command(command, said[1]);
  else waiting[waiting.length] = said;
};

const begin = () => {
  const found = document.querySelector<Widget>(NAME);
  if (script?.dataset.key) {
    const widget = found ?? (document.createElement(NAME) as Widget);
    const { dataset } = script;
    each(Object.keys(dataset), (name) => (widget.dataset[name] ??= dataset[name]));
    if (!found) widget._control._stay();
  }
};

if (!customElements.get(NAME)) {
  const before = window.attune?.q;
  window.attune = ((...said: unknown[]) => void attempt(() => carryOut(said))) as Attune;
  on(document, "attune:ready", () => {
    each(waiting, carryOut);
    waiting.length = 0;
  });
  customElements.define(NAME, Widget);
  each(before ?? [], carryOut);
  if (document.body) begin();
  else on(document, "DOMContentLoaded", begin);
}
