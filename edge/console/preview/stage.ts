// The widget beside the form, and the tag for pages.
import { element } from "./form";
import { snippet } from "./widget";
import type { Members } from "./widget";

/** Version of the widget that this page was built with; empty where the build knows none. */
declare const WIDGET_VERSION: string;

export class Stage {
  private readonly widget = document.createElement("attune-widget");
  private readonly pinned = element<HTMLInputElement>("pinned");
  private integrity?: string;

  constructor(private readonly key: string) {
    this.widget.dataset.key = key;
    element("page-title").textContent = "Your page";
    element("stage").append(this.widget);
    const script = Object.assign(document.createElement("script"), { src: "/widget/latest/widget.js", async: true });
    script.addEventListener("error", () => {
      element("absent").textContent = "The widget's script does not load here, so its look cannot be shown. It can be changed all the same.";
      element("absent").hidden = false;
    });
    document.head.append(script);
    this.pinned.addEventListener("change", () => this.write());
    element("copy").addEventListener("click", () => void this.copy());
    this.write();
    if (WIDGET_VERSION !== "") void this.measure();
  }

  /** What the page's own attributes would say. */
  dress({ look, texts }: Members, locale: string): void {
    const { title, greeting, offline } = texts[locale] ?? {};
    for (const [name, value] of Object.entries({ ...EMPTY, ...look, title, greeting, offline, locale })) {
      if (value === undefined) this.widget.removeAttribute(`data-${name}`);
      else this.widget.setAttribute(`data-${name}`, value);
    }
  }

  /** The checksum of the script as it is served (W3C Subresource Integrity). */
  private async measure(): Promise<void> {
    const answer = await fetch(`/widget/${WIDGET_VERSION}/widget.js`);
    if (!answer.ok) return;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-384", await answer.arrayBuffer()));
    this.integrity = `sha384-${btoa(String.fromCharCode(...digest))}`;
    element("pinning").hidden = false;
  }

  private write(): void {
    const exact = this.pinned.checked && this.integrity !== undefined;
    const [path, integrity] = exact ? [WIDGET_VERSION, this.integrity] : ["v1", undefined];
    element<HTMLTextAreaElement>("snippet").value = snippet(location.origin, path, this.key, integrity);
  }

  private async copy(): Promise<void> {
    const field = element<HTMLTextAreaElement>("snippet");
    field.select();
    await navigator.clipboard.writeText(field.value);
    element("status").textContent = "Copied";
  }
}

const EMPTY = { accent: undefined, position: undefined, theme: undefined };
