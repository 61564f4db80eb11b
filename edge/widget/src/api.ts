// Calls of the API: the publishable key, and with it a proof (RFC 9449) by the key of this device, which no script can read.
import { each, list, time } from "./plain";

const KEY = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A problem of the API (RFC 9457); status 0: it was not reached. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly _after = 0,
  ) {
    super(status + " " + code);
  }
}

export class Api {
  private _pair?: Promise<CryptoKeyPair>;
  private _nonce?: string;
  /** How far the server's clock is ahead of this device's, ms: many are wrong by more than a proof may be. */
  private _ahead = 0;

  /** `_device`: which of the keys that this browser keeps. */
  constructor(
    readonly _base: string,
    readonly _key: string,
    private readonly _device: string,
  ) {}

  async _call<T>(method: string, path: string, body?: object | Blob): Promise<T> {
    const answer = await this._fetch(method, path, body);
    return (await answer.json()) as T;
  }

  /** The answer as it came, where it is a good one. */
  async _fetch(method: string, path: string, body?: object | Blob, signal = AbortSignal.timeout(15_000)): Promise<Response> {
    for (let tries = 3; ; ) {
      const url = this._base + path;
      const headers: Record<string, string> = { authorization: "Bearer " + this._key, dpop: await this._proof(method, url) };
      let sent: BodyInit | undefined;
      if (body instanceof Blob) {
        headers["content-type"] = body.type;
        sent = body;
      } else if (body) {
        headers["content-type"] = "application/json";
        sent = JSON.stringify({ schema_version: 1, ...body });
      }
      const answer = await fetch(url, { method, headers, body: sent, credentials: "omit", signal }).catch(() => {
        throw new Refused(0, "unreachable");
      });
      this._nonce = answer.headers.get("dpop-nonce") ?? this._nonce;
      if (answer.ok) return answer;
      // the id of a request is a ULID of the server's
      this._ahead = time(answer.headers.get("x-request-id")) - Date.now();
      const { code } = await answer.json().catch(() => ({ code: "unknown" }));
      // section 8: the server says which nonce it wants
      if (!--tries || !/dpop/.test(code)) {
        throw new Refused(answer.status, code, Number(answer.headers.get("retry-after")));
      }
    }
  }

  private async _proof(htm: string, url: string): Promise<string> {
    const pair = await (this._pair ??= device(this._device));
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
    const header = { typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } };
    const claims = {
      jti: crypto.randomUUID(),
      htm,
      htu: url.split("?")[0],
      iat: Math.floor((Date.now() + this._ahead) / 1000),
      nonce: this._nonce,
    };
    const input = base64url(JSON.stringify(header)) + "." + base64url(JSON.stringify(claims));
    const signature = await crypto.subtle.sign(KEY, pair.privateKey, new TextEncoder().encode(input));
    let bytes = "";
    each(new Uint8Array(signature), (byte) => (bytes += String.fromCharCode(byte)));
    return input + "." + base64url(bytes);
  }
}

/** Of a text of bytes; what is encoded here is ASCII. */
function base64url(bytes: string): string {
  return btoa(bytes).replace(/[+/=]/g, (c) => (c === "+" ? "-" : c === "/" ? "_" : ""));
}

/** The key that this browser keeps under a name, or a new one. */
async function device(name: string): Promise<CryptoKeyPair> {
  const made = crypto.subtle.generateKey(KEY, false, list<KeyUsage>("sign")) as Promise<CryptoKeyPair>;
  try {
    const open = indexedDB.open("attune", 1);
    open.onupgradeneeded = () => open.result.createObjectStore("kept");
    const database = await done(open);
    const fresh = await made;
    // two tabs that begin at once have to end with the same
    const store = database.transaction("kept", "readwrite").objectStore("kept");
    let pair: CryptoKeyPair = await done(store.get(name));
    if (!pair) await done(store.put((pair = fresh), name));
    database.close();
    return pair;
  } catch {
    // where nothing may be kept, a conversation lasts as long as the page
    return made;
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
