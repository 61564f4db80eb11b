// Elements are made one by one: no markup is parsed, so a page may ask for trusted types.
import { each } from "./plain";

type Child = Node | string | false | undefined;

/** Where errors of the widget's own handlers go. */
export const faults: { report: (code: string, reason: unknown) => void } = { report() {} };

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string>,
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  set(element, attributes);
  each(children, (child) => child && element.append(child));
  return element;
}

export function set(element: Element, attributes: Record<string, string | false | undefined>): void {
  each(Object.keys(attributes), (name) => {
    const value = attributes[name];
    if (value || value === "") element.setAttribute(name, value);
    else element.removeAttribute(name);
  });
}

/** A button that shows a line drawing. */
export function button(label: string, part: string, drawing: string, press: () => void, more: Record<string, string> = {}) {
  const made = make("button", { type: "button", part, "aria-label": label, title: label, ...more }, icon(drawing));
  on(made, "click", press);
  return made;
}

export function icon(drawing: string): SVGElement {
  const make = (tag: string) => document.createElementNS("http://www.w3.org/2000/svg", tag) as SVGElement;
  const svg = make("svg");
  const path = make("path");
  set(svg, { viewBox: "0 0 24 24", "aria-hidden": "true" });
  set(path, { d: drawing });
  svg.append(path);
  return svg;
}

/** Listens until `signal`; what goes wrong is reported and does not reach the page. */
export function on(target: EventTarget, names: string, work: (event: any) => unknown, signal?: AbortSignal): void {
  each(names.split(" "), (name) =>
    target.addEventListener(name, (event) => attempt("handler", () => work(event)), { signal }),
  );
}

export async function attempt(code: string, work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (reason) {
    faults.report(code, reason);
  }
}
