// Serves a folder's page, bundled, on two origins of this machine: what one keeps, the other does not see.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";

export class Site {
  /** Bundles `page.ts` with the API's origin in it, and serves it. */
  static async start({ build, folder, api }) {
    const bundled = await build({
      entryPoints: [path.join(folder, "page.ts")],
      bundle: true,
      format: "esm",
      target: "es2022",
      define: { API: JSON.stringify(api) },
      write: false,
      logLevel: "warning",
    });
    const files = {
      "/": ["text/html; charset=utf-8", fs.readFileSync(path.join(folder, "index.html"))],
      "/page.js": ["text/javascript; charset=utf-8", bundled.outputFiles[0].contents],
    };
    // as strict as a page can be that talks to the API
    const policy = `default-src 'none'; script-src 'self'; connect-src ${api}`;
    const listen = () =>
      new Promise((resolve) => {
        const server = http.createServer((request, response) => {
          const [type, body] = files[request.url] ?? [];
          if (type === undefined) return response.writeHead(404).end();
          response.writeHead(200, { "content-type": type, "content-security-policy": policy }).end(body);
        });
        server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`));
      });
    return Object.assign(new Site(), { origin: await listen(), otherOrigin: await listen() });
  }
}
