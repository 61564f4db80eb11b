// The page that embeds a widget, and the widgets, from one server of this machine; what goes to any other is refused and counted.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import zlib from "node:zlib";

/** Sides of the comparison: the tag that their documents say, and the script behind it. `none` is the page alone. */
export function sides(widget, peers) {
  const file = (...parts) => path.join(...parts);
  return {
    none: { tag: "" },
    attune: { script: file(widget, "widget.js"), tag: '<script async src="/attune/widget.js" data-key="pk_bench"></script>' },
    elevenlabs: {
      script: file(peers, "@elevenlabs/convai-widget-embed/dist/index.js"),
      tag: '<elevenlabs-convai agent-id="bench"></elevenlabs-convai><script async src="/elevenlabs/widget.js"></script>',
    },
    vapi: {
      script: file(peers, "@vapi-ai/client-sdk-react/dist/embed/widget.umd.js"),
      tag: '<vapi-widget public-key="bench" assistant-id="bench" mode="chat"></vapi-widget><script async src="/vapi/widget.js"></script>',
    },
  };
}

/** Serves `/<side>` and `/<side>/widget.js`, compressed as a web server does; the origin. */
export function serve(all) {
  const html = fs.readFileSync(new URL("page.html", import.meta.url), "utf8");
  const files = new Map();
  for (const [name, { script, tag }] of Object.entries(all)) {
    files.set(`/${name}`, ["text/html; charset=utf-8", Buffer.from(html.replace("<!-- widget -->", tag))]);
    if (script) files.set(`/${name}/widget.js`, ["text/javascript; charset=utf-8", fs.readFileSync(script)]);
  }
  files.set("/robots.txt", ["text/plain", Buffer.from("User-agent: *\nAllow: /\n")]);
  const packed = new Map([...files].map(([name, [type, body]]) => [name, [type, zlib.gzipSync(body, { level: 9 })]]));
  const server = http.createServer((request, response) => {
    const [type, body] = packed.get(request.url) ?? [];
    if (type === undefined) return response.writeHead(404).end();
    const headers = { "content-type": type, "content-encoding": "gzip", "content-length": body.length };
    response.writeHead(200, { ...headers, "cache-control": "public, max-age=300" }).end(body);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve({ server, origin: `http://127.0.0.1:${server.address().port}` }));
  });
}
