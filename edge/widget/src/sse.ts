// Chunk: the line where WebSockets are blocked. Events come as `text/event-stream` (HTML, section 9.2), frames go by POST, one each.
import type { Api } from "./api";
import type { Wire } from "./line";
import { each, list } from "./plain";
import type { Ticket, Up } from "./types";

export function open(api: Api, { room_id }: Ticket): Wire {
  const path = "/v1/chat/rooms/" + room_id;
  const ends = new AbortController();
  let over = false;
  const wire = {
    onopen: null as (() => void) | null,
    onmessage: null as ((message: { data: string }) => void) | null,
    onclose: null as ((end: { code: number }) => void) | null,
    send(text: string) {
      // the stream has a heartbeat of its own
      if (text === "ping") return wire.onmessage?.({ data: "pong" });
      const frame = JSON.parse(text) as Up;
      if (frame.t === "hello" && !started) {
        started = true;
        return void read(frame.after);
      }
      last = last.then(() => post(frame));
    },
    close() {
      over = true;
      ends.abort();
    },
  };
  let started = false;
  // frames keep their order
  let last: Promise<void> = Promise.resolve();

  const closed = (code: number) => {
    if (over) return;
    wire.close();
    wire.onclose?.({ code });
  };
  const post = async (frame: Up) => {
    try {
      // as it is: a frame is no body with a version
      const body = new Blob(list(JSON.stringify(frame)), { type: "application/json" });
      const data = JSON.stringify(await api._call("POST", path + "/frames", body));
      if (!over) wire.onmessage?.({ data });
    } catch {
      closed(1006);
    }
  };
  const read = async (from: number) => {
    try {
      const answer = await api._fetch("GET", `${path}/events?after=${from}`, undefined, ends.signal);
      const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done || over) break;
        text += value;
        for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) take(text.slice(0, end));
      }
    } catch {
      // said below
    }
    closed(1006);
  };
  /** One event of the stream. */
  const take = (block: string) => {
    let name = "";
    let data = "";
    each(block.split("\n"), (line) => {
      if (line.startsWith("event:")) name = line.slice(6).trim();
      if (line.startsWith("data:")) data += line.slice(5).trim();
    });
    if (name === "close") closed((JSON.parse(data) as { code: number }).code);
    else if (data) wire.onmessage?.({ data });
  };
  setTimeout(() => {
    if (!over) wire.onopen?.();
  });
  return wire;
}
