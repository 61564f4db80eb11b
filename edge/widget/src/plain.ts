// The page's prototypes may be broken or replaced: nothing here or elsewhere in the widget calls a method of `Array.prototype`, and what
// the browser wants as a sequence does not go through its iterator.

/** A sequence for the browser's interfaces. */
export function list<T>(...items: T[]): T[] {
  items[Symbol.iterator] = function* () {
    for (let i = 0; i < items.length; i++) yield items[i]!;
  } as () => ArrayIterator<T>;
  return items;
}

/** An array that JSON writes as one, whatever the page has added to arrays. */
export const array = <T>(): T[] => Object.defineProperty([], "toJSON", { value: undefined });

export function each<T>(items: ArrayLike<T>, work: (item: T, index: number) => void): void {
  for (let i = 0; i < items.length; i++) work(items[i]!, i);
}

/** Storage of the tab that may be forbidden. */
export function kept(name: string): string | null {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

export function keep(name: string, text: string): void {
  try {
    sessionStorage.setItem(name, text);
  } catch {
    // then a reload forgets
  }
}

/** Digits of a ULID. */
const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";

/** A ULID: 48 bits of time, 80 of chance. */
export function ulid(): string {
  let id = "";
  for (let i = 0, rest = Date.now(); i < 10; i++, rest = Math.floor(rest / 32)) id = DIGITS[rest % 32] + id;
  each(crypto.getRandomValues(new Uint8Array(16)), (byte) => (id += DIGITS[byte % 32]));
  return id;
}

/** The time of a ULID with a prefix, ms since 1970. */
export function time(id: string | null): number {
  let ms = 0;
  each((id ?? "").split("_")[1]?.slice(0, 10) ?? "", (digit) => (ms = ms * 32 + DIGITS.indexOf(digit)));
  return ms || Date.now();
}
