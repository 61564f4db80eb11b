// One call: microphone, token, media server, and back again when the line was lost.
import { DisconnectReason, LocalAudioTrack, Room, RoomEvent, Track, setLogLevel } from "livekit-client";
import type { VoiceCall, VoiceHost, VoiceState } from "../voice-types";
import { type Failure, failure, ofMedia, ofServer } from "./faults";
import { Meter } from "./meter";

/** What `POST /v1/voice/token` and its renewal answer. */
interface Token {
  token: string;
  url: string;
  room_id: string;
}

/** Waits before the tries to come back, ms. The room keeps the seat for a minute. */
const BACK: readonly number[] = [0, 1_000, 3_000, 7_000, 15_000];
/** Ends that somebody wanted: to come back would be against their will. */
const WANTED: readonly DisconnectReason[] = [
  DisconnectReason.CLIENT_INITIATED,
  DisconnectReason.DUPLICATE_IDENTITY,
  DisconnectReason.PARTICIPANT_REMOVED,
  DisconnectReason.ROOM_DELETED,
  DisconnectReason.ROOM_CLOSED,
];
const AUDIO: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

// the console belongs to the page
setLogLevel("silent");

export class Call implements VoiceCall {
  private said?: VoiceState;
  private room?: Room;
  private track?: MediaStreamTrack;
  private microphone?: LocalAudioTrack;
  private meter?: Meter;
  private token?: Token;
  private silent = false;
  private over = false;
  private wake?: () => void;

  constructor(private readonly host: VoiceHost) {}

  get muted(): boolean {
    return this.silent;
  }

  /** The SDK takes its time, one change after the other; what counts is what was wanted last. */
  mute(muted: boolean): void {
    this.silent = muted;
    const done = muted ? this.microphone?.mute() : this.microphone?.unmute();
    done?.catch((reason: unknown) => this.fail(failure("microphone_missing", String(reason))));
  }

  async begin(): Promise<void> {
    this.say("connecting");
    try {
      // before the token, whose window is short: visitors think about such questions
      const stream = await navigator.mediaDevices.getUserMedia({ audio: AUDIO }).catch((reason) => {
        throw ofMedia(reason);
      });
      const [track] = stream.getAudioTracks();
      if (track === undefined) throw failure("microphone_missing", "no audio track");
      this.track = track;
      track.addEventListener("ended", () => this.fail(failure("microphone_missing", "the track ended")));
      // the track is ours: the SDK does not stop it, as it is needed to come back
      this.microphone = new LocalAudioTrack(track, AUDIO, true);
      this.meter = new Meter(this.host, track);
      await this.join("/v1/voice/token");
      this.say("live");
    } catch (reason) {
      await this.fail(ofServer(reason));
      throw reason;
    }
  }

  async hangUp(): Promise<void> {
    if (this.over) return;
    this.over = true;
    this.wake?.();
    this.meter?.end();
    this.track?.stop();
    // what the media server is told, or not, changes nothing for the visitor
    await this.room?.disconnect().catch(() => {});
    this.say("ended");
  }

  /** Asks for a token and joins with it. The first names no room, so that the API makes one. */
  private async join(path: string): Promise<void> {
    this.token = await this.host.call<Token>("POST", path, this.token && { room_id: this.token.room_id });
    const room = new Room({ stopLocalTrackOnUnpublish: false });
    this.room = room;
    room.on(RoomEvent.TrackSubscribed, (track) => {
      if (track.kind === Track.Kind.Audio) track.attach();
    });
    room.on(RoomEvent.TrackUnsubscribed, (track) => track.detach());
    room.on(RoomEvent.SignalReconnecting, () => this.say("reconnecting"));
    room.on(RoomEvent.Reconnecting, () => this.say("reconnecting"));
    room.on(RoomEvent.Reconnected, () => this.say("live"));
    await room.connect(this.token.url, this.token.token, { maxRetries: 1 });
    await room.localParticipant.publishTrack(this.microphone!, { source: Track.Source.Microphone });
    // hung up in the meantime
    if (this.over) return void (await room.disconnect());
    room.on(RoomEvent.Disconnected, (reason) => this.lost(reason));
  }

  /** The SDK has given up. */
  private async lost(reason: DisconnectReason = DisconnectReason.UNKNOWN_REASON): Promise<void> {
    if (this.over) return;
    if (WANTED.includes(reason)) return this.hangUp();
    this.say("reconnecting");
    let last: unknown;
    for (const wait of BACK) {
      await this.pause(wait);
      if (this.over) return;
      try {
        await this.join("/v1/voice/token/renew");
        return this.say("live");
      } catch (reason) {
        last = reason;
        await this.room?.disconnect().catch(() => {});
        // the seat is gone, or may not be had any more
        if (ofServer(reason).code !== "unreachable") break;
      }
    }
    await this.fail(failure("lost", `${DisconnectReason[reason]}; ${ofServer(last).detail}`));
  }

  /** Waits, unless somebody hangs up. */
  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, ms);
    });
  }

  private async fail({ code, detail }: Failure): Promise<void> {
    if (this.over) return;
    this.host.fault(code, detail);
    await this.hangUp();
  }

  private say(state: VoiceState): void {
    if (this.said === state || this.said === "ended" || (this.over && state !== "ended")) return;
    this.said = state;
    this.host.state(state);
  }
}
