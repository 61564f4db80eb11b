// Calls of the API: the publishable key, and with it a proof (RFC 9449) by the key of this device, which no script can read.
import { each, list, time, ulid } from "./plain";

const KEY = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** The API has refused (RFC 9457); status 0: it was not reached. */
export interface Refused extends Error {
  status: number;
  code: string;
}

const refused = (status: number, code: string): Refused => Object.assign(Error(status + " " + code), { status, code });

export type Api = ReturnType<typeof api>;

/** `device`: which of the keys that this browser keeps. */
export function api(base: string, key: string, device: string) {
  let pair: Promise<CryptoKeyPair> | undefined;
  let nonce: string | null = null;
  // How far the server's clock is ahead of this device's, ms: many are wrong by more than a proof may be.
  let ahead = 0;

  const proof = async (htm: string, url: string): Promise<string> => {
    const { privateKey, publicKey } = await (pair ??= keyOf(device));
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
    const input =
      base64url(JSON.stringify({ typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } })) +
      "." +
      base64url(
        JSON.stringify({
          jti: ulid(),
          htm,
          htu: url.split("?")[0],
          iat: Math.floor((Date.now() + ahead) / 1000),
          nonce: nonce ?? undefined,
        }),
      );
    let bytes = "";
    each(new Uint8Array(await crypto.subtle.sign(KEY, privateKey, new TextEncoder().encode(input))), (byte) => {
      bytes += String.fromCharCode(byte);
    });
    return input + "." + base64url(bytes);
  };

  const self = {
    _base: base,

    /** The value of a good answer. */
    _call: async <T>(method: string, path: string, body?: object): Promise<T> => (await self._fetch(method, path, body)).json(),

    /** A good answer as it came. */
    async _fetch(method: string, path: string, body?: object, signal?: AbortSignal): Promise<Response> {
      const blob = body instanceof Blob && body;
      const sent = blob || (body && JSON.stringify({ schema_version: 1, ...body }));
      for (let tries = 3; ; ) {
        const url = base + path;
        const headers: Record<string, string> = { authorization: "Bearer " + key, dpop: await proof(method, url) };
        if (sent) headers["content-type"] = blob ? blob.type : "application/json";
        const answer = await fetch(url, { method, headers, body: sent, signal }).catch(() => {
          throw refused(0, "unreachable");
        });
        nonce = answer.headers.get("dpop-nonce") ?? nonce;
        if (answer.ok) return answer;
        // the id of a request is a ULID of the server's
        ahead = time(answer.headers.get("x-request-id")) - Date.now();
        const { code } = await answer.json().catch(() => ({}));
        // section 8: the server says which nonce it wants
        if (!--tries || !/dpop/.test(code)) throw refused(answer.status, code);
      }
    },
  };
  return self;
}

/** Of a text of bytes; what is encoded here is ASCII. */
const base64url = (bytes: string): string => btoa(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

/** The key that this browser keeps under a name, or a new one. */
async function keyOf(name: string): Promise<CryptoKeyPair> {
  const made = (await crypto.subtle.generateKey(KEY, false, list<KeyUsage>("sign"))) as CryptoKeyPair;
  try {
    const open = indexedDB.open("attune", 1);
    open.onupgradeneeded = () => open.result.createObjectStore("kept");
    const database = await done(open);
    // two tabs that begin at once have to end with the same
    const store = database.transaction("kept", "readwrite").objectStore("kept");
    const pair: CryptoKeyPair | undefined = await done(store.get(name));
    if (!pair) await done(store.put(made, name));
    database.close();
    return pair ?? made;
  } catch {
    // where nothing may be kept, a conversation lasts as long as the page
    return made;
  }
}

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
