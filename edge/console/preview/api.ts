// The API as a signed-in device asks it (RFC 9449): a proof with each request, the server's nonce when it asks for one, new tokens when the old ones
// have ended.
import type { DeviceKey } from "../../widget/tests/device-key/key";
import type { Store } from "../../widget/tests/device-key/store";

interface Tokens {
  access_token: string;
  refresh_token: string;
}

/** What is wrong with one field. */
export interface Fault {
  pointer: string;
  detail: string;
}

/** A problem of the API (RFC 9457). */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly faults: Fault[],
  ) {
    super(detail);
  }
}

/** An answer with its entity tag. */
export interface Tagged<T> {
  value: T;
  tag: string;
}

export interface Ask {
  body?: object;
  /** `If-Match` */
  tag?: string;
  /** Makes a repeat harmless. */
  once?: string;
}

export class Api {
  private nonce?: string;

  constructor(
    private readonly origin: string,
    private readonly store: Store,
    private readonly key: DeviceKey,
  ) {}

  /** Is somebody signed in, as far as this browser knows? */
  async signedIn(): Promise<boolean> {
    return (await this.store.get<Tokens>("tokens")) !== undefined;
  }

  signIn(tenant_id: string, email: string, password: string, code: string): Promise<void> {
    const body = { tenant_id, email, password, device_name: "Console", ...(code && { code }) };
    return this.begin("/v1/auth/password", body);
  }

  join(token: string, name: string): Promise<void> {
    return this.begin("/v1/invitations/accept", { token, name });
  }

  async signOut(): Promise<void> {
    const tokens = await this.store.get<Tokens>("tokens");
    await this.store.put("tokens", undefined);
    if (tokens !== undefined) await this.send("POST", "/v1/auth/logout", { body: { refresh_token: tokens.refresh_token } });
  }

  /** Asks a route; refreshes once where the access token has ended. */
  async call<T>(method: string, path: string, ask: Ask = {}): Promise<Tagged<T>> {
    const tokens = await this.tokens();
    try {
      return await this.send<T>(method, path, ask, tokens.access_token);
    } catch (problem) {
      if (!(problem instanceof Refused) || problem.code !== "token_expired") throw problem;
      await this.refresh(tokens.access_token);
      return this.send<T>(method, path, ask, (await this.tokens()).access_token);
    }
  }

  /** A refresh token is good once: of two tabs the second finds what the first has got. */
  private refresh(used: string): Promise<void> {
    return navigator.locks.request("attune-refresh", async () => {
      const { access_token, refresh_token } = await this.tokens();
      if (access_token === used) await this.begin("/v1/auth/refresh", { refresh_token });
    });
  }

  private async tokens(): Promise<Tokens> {
    const tokens = await this.store.get<Tokens>("tokens");
    if (tokens === undefined) throw new Refused(401, "session_ended", "Nobody is signed in.", []);
    return tokens;
  }

  private async begin(path: string, body: object): Promise<void> {
    const { value } = await this.send<Tokens>("POST", path, { body });
    await this.store.put("tokens", value);
  }

  private async send<T>(method: string, path: string, ask: Ask, token?: string): Promise<Tagged<T>> {
    try {
      return await this.attempt<T>(method, path, ask, token);
    } catch (problem) {
      // sections 8 and 9: the answer has brought the nonce to use
      if (!(problem instanceof Refused) || problem.code !== "use_dpop_nonce") throw problem;
      return this.attempt<T>(method, path, ask, token);
    }
  }

  private async attempt<T>(method: string, path: string, ask: Ask, token?: string): Promise<Tagged<T>> {
    const url = this.origin + path;
    const headers = new Headers({ dpop: await this.key.proof(method, url, token, this.nonce) });
    if (token !== undefined) headers.set("authorization", `DPoP ${token}`);
    if (ask.tag !== undefined) headers.set("if-match", ask.tag);
    if (ask.once !== undefined) headers.set("idempotency-key", ask.once);
    if (ask.body !== undefined) headers.set("content-type", "application/json");
    const body = ask.body && JSON.stringify({ schema_version: 1, ...ask.body });
    const answer = await fetch(url, { method, headers, body, credentials: "omit", cache: "no-store" });
    this.nonce = answer.headers.get("dpop-nonce") ?? this.nonce;
    const text = await answer.text();
    const value = text === "" ? undefined : JSON.parse(text);
    if (!answer.ok) throw new Refused(answer.status, value.code, value.detail, value.errors ?? []);
    return { value, tag: answer.headers.get("etag") ?? "" };
  }
}
