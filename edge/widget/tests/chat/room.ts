// A room that speaks only by server-sent events: behind a network that lets no WebSocket through.
import http from "node:http";
import type { AddressInfo } from "node:net";

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "*",
  "access-control-allow-methods": "*",
  "access-control-expose-headers": "*",
};

type Frame = { t: string; id?: string; text?: string; [field: string]: unknown };

export async function room(answer: string) {
  const events: Frame[] = [];
  const frames: Frame[] = [];
  const streams = new Set<http.ServerResponse>();
  let opened = 0;
  let upgrades = 0;
  const append = (frame: Omit<Frame, "t">) => {
    const event = { t: "event", seq: events.length + 1, at: "2026-01-02T03:04:05.000Z", kind: "message", ...frame };
    events.push(event);
    for (const stream of streams) stream.write(`id: ${events.length}\ndata: ${JSON.stringify([event])}\n\n`);
  };
  const take = (frame: Frame) => {
    frames.push(frame);
    if (frame.t !== "send") return [];
    const known = events.findIndex(({ id }) => id === frame.id);
    if (known < 0) append({ from: "vis_1", id: frame.id, text: frame.text });
    if (known < 0) append({ from: "ast", text: answer });
    return [{ t: "ack", id: frame.id, seq: known < 0 ? events.length - 1 : known + 1 }];
  };
  const server = http.createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, "http://x");
    const json = (status: number, value: object) =>
      response.writeHead(status, { ...CORS, "content-type": "application/json" }).end(JSON.stringify(value));
    if (request.method === "OPTIONS") return response.writeHead(204, CORS).end();
    if (pathname.endsWith("/rooms")) return json(201, { room_id: "chr_1", member_id: "vis_1", ticket: "t", socket: "/socket" });
    if (pathname.endsWith("/events")) {
      opened++;
      streams.add(response);
      response.on("close", () => streams.delete(response));
      response.writeHead(200, { ...CORS, "content-type": "text/event-stream" });
      const after = Number(searchParams.get("after"));
      const welcome = { t: "welcome", member: "vis_1", room: "chr_1", head: events.length, from: after, assistant: true };
      // in two pieces, as networks cut it
      const text = `: heartbeat\n\ndata: ${JSON.stringify([welcome, ...events.slice(after)])}\n\n`;
      response.write(text.slice(0, 30));
      setImmediate(() => response.write(text.slice(30)));
      return;
    }
    if (pathname.endsWith("/frames")) {
      const body: Buffer[] = [];
      for await (const piece of request) body.push(piece);
      return json(200, take(JSON.parse(Buffer.concat(body).toString())));
    }
    json(404, { code: "not_found" });
  });
  server.on("upgrade", (_, socket) => (upgrades++, socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    frames,
    append,
    counts: () => ({ opened, upgrades }),
    /** The room closes all streams. */
    end: (code: number) =>
      streams.forEach((stream) => stream.end(`event: close\ndata: ${JSON.stringify({ code, reason: "so" })}\n\n`)),
    /** All streams end as a network ends them. */
    cut: () => streams.forEach((stream) => stream.destroy()),
    close: () => (server.closeAllConnections(), server.close()),
  };
}
