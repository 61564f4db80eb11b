// Serves the examples: node serve.mjs <node_modules> <built widget> <API's origin> <publishable key> [port]
//
// The two words that a site replaces once, YOUR-API and pk_YOUR_KEY, are replaced on the way; React's and Vue's are bundled.
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8" };
const BUNDLED = { react: "app.jsx", vue: "app.js" };

/** Starts the server; `fill(key)` says which key the pages have from then on. */
export async function serve({ folder, packages, widget, api, port = 0 }) {
  const { build } = createRequire(`${packages}/x.js`)("esbuild");
  const files = new Map();
  const read = (name) => files.set(`/${name}`, fs.readFileSync(path.join(folder, name)));
  read("index.html");
  for (const name of ["plain", "styled", "strict-csp", "react", "vue", "spa"]) read(`${name}/index.html`);
  read("spa/app.js");
  for (const [name, entry] of Object.entries(BUNDLED)) {
    const made = await build({
      entryPoints: { app: path.join(folder, name, entry) },
      outdir: "/",
      bundle: true,
      // the package's chunks stay what they are: loaded when they are wanted
      splitting: true,
      format: "esm",
      target: "es2022",
      jsx: "automatic",
      nodePaths: [packages],
      alias: { "@attune/widget": path.join(widget, "index.js") },
      define: { "process.env.NODE_ENV": '"production"' },
      write: false,
      logLevel: "error",
    });
    for (const { path: file, contents } of made.outputFiles) files.set(`/${name}${file}`, Buffer.from(contents));
  }
  let key = "";
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    const name = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    const body = files.get(name);
    if (body === undefined) return response.writeHead(404).end();
    const text = body.toString().replaceAll("wss://YOUR-API", api.replace(/^http/, "ws")).replaceAll("https://YOUR-API", api);
    response.writeHead(200, { "content-type": TYPES[path.extname(name)] }).end(text.replaceAll("pk_YOUR_KEY", key));
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, fill: (text) => (key = text), close: () => server.close() };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href && process.argv[1].endsWith("serve.mjs")) {
  const [packages, widget, api, key, port = "8900"] = process.argv.slice(2);
  const { origin, fill } = await serve({ folder: import.meta.dirname, packages, widget, api, port: Number(port) });
  fill(key);
  console.log(origin);
}
