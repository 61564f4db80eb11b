// The form: shows a widget's members, and gives them back.
import { DAYS, TEXTS, dateLines, dates, intervals, parts } from "./widget";
import type { Entry, Members, Texts } from "./widget";
import type { Fault } from "./api";

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const ACCENT = "#2456c7";

export function element<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

export class Form {
  private readonly form = element<HTMLFormElement>("editor");
  private texts: Record<string, Texts> = {};
  private shown = "en";

  /** `changed` is called after each change by hand. */
  constructor(private readonly changed: () => void) {
    const zones = Intl.supportedValuesOf("timeZone").map((zone) => new Option(zone));
    element("zones").append(...zones);
    element("days").append(...DAYS.map(day));
    this.form.addEventListener("input", () => this.took());
    this.field("locale").addEventListener("change", () => this.showTexts(this.value("locale")));
    this.press("add-locale", () => this.addLocale());
    this.press("add-entry", () => this.addEntry({ question: "", answer: "" }).focus());
    this.press("add-here", () => this.addOrigin(location.origin));
  }

  /** The language whose texts are shown. */
  get locale(): string {
    return this.shown;
  }

  show({ name, origins, look, texts, hours, faq }: Members): void {
    this.set("name", name);
    this.set("accent", look.accent ?? ACCENT);
    this.check("plain", look.accent === undefined);
    this.set("position", look.position ?? "");
    this.set("theme", look.theme ?? "");
    this.texts = structuredClone(texts);
    const tags = Object.keys(texts);
    this.showTexts(tags.includes(this.shown) ? this.shown : (tags[0] ?? "en"));
    this.check("always", !hours);
    this.set("zone", hours?.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
    for (const day of DAYS) this.set(`day-${day}`, (hours?.days[day] ?? []).join(", "));
    this.set("exceptions", dateLines(hours?.exceptions ?? {}));
    element("entries").replaceChildren();
    faq.entries.forEach((entry) => this.addEntry(entry));
    this.set("unknown", faq.unknown ?? "");
    this.set("person", faq.person ?? "");
    this.set("origins", origins.join("\n"));
    this.dress();
    this.clear();
  }

  members(): Members {
    const text = (name: string) => this.value(name).trim() || undefined;
    const accent = this.checked("plain") ? undefined : this.value("accent");
    const spoken = Object.entries(this.texts).filter(([, texts]) => Object.keys(texts).length > 0);
    const open = DAYS.map((day): [string, string[]] => [day, intervals(this.value(`day-${day}`))]);
    const days = Object.fromEntries(open.filter(([, hours]) => hours.length > 0));
    const hours = { zone: this.value("zone").trim(), days, exceptions: dates(this.value("exceptions")) };
    const entries = [...element("entries").children].map(entry);
    return {
      name: this.value("name").trim(),
      origins: parts(this.value("origins"), "\n"),
      look: given({ accent, position: text("position"), theme: text("theme") }),
      texts: Object.fromEntries(spoken),
      hours: this.checked("always") ? null : hours,
      faq: { entries, ...given({ unknown: text("unknown"), person: text("person") }) },
    };
  }

  /** Shows each fault at its field; those that have none stand above, and what is wrong gets the focus. */
  tell(faults: Fault[]): void {
    this.clear();
    const elsewhere: string[] = [];
    for (const { pointer, detail } of faults) {
      const [, area, tag = ""] = pointer.split("/");
      if (area === "texts" && this.texts[tag] !== undefined) this.showTexts(tag);
      const field = this.at(pointer);
      if (field === undefined) elsewhere.push(`${pointer.slice(1) || "The widget"}: ${detail}`);
      else mark(field, detail);
    }
    const list = element("faults");
    list.hidden = elsewhere.length === 0;
    list.replaceChildren(...elsewhere.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
    if (elsewhere.length > 0) list.focus();
    else this.form.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }

  private clear(): void {
    element("faults").hidden = true;
    for (const field of this.form.querySelectorAll("[aria-invalid]")) unmark(field);
  }

  /** The field with the longest pointer that this one begins with. */
  private at(pointer: string): Field | undefined {
    const fields = [...this.form.querySelectorAll<Field>("[data-pointer]")];
    const within = fields.filter(({ dataset }) => `${pointer}/`.startsWith(`${dataset.pointer}/`));
    return within.sort((a, b) => b.dataset.pointer!.length - a.dataset.pointer!.length)[0];
  }

  private took(): void {
    const texts: Texts = {};
    for (const name of TEXTS) {
      const text = this.value(name).trim();
      if (text !== "") texts[name] = text;
    }
    this.texts[this.shown] = texts;
    this.dress();
    this.changed();
  }

  private dress(): void {
    element("hours").hidden = this.checked("always");
    this.field("accent").disabled = this.checked("plain");
    [...element("entries").children].forEach((row, index) => {
      row.setAttribute("aria-label", `Question ${index + 1}`);
      for (const field of row.querySelectorAll<Field>("[data-part]")) {
        field.dataset.pointer = `/faq/entries/${index}/${field.dataset.part}`;
      }
    });
  }

  private showTexts(tag: string): void {
    this.texts[tag] ??= {};
    this.shown = tag;
    const names = new Intl.DisplayNames("en", { type: "language", fallback: "code" });
    const options = Object.keys(this.texts).map((known) => new Option(`${names.of(known)} (${known})`, known, false, known === tag));
    this.field("locale").replaceChildren(...options);
    for (const name of TEXTS) {
      this.field(name).dataset.pointer = `/texts/${tag}/${name}`;
      this.set(name, this.texts[tag]?.[name] ?? "");
    }
    this.changed();
  }

  private addLocale(): void {
    const field = this.field("tag");
    try {
      const [tag] = Intl.getCanonicalLocales(field.value.trim());
      unmark(field);
      if (tag === undefined) return field.focus();
      field.value = "";
      this.showTexts(tag);
      this.field("title").focus();
    } catch {
      mark(field, "expected a language tag such as de-CH");
      field.focus();
    }
  }

  private addEntry(entry: Entry): Field {
    const row = element<HTMLTemplateElement>("entry").content.firstElementChild!.cloneNode(true) as HTMLElement;
    const { question, answer, keywords = [], locale = "" } = entry;
    const values: Record<string, string> = { question, answer, keywords: keywords.join(", "), locale };
    const fields = [...row.querySelectorAll<Field>("[data-part]")];
    for (const field of fields) field.value = values[field.dataset.part!] ?? "";
    row.querySelector("button")!.addEventListener("click", () => {
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      this.took();
      (next?.querySelector("button") ?? element("add-entry")).focus();
    });
    element("entries").append(row);
    this.dress();
    return fields[0]!;
  }

  private addOrigin(origin: string): void {
    const origins = parts(this.value("origins"), "\n");
    if (origins.includes(origin)) return;
    this.set("origins", [...origins, origin].join("\n"));
    this.took();
  }

  private press(id: string, work: () => void): void {
    element(id).addEventListener("click", work);
  }

  private field(name: string): Field {
    return this.form.elements.namedItem(name) as Field;
  }

  private value(name: string): string {
    return this.field(name).value;
  }

  private set(name: string, value: string): void {
    this.field(name).value = value;
  }

  private checked(name: string): boolean {
    return (this.field(name) as HTMLInputElement).checked;
  }

  private check(name: string, checked: boolean): void {
    (this.field(name) as HTMLInputElement).checked = checked;
  }
}

/** A weekday's line: 2024-01-01 was a Monday. */
function day(name: string, index: number): HTMLElement {
  const label = document.createElement("label");
  const shown = new Date(Date.UTC(2024, 0, 1 + index)).toLocaleDateString("en", { weekday: "long", timeZone: "UTC" });
  const input = Object.assign(document.createElement("input"), { name: `day-${name}`, spellcheck: false });
  input.dataset.pointer = `/hours/days/${name}`;
  label.append(shown, input);
  return label;
}

function entry(row: Element): Entry {
  const part = (name: string) => row.querySelector<Field>(`[data-part=${name}]`)!.value.trim();
  const keywords = parts(part("keywords"), ",");
  const optional = given({ keywords: keywords.length > 0 ? keywords : undefined, locale: part("locale") || undefined });
  return { question: part("question"), answer: part("answer"), ...optional };
}

function given<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}

let marks = 0;

function mark(field: Field, detail: string): void {
  unmark(field);
  const note = Object.assign(document.createElement("span"), { className: "fault", id: `fault-${++marks}`, textContent: detail });
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", note.id);
  field.after(note);
}

function unmark(field: Element): void {
  const note = field.getAttribute("aria-describedby");
  if (note !== null) document.getElementById(note)?.remove();
  field.removeAttribute("aria-invalid");
  field.removeAttribute("aria-describedby");
}
