// The voice path, loaded when the microphone is pressed: a room of LiveKit's, joined with a token that the API made for this device.
import type { Start } from "../voice-types";
import { Call } from "./call";

export const start: Start = async (host) => {
  const call = new Call(host);
  await call.begin();
  return call;
};
