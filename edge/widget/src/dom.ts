// Elements are made one by one: no markup is parsed, so a page may ask for trusted types.
import { each } from "./plain";

type Child = Node | string | false | undefined;

/** Where errors of the widget's own handlers go. */
export const faults: { _report: (code: string, reason: unknown) => void } = { _report() {} };

/** An element. Its classes are its parts too, by which a page may style it. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  classes: string,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (classes) set(element, { class: classes, part: classes });
  set(element, attributes);
  each(children, (child) => child && element.append(child));
  return element;
}

/** What is empty is taken away. */
export function set(element: Element, attributes: Record<string, string | false | undefined>): void {
  each(Object.keys(attributes), (name) => {
    const value = attributes[name];
    if (value) element.setAttribute(name, value);
    else element.removeAttribute(name);
  });
}

/** A button that shows a line drawing. */
export function button(label: string, classes: string, drawing: string, press?: () => void, more?: Record<string, string>) {
  const draw = (tag: string, attributes: Record<string, string>) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    set(made, attributes);
    return made;
  };
  const svg = draw("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  svg.append(draw("path", { d: drawing }));
  const made = make("button", classes, { type: press ? "button" : "submit", "aria-label": label, title: label, ...more }, svg);
  if (press) on(made, "click", press);
  return made;
}

/** Listens until `signal`; what goes wrong is reported and does not reach the page. */
export function on(target: EventTarget, names: string, work: (event: any) => unknown, signal?: AbortSignal): void {
  each(names.split(" "), (name) => target.addEventListener(name, (event) => attempt(() => work(event)), { signal }));
}

export async function attempt(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (reason) {
    faults._report("script", reason);
  }
}

/** As `setTimeout`, with what `clearTimeout` takes. */
export const later = (work: () => void, ms?: number): number => setTimeout(work, ms) as unknown as number;

/** Soon, when the page has nothing better to do. */
export const idle = (work: () => void): unknown =>
  "requestIdleCallback" in window ? requestIdleCallback(() => attempt(work), { timeout: 1_000 }) : later(work);
