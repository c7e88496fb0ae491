import type { AccessUnit, AudioTrack, LiveStream, StreamReader, VideoTrack } from "../../stream/types.ts";
import type { Peer, PeerEvents, PeerFactory, PeerMedia } from "../peer.ts";

/** A peer that records what it is given. */
export type FakePeer = Peer & {
  readonly media: readonly PeerMedia[];
  readonly events: PeerEvents;
  readonly sent: { readonly mid: string; readonly packet: Buffer }[];
  readonly candidates: string[];
  closed: boolean;
};

/** A factory whose peers do nothing by themselves. */
export function createFakePeers(): PeerFactory & { readonly made: FakePeer[] } {
  const made: FakePeer[] = [];
  return {
    made,
    start: async () => undefined,
    stop: async () => undefined,
    create(_remote, media, events) {
      const peer: FakePeer = {
        media,
        events,
        sent: [],
        candidates: [],
        closed: false,
        local: { iceUfrag: "abcd", icePwd: "0123456789012345678901", fingerprint: "sha-256 AA:BB", setup: "active" },
        send(mid, packet) {
          peer.sent.push({ mid, packet: Buffer.from(packet) });
          return !peer.closed;
        },
        addRemoteCandidate: (candidate) => peer.candidates.push(candidate),
        selectedPair: () => ({ local: "host/udp/127.0.0.1/8189", remote: "prflx/udp/127.0.0.1/4000" }),
        close() {
          peer.closed = true;
        },
      };
      made.push(peer);
      return peer;
    },
  };
}

/** A picture with as many payloads as `sizes`, each filled with its index. */
export function makeUnit(pts90k: number, idr: boolean, sizes: readonly number[] = [20]): AccessUnit {
  const rtpPayloads = sizes.map((size, index) => Buffer.alloc(size, index + 1));
  return {
    pts90k,
    arrivalWallMs: 1_700_000_000_000 + pts90k / 90,
    idr,
    nals: rtpPayloads,
    rtpPayloads,
    sizeBytes: sizes.reduce((a, b) => a + b, 0),
  };
}

/** The video of {@link FakeStream}. */
export const fakeVideo: VideoTrack = {
  codec: "H264",
  sps: Buffer.from([0x67]),
  pps: Buffer.from([0x68]),
  width: 640,
  height: 360,
  profileLevelId: "42c01f",
  fps: 30,
};

/** A stream whose pictures a test sends by hand. */
export class FakeStream implements LiveStream {
  readonly path: string;
  video: VideoTrack | null = fakeVideo;
  audio: AudioTrack | null = null;
  gop: AccessUnit[] = [];
  webrtcRefusal: string | null = null;
  readonly readers = new Set<StreamReader>();
  outboundBytes = 0;
  keyFrameRequests = 0;
  /** Set: the publisher goes just as a reader comes. */
  endNewReaders = false;
  /** Thrown by the next addReader where set. */
  refuseReader: Error | null = null;

  /** @param path its path */
  constructor(path = "dev/cam") {
    this.path = path;
  }

  addReader(reader: StreamReader): () => void {
    if (this.refuseReader !== null) {
      throw this.refuseReader;
    }
    if (this.endNewReaders) {
      reader.onEnd();
      return () => undefined;
    }
    this.readers.add(reader);
    return () => {
      this.readers.delete(reader);
    };
  }

  countOutbound(bytes: number): void {
    this.outboundBytes += bytes;
  }

  requestKeyFrame(): void {
    this.keyFrameRequests += 1;
  }

  /** Gives a picture to all readers, as a source does. */
  push(unit: AccessUnit): void {
    this.gop = unit.idr ? [unit] : [...this.gop, unit];
    for (const reader of this.readers) {
      reader.onVideo(unit);
    }
  }

  /** The publisher goes. */
  end(): void {
    for (const reader of [...this.readers]) {
      reader.onEnd();
    }
  }
}
