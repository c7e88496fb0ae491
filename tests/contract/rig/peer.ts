import { Audio, type IceServer, PeerConnection, type Track, Video } from "node-datachannel";
import { type RtpPacket, readRtp } from "./rtp.ts";
import { waitFor, within } from "./wait.ts";

/** Payload types that the peers of the tests offer. */
export const payloadTypes = { h264: 96, opus: 111 } as const;

/** SSRC of the video that a publishing peer sends. */
export const publisherSsrc = 0x11223344;

/** A WebRTC peer, not yet connected to anything. */
export type Peer = {
  /** Complete offer with all candidates. */
  readonly offer: string;
  accept(answer: string): void;
  state(): string;
  /** RTP packets of the video so far. */
  readonly video: readonly RtpPacket[];
  readonly audio: readonly RtpPacket[];
  /** For a publishing peer. */
  sendVideo(packet: Buffer): void;
  waitForState(state: string, limitMs?: number): Promise<void>;
  stop(): void;
};

const h264Profile = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";

/** Packets that a peer keeps. */
const maxKeptPackets = 5000;

/** Makes a peer that wants to see (`read`) or to send (`publish`) H.264, and Opus where asked for. With a `relay` it knows no other way than by that TURN server. */
export async function createPeer(
  direction: "read" | "publish",
  options: { readonly audio?: boolean; readonly codec?: "H264" | "VP8"; readonly relay?: IceServer } = {},
): Promise<Peer> {
  const way = options.relay === undefined ? { iceServers: [] } : { iceServers: [options.relay], iceTransportPolicy: "relay" as const };
  const connection = new PeerConnection("contract", { ...way, bindAddress: "127.0.0.1" });
  let state = "new";
  connection.onStateChange((next) => {
    state = next;
  });
  const mode = direction === "read" ? "RecvOnly" : "SendOnly";
  const video = new Video("0", mode);
  if (options.codec === "VP8") {
    video.addVP8Codec(payloadTypes.h264);
  } else {
    video.addH264Codec(payloadTypes.h264, h264Profile);
  }
  if (direction === "publish") {
    video.addSSRC(publisherSsrc, "contract", "contract", "video");
  }
  const tracks: Track[] = [connection.addTrack(video)];
  if (options.audio === true) {
    const audio = new Audio("1", mode);
    audio.addOpusCodec(payloadTypes.opus);
    tracks.push(connection.addTrack(audio));
  }
  const received: [RtpPacket[], RtpPacket[]] = [[], []];
  tracks.forEach((track, index) => {
    track.onMessage((message) => {
      const packet = readRtp(message);
      const list = received[index];
      if (packet !== null && list !== undefined && list.length < maxKeptPackets) {
        list.push(packet);
      }
    });
  });
  const gathered = new Promise<void>((resolve) => {
    connection.onGatheringStateChange((next) => {
      if (next === "complete") {
        resolve();
      }
    });
  });
  connection.setLocalDescription();
  await within("gathering candidates", gathered, 5000).catch((error: unknown) => {
    connection.close();
    throw error;
  });
  return {
    offer: connection.localDescription()?.sdp ?? "",
    accept: (answer) => connection.setRemoteDescription(answer, "answer"),
    state: () => state,
    video: received[0],
    audio: received[1],
    sendVideo(packet) {
      if (tracks[0]?.isOpen() === true) {
        tracks[0].sendMessageBinary(packet);
      }
    },
    waitForState: async (wanted, limitMs = 8000) => {
      await waitFor(`the peer to be ${wanted}`, () => state === wanted, limitMs).catch((cause: unknown) => {
        throw new Error(`the peer is ${state} and not ${wanted}`, { cause });
      });
    },
    stop: () => connection.close(),
  };
}
