// A widget, as the API knows it and as the form shows it.

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
export const TEXTS = ["title", "greeting", "offline", "consent"] as const;

export type Texts = Partial<Record<(typeof TEXTS)[number], string>>;
export type Intervals = Record<string, string[]>;

export interface Entry {
  question: string;
  answer: string;
  keywords?: string[];
  locale?: string;
}

/** What can be changed. */
export interface Members {
  name: string;
  origins: string[];
  look: { accent?: string; position?: string; theme?: string };
  texts: Record<string, Texts>;
  hours?: { zone: string; days: Intervals; exceptions: Intervals } | null;
  faq: { entries: Entry[]; unknown?: string; person?: string };
}

export interface Widget extends Members {
  widget_id: string;
  key: string;
  version: number;
}

/** The members that differ, whole: what is absent stays. */
export function changes(before: Members, after: Members): Partial<Members> {
  const names = Object.keys(after) as (keyof Members)[];
  const differs = (name: keyof Members) => same(before[name]) !== same(after[name]);
  return Object.fromEntries(names.filter(differs).map((name) => [name, after[name]]));
}

/** Values as texts that do not depend on the order of members, nor on which are empty. */
function same(value: unknown): string {
  const plain = (_: string, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).filter(([, inner]) => inner !== undefined).sort())
      : part;
  return JSON.stringify(value ?? null, plain);
}

/** `09:00-12:00, 13:00-17:00` */
export function intervals(text: string): string[] {
  return parts(text, ",").map((part) => part.replace(/\s*[-–]\s*/, "-"));
}

/** Lines of a date and its intervals, or `closed`. */
export function dates(text: string): Intervals {
  const lines = parts(text, "\n").map((line): [string, string[]] => {
    const [date = "", ...rest] = line.split(/\s+/);
    const hours = rest.join(" ");
    return [date, hours === "closed" ? [] : intervals(hours)];
  });
  return Object.fromEntries(lines);
}

export function dateLines(exceptions: Intervals): string {
  const lines = Object.entries(exceptions).map(([date, hours]) => `${date} ${hours.join(", ") || "closed"}`);
  return lines.join("\n");
}

/** Parts of a text, without spaces around them and without empty ones. */
export function parts(text: string, separator: string): string[] {
  return text.split(separator).map((part) => part.trim()).filter((part) => part !== "");
}

/** The tag for a page. */
export function snippet(origin: string, path: string, key: string, integrity?: string): string {
  const pinned = integrity === undefined ? "" : ` integrity="${integrity}" crossorigin="anonymous"`;
  return `<script async src="${origin}/widget/${path}/widget.js"${pinned} data-key="${key}"></script>`;
}
