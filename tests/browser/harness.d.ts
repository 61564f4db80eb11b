// What `run.mjs` gives to checks. A folder of checks holds `index.html`, `page.ts` and `checks.ts`.
import type { BrowserContext, BrowserContextOptions, Page } from "playwright-core";

export interface Tools {
  /** The API's origin. */
  readonly apiOrigin: string;
  /** The page's address on its own origin, and on another one. */
  readonly origin: string;
  readonly otherOrigin: string;
  /**
   * The page in a new context, which is like another person's browser, or in one that is there. `prepare` has the tab before the page.
   */
  page(options?: {
    context?: BrowserContext;
    path?: string;
    browser?: BrowserContextOptions;
    prepare?: (page: Page) => Promise<unknown>;
  }): Promise<Page>;
  /** The page in a browser of its own whose profile lies on disk: the same name gives the same profile. */
  profile(name: string): Promise<Page>;
  /** A new tenant; its id. */
  tenant(): Promise<string>;
  /** A tenant of its own with a widget that the page may hold, and what its staff can do. */
  widget(faq: object): Promise<{ key: string; desk(method: string, path: string, body?: object): Promise<any> }>;
  /** What axe-core finds wrong on a page. */
  axe(page: Page): Promise<string[]>;
  /** Where the picture of a name lies that a screenshot is compared with. */
  baseline(name: string): string;
  /** Kills the Worker as it stands and starts it again. */
  restart(): Promise<void>;
  /** An invitation by the operator. */
  invitation(tenant: string, role: string): Promise<{ token: string; email: string }>;
  /** A request from outside of the browser: status and the problem's code. */
  api(method: string, path: string, headers?: Record<string, string>): Promise<[number, string | undefined]>;
}

/** Checks by name; the name is what the test is called. */
export type Checks = Record<string, (t: Tools) => Promise<void>>;
