import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import { AppError } from "@helmcast/config";
import ndc from "node-datachannel";
import type { LocalTransport, Peer, PeerEvents, PeerFactory, PeerMedia, PeerState, RemoteTransport, SelectedPair } from "./peer.ts";

type NativePeer = InstanceType<typeof ndc.PeerConnection>;
type NativeTrack = InstanceType<typeof ndc.Track>;

/** Where the media port is bound; `host` null means every interface. */
export type MediaAddress = { readonly host: string | null; readonly port: number };

/** Payloads are cut to 1188 bytes; with headers and SRTP's trailer a packet stays well within this, so nothing is fragmented by IP. */
const mtuBytes = 1280;

/** Peers by libdatachannel, all on one UDP port that is told apart by the ICE user name. */
export function createNodeDatachannelPeers(address: MediaAddress): PeerFactory {
  const peers = new Set<Peer>();
  let count = 0;
  return {
    start: () => probePort(address),
    create(remote, media, events) {
      count += 1;
      const peer = openPeer(`viewer-${count}`, address, remote, media, { ...events, onGone: () => peers.delete(peer) });
      peers.add(peer);
      return peer;
    },
    async stop() {
      for (const peer of [...peers]) {
        peer.close();
      }
    },
  };
}

function openPeer(
  name: string,
  address: MediaAddress,
  remote: RemoteTransport,
  media: readonly PeerMedia[],
  events: PeerEvents & { onGone: () => void },
): Peer {
  const native = new ndc.PeerConnection(name, {
    iceServers: [],
    ...(address.host === null ? {} : { bindAddress: address.host }),
    enableIceUdpMux: true,
    portRangeBegin: address.port,
    portRangeEnd: address.port,
    mtu: mtuBytes,
    forceMediaTransport: true,
  });
  try {
    return wirePeer(native, remote, media, events);
  } catch (cause) {
    native.close();
    throw new AppError("HC_EMBEDDED_WEBRTC_FAILED", { cause });
  }
}

function wirePeer(
  native: NativePeer,
  remote: RemoteTransport,
  media: readonly PeerMedia[],
  events: PeerEvents & { onGone: () => void },
): Peer {
  let closed = false;
  const tracks = new Map<string, NativeTrack>();
  let state: PeerState = "connecting";
  const tell = (): void => {
    // Tracks open a moment after the state changes; what is sent in between is lost (seen as a first frame one GOP late).
    const usable = state !== "connected" || [...tracks.values()].every((track) => track.isOpen());
    if (!closed && usable) {
      events.onState(state);
    }
  };
  native.onStateChange((text) => {
    state = readState(text) ?? state;
    tell();
  });
  for (const line of media) {
    const track = native.addTrack(describeMedia(line));
    track.onMessage((packet) => {
      if (!closed) {
        events.onPacket(line.mid, packet);
      }
    });
    track.onOpen(tell);
    tracks.set(line.mid, track);
  }
  native.setRemoteDescription(writeNativeOffer(remote, media), "offer");
  const local = readLocal(native.localDescription()?.sdp ?? "");
  return {
    local,
    send(mid, packet) {
      const track = tracks.get(mid);
      try {
        return !closed && track !== undefined && track.isOpen() && track.sendMessageBinary(packet);
      } catch {
        // The connection went down between the check and the call; its state change follows.
        return false;
      }
    },
    addRemoteCandidate(candidate) {
      try {
        native.addRemoteCandidate(candidate, media[0]?.mid ?? "0");
      } catch {
        // A candidate that libjuice refuses is one road less, nothing more.
      }
    },
    selectedPair: () => (closed ? null : readPair(native)),
    close() {
      if (!closed) {
        closed = true;
        native.close();
        events.onGone();
      }
    },
  };
}

function describeMedia(line: PeerMedia): InstanceType<typeof ndc.Video> | InstanceType<typeof ndc.Audio> {
  const direction = line.direction === "send" ? "SendOnly" : "RecvOnly";
  if (line.kind === "video") {
    const video = new ndc.Video(line.mid, direction);
    video.addH264Codec(line.payloadType, line.fmtp);
    video.addSSRC(line.ssrc, "helmcast", "helmcast", "video");
    return video;
  }
  const audio = new ndc.Audio(line.mid, direction);
  audio.addOpusCodec(line.payloadType, line.fmtp);
  audio.addSSRC(line.ssrc, "helmcast", "helmcast", "audio");
  return audio;
}

/**
 * The offer that the native library sees: written anew from what was read and checked, with the accepted sections only, so that no line
 * reaches native code as a stranger wrote it.
 */
function writeNativeOffer(remote: RemoteTransport, media: readonly PeerMedia[]): string {
  const lines = [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    `a=group:BUNDLE ${media.map((line) => line.mid).join(" ")}`,
    `a=setup:${remote.setup}`,
    `a=fingerprint:${remote.fingerprint}`,
    `a=ice-ufrag:${remote.iceUfrag}`,
    `a=ice-pwd:${remote.icePwd}`,
    "a=ice-options:trickle",
  ];
  for (const line of media) {
    const codec = line.codec === "H264" ? "H264/90000" : "opus/48000/2";
    lines.push(
      `m=${line.kind} 9 UDP/TLS/RTP/SAVPF ${line.payloadType}`,
      "c=IN IP4 0.0.0.0",
      `a=mid:${line.mid}`,
      line.direction === "send" ? "a=recvonly" : "a=sendonly",
      "a=rtcp-mux",
      `a=rtpmap:${line.payloadType} ${codec}`,
      ...line.remoteSsrcs.map((ssrc) => `a=ssrc:${ssrc} cname:publisher`),
    );
  }
  return `${lines.join("\r\n")}\r\n`;
}

function readLocal(sdp: string): LocalTransport {
  const value = (name: string): string => sdp.match(new RegExp(`^a=${name}:(.*?)\\r?$`, "m"))?.[1] ?? "";
  const setup = value("setup") === "passive" ? "passive" : "active";
  const local = { iceUfrag: value("ice-ufrag"), icePwd: value("ice-pwd"), fingerprint: value("fingerprint"), setup } as const;
  if (local.iceUfrag === "" || local.icePwd === "" || local.fingerprint === "") {
    throw new Error("the native answer has no transport parameters");
  }
  return local;
}

function readPair(native: NativePeer): SelectedPair | null {
  const pair = native.getSelectedCandidatePair();
  const write = (side: { type: string; address: string; port: number }): string => `${side.type}/udp/${side.address}/${side.port}`;
  return pair === null ? null : { local: write(pair.local), remote: write(pair.remote) };
}

function readState(state: string): PeerState | null {
  switch (state) {
    case "connecting":
    case "connected":
    case "disconnected":
    case "failed":
    case "closed":
      return state;
    default:
      return null;
  }
}

/** Binds the port once to learn at the start, not at the first viewer, that somebody else has it. */
function probePort(address: MediaAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: isIPv6(address.host ?? "") ? "udp6" : "udp4" });
    socket.once("error", (cause) => {
      socket.close();
      reject(new AppError("HC_EMBEDDED_PORT", { detail: `UDP ${address.port} (WebRTC media): ${cause.message}.`, cause }));
    });
    socket.bind(address.port, address.host ?? "0.0.0.0", () => socket.close(() => resolve()));
  });
}
