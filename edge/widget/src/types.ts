// Frames of a chat room (`shared/contracts/asyncapi.json`), what the API answers, and what pages may say to the widget.

/** What the widget says. With `id`: said until it is acknowledged. */
export type Up =
  | { t: "hello"; v: 1; after: number }
  | { t: "send"; id: string; text: string; attachments?: string[] }
  | { t: "typing" }
  | { t: "have" | "read"; seq: number }
  | { t: "page"; before: number; limit: number }
  | { t: "feedback"; seq: number; value: Verdict };

/** A message with its client id. */
export type Said = Extract<Up, { t: "send" }>;

export type Verdict = "up" | "down";

/** A durable thing; numbers of a room have no gaps. */
export interface RoomEvent {
  seq: number;
  at: string;
  from: string;
  kind: string;
  id?: string;
  text?: string;
  of?: number;
  answer?: string;
  replies?: string[];
  value?: Verdict;
  attachments?: { id: string; type: string; size: number }[];
}

/** What the room says. */
export type Down =
  | { t: "welcome"; member: string; room: string; head: number; from: number; assistant: boolean }
  | ({ t: "event" } & RoomEvent)
  | { t: "ack"; id: string; seq: number }
  | { t: "delta"; answer: string; n: number; text: string }
  | { t: "typing"; from: string }
  | { t: "presence"; members: string[] }
  | { t: "read"; from: string; seq: number }
  | { t: "page"; events: RoomEvent[]; more: boolean }
  | { t: "error"; id?: string; code: string; detail: string };

/** Answer to the opening of a room. */
export interface Ticket {
  room_id: string;
  member_id: string;
  ticket: string;
  socket: string;
  widget?: Settings;
}

/** What the tenant has set; attributes of the page win. */
export interface Settings {
  look?: { accent?: string; position?: string; theme?: string };
  texts?: { title?: string; greeting?: string; offline?: string; consent?: string };
  /** Within the opening hours? */
  open?: boolean;
  opens_at?: string;
}

/** What a page may say: `attune("open")`. */
export interface Attune {
  (command: "open" | "close" | "toggle" | "destroy"): void;
  (command: "send", text: string): void;
  /** The page's own user: this device has a conversation of its own for each. `null`: nobody. */
  (command: "identify", user: string | null): void;
  (command: "on" | "off", name: "open" | "close" | "message" | "state" | "error", listener: (event: CustomEvent) => void): void;
  /** Commands from before the script has come. */
  q?: ArrayLike<unknown>[];
}

declare global {
  interface Window {
    attune?: Attune;
  }
}
