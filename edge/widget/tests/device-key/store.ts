// What this device keeps, in IndexedDB: a key that cannot be read has no other place to stay, as only structured clones carry it.

/** A small store of values by name, one per origin and browser profile. */
export class Store {
  private constructor(private readonly database: IDBDatabase) {}

  static open(name: string): Promise<Store> {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("kept");
    return done(request).then((database) => new Store(database));
  }

  get<T>(name: string): Promise<T | undefined> {
    return done(this.kept("readonly").get(name));
  }

  async put(name: string, value: unknown): Promise<void> {
    await done(this.kept("readwrite").put(value, name));
  }

  /** Keeps a value unless there is one: two tabs that begin at once have to end with the same. */
  async keepFirst<T>(name: string, value: T): Promise<T> {
    const kept = this.kept("readwrite");
    const first = await done<T | undefined>(kept.get(name));
    if (first !== undefined) return first;
    await done(kept.put(value, name));
    return value;
  }

  private kept(mode: IDBTransactionMode): IDBObjectStore {
    return this.database.transaction("kept", mode).objectStore("kept");
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB failed"));
  });
}
