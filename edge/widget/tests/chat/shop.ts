// A shop with a widget, and what its visitors see of it.
import type { BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import type { Tools } from "../../../../tests/browser/harness";

export const ANSWER = "We are open from nine to five on all weekdays, and on Saturdays until noon.";
/** An answer that takes some seconds to be said. */
export const LONG = Array.from({ length: 300 }, (_, n) => `word${n}`).join(" ");

export interface Opening {
  page?: string;
  context?: BrowserContext;
  browser?: BrowserContextOptions;
  data?: Record<string, string>;
  prepare?: (page: Page) => Promise<unknown>;
}

export async function shop(t: Tools) {
  const entries = [
    { question: "When are you open?", answer: ANSWER, keywords: ["opening hours"] },
    { question: "Tell me a story", answer: LONG, keywords: ["story"] },
  ];
  const { key, desk } = await t.widget({ entries });
  const visit = async ({ page = "/", data = {}, ...how }: Opening = {}) => {
    const query = new URLSearchParams({ "data-key": key, "data-locale": "en", ...data });
    return new Visitor(await t.page({ ...how, path: `${page}?${query}` }));
  };
  return { key, desk, visit };
}

export class Visitor {
  readonly launcher;
  readonly panel;
  readonly field;
  readonly log;
  /** Own messages that the room has taken, and those of others. */
  readonly own;
  readonly others;
  readonly waiting;

  constructor(readonly page: Page) {
    this.launcher = page.locator("attune-widget .launcher");
    this.panel = page.locator("attune-widget .panel");
    this.field = page.locator("attune-widget textarea");
    this.log = page.getByRole("log");
    this.own = page.locator("attune-widget .log > .own > p");
    this.others = page.locator("attune-widget .log > .message:not(.own):has(time) > p");
    this.waiting = page.locator("attune-widget .log .own:not(:has(time))");
  }

  async open(): Promise<this> {
    await this.launcher.click();
    await this.panel.waitFor();
    return this;
  }

  async say(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  /** The line is open: the panel says who answers. */
  async live(): Promise<void> {
    await this.page.locator("attune-widget .header .status", { hasText: /assistant|team/i }).waitFor();
  }

  /** Waits until the room has taken so many own messages and others have said so many. */
  async heard(own: number, others: number): Promise<[string[], string[]]> {
    if (own > 0) await this.own.nth(own - 1).waitFor();
    if (others > 0) await this.others.nth(others - 1).waitFor();
    return [await this.own.allTextContents(), await this.others.allTextContents()];
  }
}
