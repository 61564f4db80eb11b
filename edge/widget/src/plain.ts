// The page's prototypes may be broken or replaced: nothing here or elsewhere in the widget calls a method of `Array.prototype`, and what
// the browser wants as a sequence does not go through its iterator.

/** A sequence for the browser's interfaces. */
export const list = <T>(...items: T[]): T[] =>
  ({
    *[Symbol.iterator]() {
      for (let i = 0; i < items.length; i++) yield items[i];
    },
  }) as unknown as T[];

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

/** A ULID: 48 bits of time, 80 of chance. */
export function ulid(): string {
  const letter = (n: number) => "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[n % 32]!;
  let text = "";
  for (let i = 0, time = Date.now(); i < 10; i++, time = Math.floor(time / 32)) text = letter(time) + text;
  each(crypto.getRandomValues(new Uint8Array(16)), (byte) => (text += letter(byte)));
  return text;
}
