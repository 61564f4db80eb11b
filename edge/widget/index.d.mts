// Types of the npm package `@attune/widget`. Importing it defines `<attune-widget>` and `window.attune`; it exports nothing.

/** Attributes of `<attune-widget>`, and of the script tag. */
export interface AttuneAttributes {
  /** The site's publishable key, `pk_…`. */
  "data-key": string;
  /** Origin of the API. Absent: the script's own, so the npm package needs it. */
  "data-api"?: string;
  /** BCP 47; absent: the browser's. */
  "data-locale"?: string;
  /** A CSS colour. */
  "data-accent"?: string;
  "data-position"?: "left" | "right";
  "data-theme"?: "light" | "dark" | "auto";
  "data-title"?: string;
  "data-greeting"?: string;
  "data-offline"?: string;
}

/** What the widget tells, on `window.attune("on", …)` and as an event of the element. */
export type AttuneEvent = "open" | "close" | "message" | "state" | "error";

/** Commands; before the script has come they wait. */
export interface Attune {
  (command: "open" | "close" | "toggle" | "destroy"): void;
  (command: "send", text: string): void;
  /** The page's own user: this device has a conversation of its own for each. `null`: nobody. */
  (command: "identify", user: string | null): void;
  (command: "on" | "off", event: AttuneEvent, listener: (event: CustomEvent) => void): void;
}

declare global {
  interface Window {
    attune?: Attune;
  }
  interface HTMLElementTagNameMap {
    "attune-widget": HTMLElement;
  }
}
