/**
 * The one place where WebRTC itself (ICE, DTLS, SRTP) meets the embedded relay. Everything above it is plain TypeScript that builds
 * RTP packets and SDP; what is beneath can be exchanged, or faked in a test.
 */

/** What a peer is doing. `closed` is final; `failed` and `disconnected` come from ICE and DTLS. */
export type PeerState = "connecting" | "connected" | "disconnected" | "failed" | "closed";

/** One accepted media section. */
export type PeerMedia = {
  readonly mid: string;
  readonly kind: "video" | "audio";
  /** Seen from here: `send` to a viewer, `receive` from a publisher. */
  readonly direction: "send" | "receive";
  readonly payloadType: number;
  readonly codec: "H264" | "opus";
  /** Format parameters, empty where there are none. */
  readonly fmtp: string;
  /** Our own SSRC when sending. */
  readonly ssrc: number;
  /** The other side's SSRCs when receiving; incoming packets are told apart by them. */
  readonly remoteSsrcs: readonly number[];
};

/** The other side's transport, out of its offer. */
export type RemoteTransport = {
  readonly iceUfrag: string;
  readonly icePwd: string;
  /** Hash name and value, for example `sha-256 AB:CD:...`. */
  readonly fingerprint: string;
  readonly setup: "actpass" | "active" | "passive";
};

/** Our own transport, for the answer. */
export type LocalTransport = {
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly fingerprint: string;
  readonly setup: "active" | "passive";
};

/** What a peer tells its owner. Nothing is told any more once `close` was called. */
export type PeerEvents = {
  onState(state: PeerState): void;
  /** One RTP or RTCP packet from the other side, decrypted. */
  onPacket(mid: string, packet: Buffer): void;
};

/** The address pair that ICE uses, in the form `host/udp/192.0.2.2/8189`. */
export type SelectedPair = { readonly local: string; readonly remote: string };

/** One WebRTC connection that has answered an offer. No method throws or waits. */
export type Peer = {
  readonly local: LocalTransport;
  /** Sends one RTP or RTCP packet. The bytes are copied before it returns, so the caller may use its buffer again. False: not sent. */
  send(mid: string, packet: Buffer): boolean;
  /** Takes a trickled candidate value; one that can't be used is ignored. */
  addRemoteCandidate(candidate: string): void;
  /** Null before the connection stands. */
  selectedPair(): SelectedPair | null;
  close(): void;
};

/** Makes peers that share one UDP port. */
export type PeerFactory = {
  /** Takes the port. Throws AppError HC_EMBEDDED_PORT. */
  start(): Promise<void>;
  /** Throws AppError HC_EMBEDDED_WEBRTC_FAILED when the offer's transport can't be used. */
  create(remote: RemoteTransport, media: readonly PeerMedia[], events: PeerEvents): Peer;
  stop(): Promise<void>;
};
