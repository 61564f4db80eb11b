// The visitor's side of a room, whatever the line does: the same as `shared/chat/src/member.rs`, which is tested there.
import type { Down, Said, Up } from "./types";

export type Member = ReturnType<typeof member>;

/** `queue`: what was not acknowledged yet, the oldest first; `keep` is called when it has changed. */
export function member(queue: Said[], send: (frame: Up) => void, keep: () => void) {
  const self = {
    _queue: queue,
    /** Number of the last event that is here. */
    _after: 0,
    /** Member id, once it is known. */
    _id: "",
    _welcomed: false,

    /** A connection is open, or an event is missing. */
    _hello: (): void => send({ t: "hello", v: 1, after: self._after }),

    /** Says it now or when its turn comes: one frame is on its way at a time. */
    _say(frame: Said): void {
      queue[queue.length] = frame;
      keep();
      if (!queue[1]) self._next();
    },

    /** Takes a frame of the room. Is it new? */
    _take(frame: Down): boolean {
      if (frame.t === "welcome") {
        self._id = frame.member;
        // what lies between is too old to come by itself
        self._after = Math.max(self._after, frame.from);
        self._welcomed = true;
        self._next();
      } else if (frame.t === "event") {
        if (frame.seq > self._after + 1) self._hello();
        if (frame.seq !== self._after + 1) return false;
        self._after++;
        if (frame.from === self._id) self._settled(frame.id);
      } else if (frame.t === "ack" || (frame.t === "error" && frame.code !== "ended")) {
        // a frame for a room that has ended waits for the next room
        self._settled(frame.id);
      }
      return true;
    },

    /** The room has taken or refused the frame of this id. */
    _settled(id?: string): void {
      if (!id || queue[0]?.id !== id) return;
      for (let i = 1; i < queue.length; i++) queue[i - 1] = queue[i]!;
      queue.length--;
      keep();
      self._next();
    },

    _next(): void {
      if (self._welcomed && queue[0]) send(queue[0]);
    },
  };
  return self;
}
