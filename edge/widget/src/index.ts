// One widget per page, however often the script comes, and `window.attune`.
import { attempt, idle, on } from "./dom";
import { current, define } from "./element";
import { each } from "./plain";
import type { Attune } from "./types";

const NAME = "attune-widget";

/** While the script is evaluated only the queue is made: the page comes first. */
export function install(): void {
  const script = document.currentScript as HTMLScriptElement | null;
  const queue: any = (...said: unknown[]) => (queue.q[queue.q.length] = said);
  queue.q = [];
  window.attune ??= queue;
  idle(() => customElements.get(NAME) ?? begin(script?.dataset));
}

function begin(data?: DOMStringMap): void {
  /** Commands that came before the widget. */
  let waiting: ArrayLike<any> = window.attune?.q ?? [];

  const carryOut = (said: ArrayLike<any>) => {
    const command = said[0];
    if (command === "on") document.addEventListener("attune:" + said[1], said[2]);
    else if (command === "off") document.removeEventListener("attune:" + said[1], said[2]);
    else if (current) current._command(command, said[1]);
    else (waiting as any[])[waiting.length] = said;
  };
  const catchUp = () => {
    const before = waiting;
    waiting = [];
    each(before, carryOut);
  };
  const add = () => {
    const found = document.querySelector<HTMLElement>(NAME);
    if (!data?.key) return;
    const widget = found ?? document.createElement(NAME);
    each(Object.keys(data), (name) => (widget.dataset[name] ??= data[name]));
    if (found) return;
    widget.dataset.stays = "1";
    document.body.append(widget);
  };

  window.attune = ((...said: unknown[]) => void attempt(() => carryOut(said))) as Attune;
  catchUp();
  on(document, "attune:ready", catchUp);
  define(NAME);
  if (document.body) add();
  else on(document, "DOMContentLoaded", add);
}
