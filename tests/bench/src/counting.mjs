// Stands around the built Worker and counts what Cloudflare bills: requests to the Worker and to objects, SQL rows read and
// written (as the runtime's cursors report them), alarms set. `GET /__counts` answers with the counts.
import worker, * as inner from "./index.js";

const counts = { requests: 0, object_requests: {}, alarms_run: 0, alarms_set: 0, socket_messages: 0 };
const cursors = [];
let rows = { read: 0, written: 0 };

function settle() {
  for (const cursor of cursors.splice(0)) {
    rows.read += cursor.rowsRead;
    rows.written += cursor.rowsWritten;
  }
}

function watch(storage) {
  const sql = Object.getPrototypeOf(storage.sql);
  if (!sql.__watched) {
    sql.__watched = true;
    const exec = sql.exec;
    sql.exec = function (...args) {
      const cursor = exec.apply(this, args);
      cursors.push(cursor);
      if (cursors.length > 4096) settle();
      return cursor;
    };
    const kind = Object.getPrototypeOf(storage);
    const setAlarm = kind.setAlarm;
    kind.setAlarm = function (...args) {
      counts.alarms_set += 1;
      return setAlarm.apply(this, args);
    };
  }
}

function counting(name, Inner) {
  return class extends Inner {
    constructor(state, env) {
      watch(state.storage);
      super(state, env);
    }
    async fetch(request) {
      counts.object_requests[name] = (counts.object_requests[name] ?? 0) + 1;
      return super.fetch(request);
    }
    async alarm(...args) {
      counts.alarms_run += 1;
      return super.alarm(...args);
    }
  };
}

export const Outbox = counting("Outbox", inner.Outbox);
export const ControlRoom = counting("ControlRoom", inner.ControlRoom);
export const Tenant = counting("Tenant", inner.Tenant);
export const Registry = counting("Registry", inner.Registry);

export const Session = inner.Session;
export const Room = inner.Room;
export const Limiter = inner.Limiter;
export class ChatRoom extends counting("ChatRoom", inner.ChatRoom) {
  async webSocketMessage(...args) {
    counts.socket_messages += 1;
    return super.webSocketMessage(...args);
  }
}

export default class extends worker {
  async fetch(request) {
    if (new URL(request.url).pathname === "/__counts") {
      settle();
      return Response.json({ ...counts, rows_read: rows.read, rows_written: rows.written });
    }
    counts.requests += 1;
    return super.fetch(request);
  }
}
