// The visitor's side of a room, whatever the line does: the same as `shared/chat/src/member.rs`, which is tested there.
import type { Down, Said, Up } from "./types";

export class Member {
  /** Number of the last event that is here. */
  _after = 0;
  /** Member id, once it is known. */
  _id = "";
  _welcomed = false;

  /** `_queue`: what was not acknowledged yet, the oldest first. `_keep` is called when it has changed. */
  constructor(
    readonly _queue: Said[],
    private readonly _send: (frame: Up) => void,
    private readonly _keep: () => void,
  ) {}

  /** A connection is open. */
  _hello(): void {
    this._welcomed = false;
    this._send({ t: "hello", v: 1, after: this._after });
  }

  /** Says it now or when its turn comes: one frame is on its way at a time. */
  _say(frame: Said): void {
    this._queue[this._queue.length] = frame;
    this._keep();
    if (this._queue.length === 1) this._next();
  }

  /** Takes a frame of the room. Is it new? */
  _take(frame: Down): boolean {
    switch (frame.t) {
      case "welcome":
        this._id = frame.member;
        // what lies between is too old to come by itself
        this._after = Math.max(this._after, frame.from);
        this._welcomed = true;
        this._next();
        return true;
      case "event":
        if (frame.seq <= this._after) return false;
        if (frame.seq > this._after + 1) {
          this._send({ t: "hello", v: 1, after: this._after });
          return false;
        }
        this._after = frame.seq;
        if (frame.from === this._id) this._settled(frame.id);
        return true;
      case "ack":
        this._settled(frame.id);
        return true;
      case "error":
        // a frame for a room that has ended waits for the next room
        if (frame.code !== "ended") this._settled(frame.id);
    }
    return true;
  }

  /** The room has taken or refused the frame of this id. */
  _settled(id?: string): void {
    const queue = this._queue;
    if (!id || queue[0]?.id !== id) return;
    for (let i = 1; i < queue.length; i++) queue[i - 1] = queue[i]!;
    queue.length--;
    this._keep();
    this._next();
  }

  _next(): void {
    if (this._welcomed && this._queue[0]) this._send(this._queue[0]);
  }
}
