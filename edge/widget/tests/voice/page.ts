// The voice chunk as the widget loads it, with a panel that only takes notes.
import type { Start, VoiceCall, VoiceHost, VoiceRefusal } from "../../src/voice-types";
import { DeviceKey } from "../device-key/key";
import { Store } from "../device-key/store";

declare const API: string;

const key = new URLSearchParams(location.search).get("key") ?? "";
const device = Store.open("voice").then((store) => DeviceKey.of(store));
let nonce: string | undefined;

/** Asks the API with the key and a proof; once more with the nonce that it wants. */
async function ask(method: string, path: string, body?: object, again = false): Promise<any> {
  const url = API + path;
  const proof = await (await device).proof(method, url, undefined, nonce);
  const headers = { authorization: `Bearer ${key}`, dpop: proof, "content-type": "application/json" };
  const sent = JSON.stringify({ schema_version: 1, ...body });
  const refusal = (status: number, code: string): VoiceRefusal => Object.assign(new Error(code), { status, code });
  const answer = await fetch(url, { method, headers, body: sent }).catch(() => {
    throw refusal(0, "unreachable");
  });
  nonce = answer.headers.get("dpop-nonce") ?? nonce;
  const value = await answer.json();
  if (answer.ok) return value;
  if (value.code === "use_dpop_nonce" && !again) return ask(method, path, body, true);
  throw refusal(answer.status, value.code);
}

const notes: unknown[][] = [];

declare global {
  interface Window {
    notes: unknown[][];
    tracks: MediaStreamTrack[];
    call?: VoiceCall;
    /** The media server's end, see media.ts. */
    peer?: RTCPeerConnection;
  }
}
window.notes = notes;
window.tracks = [];

const host: VoiceHost = {
  api: API,
  locale: "en",
  still: () => matchMedia("(prefers-reduced-motion: reduce)").matches,
  stage: document.querySelector<HTMLElement>("#stage")!,
  call: (method, path, body) => {
    notes.push(["call", method, path, body ?? null]);
    return ask(method, path, body);
  },
  state: (state) => notes.push(["state", state]),
  level: (level) => notes.push(["level", level]),
  fault: (code, detail) => notes.push(["fault", code, detail]),
};

document.querySelector("button")!.addEventListener("click", async () => {
  const { start } = (await import(`${API}/widget/latest/voice.js`)) as { start: Start };
  const outcome = await start(host).then(
    (call) => {
      window.call = call;
      return "live";
    },
    () => "refused",
  );
  document.querySelector("output")!.value = outcome;
});
