// Entry of the npm package. Importing it defines the element and `window.attune`; on a server it does nothing. Chunks are named as
// literals, so that the bundler of whoever imports it finds them.
import { own } from "./chunk";
import { install } from "./index";

const chunks: Record<string, () => Promise<any>> = {
  // @ts-expect-error: built beside this file
  fr: () => import("./fr.js"),
  // @ts-expect-error: the same
  es: () => import("./es.js"),
  // @ts-expect-error: the same
  it: () => import("./it.js"),
  // @ts-expect-error: the same
  ar: () => import("./ar.js"),
  call: () => import("./call.js"),
  // @ts-expect-error: the same
  voice: () => import("./voice.js"),
  files: () => import("./files.js"),
  sse: () => import("./sse.js"),
  reports: () => import("./reports.js"),
};

Object.assign(own, chunks);
if (globalThis.document) install();
