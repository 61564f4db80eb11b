// A media server of LiveKit's manners for one visitor: its signalling (livekit/protocol, one peer connection, path /rtc/v1) is answered
// here, its WebRTC end is a second peer connection in the same page. Audio that arrives there has gone the whole way.
import { createRequire } from "node:module";
import { gunzipSync } from "node:zlib";
import type { Page, WebSocketRoute } from "playwright-core";

const packages = process.argv[2] ?? "";
// the same package that the SDK is built on
const protocol = createRequire(`${packages}/x.js`)("@livekit/protocol");

export const MEDIA = "wss://media.example.com";

/** What the visitor's side has asked for, by kind: `addTrack`, `mute`, `leave`, … */
type Asked = { case: string; value: any };

export class MediaServer {
  /** Token of every join, in order. */
  readonly tokens: string[] = [];
  readonly asked: Asked[] = [];
  private socket?: WebSocketRoute;

  static async start(page: Page): Promise<MediaServer> {
    const server = new MediaServer(page);
    await page.routeWebSocket(`${MEDIA}/**`, (socket) => void server.serve(socket));
    return server;
  }

  private constructor(private readonly page: Page) {}

  /** Tells the visitor to go: `DISCONNECT`, with a reason. */
  leave(reason: string): void {
    const { LeaveRequest, LeaveRequest_Action, DisconnectReason } = protocol;
    this.say("leave", new LeaveRequest({ action: LeaveRequest_Action.DISCONNECT, reason: DisconnectReason[reason] }));
  }

  /** Cuts the line without a word. */
  cut(): void {
    void this.socket?.close({ code: 1011 });
  }

  /** Waits until it was asked for something so many times. */
  async hears(kind: string, times: number): Promise<void> {
    while (this.asked.filter((asked) => asked.case === kind).length < times) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Packets of audio that have arrived so far on the connection of the last join. */
  packets(): Promise<number> {
    return this.page.evaluate(async () => {
      let packets = 0;
      for (const report of (await window.peer!.getStats()).values()) {
        if (report.type === "inbound-rtp" && report.kind === "audio") packets += report.packetsReceived;
      }
      return packets;
    });
  }

  private say(kind: string, value: object): void {
    const bytes: Uint8Array = new protocol.SignalResponse({ message: { case: kind, value } }).toBinary();
    this.socket?.send(Buffer.from(bytes));
  }

  private async serve(socket: WebSocketRoute): Promise<void> {
    this.socket = socket;
    const { searchParams } = new URL(socket.url());
    const wrapped = protocol.WrappedJoinRequest.fromBinary(Buffer.from(searchParams.get("join_request") ?? "", "base64url"));
    const request = protocol.JoinRequest.fromBinary(wrapped.compression === 1 ? gunzipSync(wrapped.joinRequest) : wrapped.joinRequest);
    socket.onMessage((bytes) => void this.hear(protocol.SignalRequest.fromBinary(Buffer.from(bytes)).message));
    if (request.reconnect) return this.say("reconnect", new protocol.ReconnectResponse({}));
    this.tokens.push(searchParams.get("access_token") ?? "");
    const permission = { canSubscribe: true, canPublish: true };
    const participant = { sid: "PA_visitor", identity: "visitor", state: 2, permission };
    const info = { room: { sid: "RM_room", name: "room" }, participant, pingInterval: 30, pingTimeout: 90 };
    this.say("join", new protocol.JoinResponse({ ...info, serverInfo: { version: "1.9.0", protocol: 16 } }));
    await this.page.evaluate(() => {
      window.peer?.close();
      window.peer = undefined;
    });
    await this.answer(request.publisherOffer);
  }

  private async hear(message: Asked): Promise<void> {
    this.asked.push(message);
    const { case: kind, value } = message;
    if (kind === "offer") await this.answer(value);
    if (kind === "trickle") {
      await this.page.evaluate((candidate) => window.peer?.addIceCandidate(JSON.parse(candidate)), value.candidateInit);
    }
    if (kind === "addTrack") {
      const track = new protocol.TrackInfo({ sid: "TR_voice", type: value.type, source: value.source, mimeType: "audio/opus" });
      this.say("trackPublished", new protocol.TrackPublishedResponse({ cid: value.cid, track }));
    }
    if (kind === "pingReq") this.say("pongResp", new protocol.Pong({ lastPingTimestamp: value.timestamp, timestamp: value.timestamp }));
  }

  /** Answers an offer with all of this side's candidates in it. */
  private async answer({ sdp, id }: { sdp: string; id: number }): Promise<void> {
    const answer = await this.page.evaluate(async (sdp) => {
      const peer = (window.peer ??= new RTCPeerConnection());
      await peer.setRemoteDescription({ type: "offer", sdp });
      await peer.setLocalDescription();
      while (peer.iceGatheringState !== "complete") {
        await new Promise((resolve) => peer.addEventListener("icegatheringstatechange", resolve, { once: true }));
      }
      return peer.localDescription!.sdp;
    }, sdp);
    this.say("answer", new protocol.SessionDescription({ type: "answer", sdp: answer, id }));
  }
}
