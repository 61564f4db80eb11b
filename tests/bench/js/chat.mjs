// The peer of the chat room: the same frames, numbers, exactly-once and coalescing, by `ws` and `node:sqlite` in one process.
// Arguments: port, file of the database.
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";

const { WebSocketServer } = createRequire(`${process.env.NODE_MODULES}/`)("ws");
const [port, file] = process.argv.slice(2);
const TOGETHER_MS = 20;
const MAX_UNCONFIRMED = 1_000;
const CHUNK = 200;

const db = new DatabaseSync(file);
// as workerd keeps the databases of objects: each commit is synced before anybody hears of it (seen by strace)
db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
db.exec(`CREATE TABLE event (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, member TEXT NOT NULL, kind TEXT NOT NULL, client TEXT, text TEXT);
  CREATE UNIQUE INDEX event_once ON event (member, client) WHERE client IS NOT NULL`);
const known = db.prepare("SELECT seq FROM event WHERE member = ? AND client = ?");
const insert = db.prepare("INSERT INTO event (seq, at, member, kind, client, text) VALUES (?, ?, ?, ?, ?, ?)");
const after = db.prepare("SELECT * FROM event WHERE seq > ? ORDER BY seq");
let head = 0;

const live = new Set();
let waiting = [];
let sending = false;

const frame = (row) =>
  JSON.stringify({ t: "event", seq: row.seq, at: new Date(row.at).toISOString(), from: row.member, kind: row.kind, id: row.client ?? undefined, text: row.text ?? undefined });
const tell = (socket, frames) => socket.send(`[${frames.join(",")}]`);

function append(member, kind, client, text) {
  const row = { seq: head + 1, at: Date.now(), member, kind, client, text };
  insert.run(row.seq, row.at, member, kind, client, text);
  head = row.seq;
  return frame(row);
}

function sendWaiting() {
  if (waiting.length === 0) return;
  const text = `[${waiting.join(",")}]`;
  waiting = [];
  for (const socket of live) {
    if (head - socket.confirmed > MAX_UNCONFIRMED) {
      live.delete(socket);
      socket.close(4408);
    } else {
      socket.send(text);
    }
  }
}

function broadcast(frames) {
  waiting.push(...frames);
  if (sending) return;
  sending = true;
  sendWaiting();
  const again = () => {
    if (waiting.length === 0) {
      sending = false;
      return;
    }
    sendWaiting();
    setTimeout(again, TOGETHER_MS);
  };
  setTimeout(again, TOGETHER_MS);
}

function take(socket, said) {
  switch (said.t) {
    case "hello": {
      const from = Math.max(said.after, head - 1_000);
      const own = [JSON.stringify({ t: "welcome", member: socket.member, room: "r", head, from, assistant: true })];
      for (const row of after.all(from)) own.push(frame(row));
      for (let at = 0; at < own.length; at += CHUNK) tell(socket, own.slice(at, at + CHUNK));
      socket.confirmed = head;
      live.add(socket);
      break;
    }
    case "send": {
      if (typeof said.id !== "string" || said.id.length !== 26 || typeof said.text !== "string" || said.text.length > 4_000) return socket.close(4400);
      const there = known.get(socket.member, said.id);
      if (!there) broadcast([append(socket.member, "message", said.id, said.text)]);
      tell(socket, [JSON.stringify({ t: "ack", id: said.id, seq: there ? there.seq : head })]);
      break;
    }
    case "have":
      socket.confirmed = Math.max(socket.confirmed, Math.min(said.seq, head));
      break;
    default:
      socket.close(4400);
  }
}

const http = createServer((_, answer) => answer.end("ok"));
const server = new WebSocketServer({ server: http, maxPayload: 16_384, perMessageDeflate: false });
server.on("connection", (socket, request) => {
  socket.member = new URL(request.url, "http://peer").searchParams.get("member");
  socket.confirmed = head;
  socket.on("message", (data, binary) => {
    if (binary) return socket.close(4400);
    const text = data.toString();
    if (text === "ping") return socket.send("pong");
    let said;
    try {
      said = JSON.parse(text);
    } catch {
      return socket.close(4400);
    }
    take(socket, said);
  });
  socket.on("close", () => live.delete(socket));
});
http.listen(Number(port), "127.0.0.1");
