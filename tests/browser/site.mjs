// Serves a folder's pages on two origins of this machine: what one keeps, the other does not see.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";

const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8" };

export class Site {
  /**
   * Serves the folder's files; `/` is `index.html`, and `/page.js` is `page.ts`, bundled with the API's origin in it. In a page `{{api}}`
   * is the API's origin, `{{data}}` the parameters of its address, as attributes, and `{{policy}}` the policy that it is served with.
   */
  static async start({ build, folder, api }) {
    const script = path.join(folder, "page.ts");
    const bundled = fs.existsSync(script) && (await build({
      entryPoints: [script],
      bundle: true,
      format: "esm",
      target: "es2022",
      define: { API: JSON.stringify(api) },
      write: false,
      logLevel: "warning",
    }));
    // as strict as a page can be that talks to the API: a WebSocket is a scheme of its own
    const live = api.replace(/^http/, "ws");
    const policy =
      `default-src 'none'; script-src 'self' ${api}; style-src 'self'; connect-src ${api} ${live}; ` +
      "require-trusted-types-for 'script'; trusted-types page";
    const serve = (request, response) => {
      const { pathname, searchParams } = new URL(request.url, "http://x");
      const name = pathname === "/" ? "index.html" : path.basename(pathname);
      const headers = { "content-type": TYPES[path.extname(name)] ?? "text/plain", "content-security-policy": policy };
      if (name === "page.js" && bundled) return response.writeHead(200, headers).end(bundled.outputFiles[0].contents);
      const file = path.join(folder, name);
      if (!TYPES[path.extname(name)] || !fs.existsSync(file)) return response.writeHead(404).end();
      let text = fs.readFileSync(file, "utf8");
      if (name.endsWith(".html")) {
        const data = Array.from(searchParams, ([name, value]) => `${name}="${value.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"`);
        text = text.replaceAll("{{api}}", api).replaceAll("{{data}}", data.join(" "));
      }
      response.writeHead(200, headers).end(text);
    };
    const listen = () =>
      new Promise((resolve) => {
        const server = http.createServer(serve);
        server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`));
      });
    return Object.assign(new Site(), { folder, origin: await listen(), otherOrigin: await listen() });
  }
}
