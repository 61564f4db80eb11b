// What the widget and the voice chunk (`./voice.js`, loaded on the first press on the microphone) say to each other. The widget has asked
// for the visitor's consent before it loads the chunk; the browser asks for the microphone when the chunk opens it.

/** How a call stands; the widget says it in the visitor's language and to screen readers. */
export type VoiceState = "connecting" | "live" | "reconnecting" | "ended";

/** Why a call cannot be, or ended by itself. */
export type VoiceFault = "microphone_denied" | "microphone_missing" | "not_allowed" | "no_capacity" | "unreachable" | "lost";

/** What the widget gives to a call. */
export interface VoiceHost {
  /** Where the API is, without a slash at the end. */
  readonly api: string;
  /** The language of the panel, BCP 47. */
  readonly locale: string;
  /** Is little movement wanted? Asked anew at each drawing: visitors change their mind. */
  readonly still: () => boolean;
  /** Empty element of the panel (in its shadow root) for the waveform. Its `color` is the accent; the chunk empties it at the end. */
  readonly stage: HTMLElement;
  /** Asks the API with the publishable key and a proof of the device; rejects with [`VoiceRefusal`]. A body gets its `schema_version`. */
  call<T>(method: string, path: string, body?: object): Promise<T>;
  /** How the call stands now. The first is `connecting`, the last `ended`, each once in a row. */
  state(state: VoiceState): void;
  /** Loudness of the microphone, 0 to 1, at most ten times a second. */
  level(level: number): void;
  /** Something went wrong: shown to the visitor by the code; the detail goes to the tenant's reports and must not hold personal data. */
  fault(code: VoiceFault, detail?: string): void;
}

/** The API refused: RFC 9457. Status 0: it could not be reached. */
export interface VoiceRefusal extends Error {
  readonly status: number;
  readonly code: string;
}

/** A call that goes on. */
export interface VoiceCall {
  /** Is the microphone silent? */
  readonly muted: boolean;
  mute(muted: boolean): void;
  /** Ends it and gives the microphone back; again is harmless. `state("ended")` has been said when it resolves. */
  hangUp(): Promise<void>;
}

/** The chunk's only export. Resolves when the call is live; rejects after `fault` and `state("ended")`. */
export type Start = (host: VoiceHost) => Promise<VoiceCall>;
