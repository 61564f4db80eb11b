// The key of this device and its proofs (RFC 9449): P-256, made by the browser, not extractable, so that no script ever holds its bytes.
import type { Store } from "./store";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };

export class DeviceKey {
  private constructor(
    private readonly pair: CryptoKeyPair,
    private readonly jwk: { kty: string; crv: string; x: string; y: string },
  ) {}

  /** The key that the store has, or a new one. */
  static async of(store: Store): Promise<DeviceKey> {
    let pair = await store.get<CryptoKeyPair>("key");
    if (pair === undefined) {
      // `false` is about the private half: the public one can be exported all the same
      const made = await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
      pair = await store.keepFirst("key", made);
    }
    const { kty = "", crv = "", x = "", y = "" } = await crypto.subtle.exportKey("jwk", pair.publicKey);
    return new DeviceKey(pair, { kty, crv, x, y });
  }

  /** RFC 7638: the members in this order, and nothing else. */
  async thumbprint(): Promise<string> {
    const { crv, kty, x, y } = this.jwk;
    return sha256(JSON.stringify({ crv, kty, x, y }));
  }

  /** A proof for one request. `url` loses query and fragment (section 4.2). */
  async proof(method: string, url: string, accessToken?: string, nonce?: string): Promise<string> {
    const htu = new URL(url);
    htu.search = "";
    htu.hash = "";
    const claims = {
      jti: crypto.randomUUID(),
      htm: method,
      htu: htu.href,
      iat: Math.floor(Date.now() / 1000),
      ...(accessToken === undefined ? {} : { ath: await sha256(accessToken) }),
      ...(nonce === undefined ? {} : { nonce }),
    };
    const header = { typ: "dpop+jwt", alg: "ES256", jwk: this.jwk };
    const input = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, this.pair.privateKey, bytes(input));
    return `${input}.${base64url(new Uint8Array(signature))}`;
  }
}

async function sha256(text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes(text))));
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function base64url(data: string | Uint8Array): string {
  const raw = typeof data === "string" ? bytes(data) : data;
  return btoa(String.fromCharCode(...raw)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
