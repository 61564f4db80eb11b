// Calls of the API by a signed-in device: a proof with each, a fresh nonce when the server asks for one, new tokens before the old ones end.
import type { DeviceKey } from "./key";
import type { Store } from "./store";

/** What a sign-in gives; bound to the device's key, so worth nothing elsewhere. */
interface Tokens {
  access_token: string;
  refresh_token: string;
  user_id: string;
  device_id: string;
}

/** A problem of the API (RFC 9457). */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(`${status} ${code}`);
  }
}

export class Client {
  private nonce?: string;

  constructor(
    private readonly api: string,
    private readonly store: Store,
    private readonly key: DeviceKey,
  ) {}

  /** Joins a tenant by an invitation. */
  join(token: string, name: string): Promise<Tokens> {
    return this.begin("/v1/invitations/accept", { token, name });
  }

  signIn(tenant_id: string, email: string, password: string): Promise<Tokens> {
    return this.begin("/v1/auth/password", { tenant_id, email, password, device_name: "Browser" });
  }

  /** Asks a route; refreshes once where the access token has ended. */
  async call(method: string, path: string, body?: object): Promise<unknown> {
    const { access_token } = await this.tokens();
    try {
      return await this.send(method, path, body, access_token);
    } catch (problem) {
      if (!(problem instanceof Refused) || problem.code !== "token_expired") throw problem;
      const renewed = await this.refresh(access_token);
      return this.send(method, path, body, renewed.access_token);
    }
  }

  /** Trades the refresh token, which is good once. One tab at a time: a second one finds what the first has got. */
  refresh(used?: string): Promise<Tokens> {
    return navigator.locks.request("attune-refresh", async () => {
      const kept = await this.tokens();
      if (used !== undefined && kept.access_token !== used) return kept;
      return this.begin("/v1/auth/refresh", { refresh_token: kept.refresh_token });
    });
  }

  async tokens(): Promise<Tokens> {
    const tokens = await this.store.get<Tokens>("tokens");
    if (tokens === undefined) throw new Error("nobody is signed in");
    return tokens;
  }

  private async begin(path: string, body: object): Promise<Tokens> {
    const tokens = (await this.send("POST", path, body)) as Tokens;
    await this.store.put("tokens", tokens);
    return tokens;
  }

  private async send(method: string, path: string, body?: object, accessToken?: string): Promise<unknown> {
    const first = await this.attempt(method, path, body, accessToken);
    // sections 8 and 9: a proof without the server's nonce, or with an old one, is answered by the one to use
    const again = first.problem === "use_dpop_nonce";
    const { status, problem, value } = again ? await this.attempt(method, path, body, accessToken) : first;
    if (problem !== undefined) throw new Refused(status, problem);
    return value;
  }

  private async attempt(method: string, path: string, body?: object, accessToken?: string) {
    const url = this.api + path;
    const headers = new Headers({ dpop: await this.key.proof(method, url, accessToken, this.nonce) });
    if (accessToken !== undefined) headers.set("authorization", `DPoP ${accessToken}`);
    if (body !== undefined) headers.set("content-type", "application/json");
    const sent = body === undefined ? undefined : JSON.stringify({ schema_version: 1, ...body });
    const answer = await fetch(url, { method, headers, body: sent, credentials: "omit" });
    this.nonce = answer.headers.get("dpop-nonce") ?? this.nonce;
    const text = await answer.text();
    const value = text === "" ? undefined : JSON.parse(text);
    return { status: answer.status, problem: answer.ok ? undefined : String(value?.code), value };
  }
}
