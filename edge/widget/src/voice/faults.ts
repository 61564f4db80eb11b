// Why a call cannot be: the browser's, the API's and the media server's words in ours.
import { ConnectionError, ConnectionErrorReason } from "livekit-client";
import type { VoiceFault, VoiceRefusal } from "../voice-types";

export interface Failure {
  code: VoiceFault;
  /** For the tenant's reports; no personal data. */
  detail: string;
}

export function failure(code: VoiceFault, detail: string): Failure {
  return { code, detail };
}

/** `getUserMedia` refused (Media Capture and Streams, section 10.2): by the person or a policy, or there is nothing to open. */
export function ofMedia(reason: unknown): Failure {
  const name = reason instanceof DOMException ? reason.name : "TypeError";
  const denied = name === "NotAllowedError" || name === "SecurityError";
  return failure(denied ? "microphone_denied" : "microphone_missing", name);
}

/** Asking for a token, or joining with it, went wrong. */
export function ofServer(reason: unknown): Failure {
  if (isFailure(reason)) return reason;
  if (reason instanceof ConnectionError) {
    const refused = reason.reason === ConnectionErrorReason.NotAllowed;
    return failure(refused ? "not_allowed" : "unreachable", `media server: ${reason.reasonName}`);
  }
  const { status, code } = reason as VoiceRefusal;
  if (typeof status !== "number") return failure("unreachable", reason instanceof Error ? reason.name : "unknown");
  // the SDK's: joined, but not allowed to publish
  if (typeof code !== "string") return failure("not_allowed", `media server: ${status}`);
  const detail = `${status} ${code}`;
  if (status === 0 || status >= 500) return failure("unreachable", detail);
  return failure(code === "room_full" || status === 429 ? "no_capacity" : "not_allowed", detail);
}

function isFailure(reason: unknown): reason is Failure {
  return typeof reason === "object" && reason !== null && "detail" in reason && "code" in reason;
}
