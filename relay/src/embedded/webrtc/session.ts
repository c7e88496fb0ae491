import { randomUUID } from "node:crypto";
import type { Clock, Log } from "@helmcast/runtime";
import type { ApiWebrtcSession } from "../stream/api-types.ts";
import { usableRemoteCandidate } from "./candidates.ts";
import type { Peer, PeerState } from "./peer.ts";
import type { SdpFragment } from "./sdp-fragment.ts";
import { type SessionEvent, type SessionLimits, type SessionPhase, sessionLimits, stepSession } from "./session-machine.ts";

/** Who asked for a session, for the control API. */
export type SessionOrigin = {
  readonly kind: "read" | "publish";
  readonly path: string;
  readonly query: string;
  readonly user: string;
  readonly userAgent: string;
  readonly remoteAddr: string;
  /** UUID of the control API, made before the callback was asked. */
  readonly id: string;
};

/** Counts that a session keeps for the control API. */
export type SessionCounts = Pick<
  ApiWebrtcSession,
  | "inboundBytes"
  | "inboundRTPPackets"
  | "inboundRTPPacketsLost"
  | "inboundRTCPPackets"
  | "outboundBytes"
  | "outboundRTPPackets"
  | "outboundRTCPPackets"
  | "outboundFramesDiscarded"
>;

/** What a session does once it stands; the viewer's and the publisher's side fill this in. */
export type SessionWork = {
  /** The connection stands; a returned sentence ends the session at once. */
  onOpen(): string | null;
  onPacket(mid: string, packet: Buffer): void;
  onTick(nowMs: number): void;
  onClose(): void;
  counts(): SessionCounts;
};

/** What every session needs. */
export type SessionDeps = { readonly clock: Clock; readonly log: Log; readonly handshakeMs: number; onGone(session: Session): void };

/** Candidates of the other side that are kept at one time. */
const maxHeldCandidates = 32;

/** One WHEP or WHIP session from its POST to its end. */
export class Session {
  /** The only credential for PATCH and DELETE; from the system's secure random source. */
  readonly secret: string = randomUUID();
  readonly origin: SessionOrigin;
  readonly #deps: SessionDeps;
  readonly #log: Log;
  readonly #created: string;
  readonly #limits: SessionLimits;
  #state: SessionPhase;
  #peer: Peer | null = null;
  #work: SessionWork | null = null;
  #remoteUfrag = "";
  #heldCandidates: string[] = [];

  /** @param origin who asked @param deps clock, log and the owner */
  constructor(origin: SessionOrigin, deps: SessionDeps) {
    this.origin = origin;
    this.#deps = deps;
    this.#log = deps.log.child({ session: origin.id.slice(0, 8), path: origin.path });
    this.#limits = { handshakeMs: deps.handshakeMs, ...sessionLimits };
    this.#created = new Date(deps.clock.wallMs()).toISOString();
    this.#state = { phase: "connecting", sinceMs: deps.clock.monotonicMs() };
  }

  /**
   * Gives the session its connection, what it is for, and what the offer says of ICE. False when the stream ended while the session was
   * being made: then all is closed already.
   */
  attach(peer: Peer, work: SessionWork, offer: { readonly iceUfrag: string; readonly candidates: readonly string[] }): boolean {
    this.#remoteUfrag = offer.iceUfrag;
    this.#holdCandidates(offer.candidates);
    this.#peer = peer;
    this.#work = work;
    if (this.#state.phase === "closed") {
      work.onClose();
      peer.close();
      return false;
    }
    this.#log.info({ kind: this.origin.kind, from: this.origin.remoteAddr }, "webrtc session created");
    return true;
  }

  /** True while packets may be sent. */
  get connected(): boolean {
    return this.#state.phase === "connected";
  }

  /** For the peer's events. */
  onPeerState(state: PeerState): void {
    this.#step({ kind: "peer", state, atMs: this.#deps.clock.monotonicMs() });
  }

  /** For the peer's events. */
  onPacket(mid: string, packet: Buffer): void {
    this.#step({ kind: "heard", atMs: this.#deps.clock.monotonicMs() });
    if (this.connected) {
      this.#work?.onPacket(mid, packet);
    }
  }

  /** Looks at the limits; called a few times a second. */
  tick(): void {
    const nowMs = this.#deps.clock.monotonicMs();
    this.#step({ kind: "tick", atMs: nowMs });
    if (this.connected) {
      this.#work?.onTick(nowMs);
    } else {
      this.#useCandidates();
    }
  }

  /** Ends the session; the reason is for the log. Safe to call again. */
  close(reason: string): void {
    this.#step({ kind: "close", reason });
  }

  /**
   * Takes what the other side found later. `restart`: it wants a new ICE session, which libjuice can't do within a connection; the
   * session is then over and the client makes a new one.
   */
  takeFragment(fragment: SdpFragment): "taken" | "restart" {
    if (fragment.iceUfrag !== null && fragment.iceUfrag !== this.#remoteUfrag) {
      this.close("the other side asked for an ICE restart, which this relay answers with a new session");
      return "restart";
    }
    this.#holdCandidates(fragment.candidates);
    return "taken";
  }

  /** The control API's item. */
  describe(): ApiWebrtcSession {
    const pair = this.connected ? (this.#peer?.selectedPair() ?? null) : null;
    const { kind, ...origin } = this.origin;
    return {
      ...origin,
      created: this.#created,
      peerConnectionEstablished: this.connected,
      localCandidate: pair?.local ?? "",
      remoteCandidate: pair?.remote ?? "",
      state: kind,
      inboundRTPPacketsJitter: 0,
      ...(this.#work?.counts() ?? emptyCounts),
    };
  }

  /**
   * The other side's candidates are kept back for a moment. Its own checks normally reach us, and libjuice answers those 50 ms later for each
   * pair that it is checking by itself. Only where they don't reach us (we are behind a NAT) must our checks go first.
   */
  #holdCandidates(candidates: readonly string[]): void {
    const room = maxHeldCandidates - this.#heldCandidates.length;
    this.#heldCandidates.push(...candidates.filter(usableRemoteCandidate).slice(0, Math.max(0, room)));
  }

  #useCandidates(): void {
    for (const candidate of this.#heldCandidates.splice(0)) {
      this.#peer?.addRemoteCandidate(candidate);
    }
  }

  #step(event: SessionEvent): void {
    const { state, action } = stepSession(this.#state, event, this.#limits);
    this.#state = state;
    if (action.kind === "open") {
      this.#log.info("webrtc session connected");
      const refusal = this.#work?.onOpen() ?? null;
      if (refusal !== null) {
        this.#log.warn(refusal);
        this.close(refusal);
      }
    } else if (action.kind === "close") {
      this.#log.info({ reason: action.reason }, "webrtc session closed");
      this.#work?.onClose();
      this.#peer?.close();
      this.#deps.onGone(this);
    }
  }
}

/** Counts of a session that has moved nothing yet. */
export const emptyCounts: SessionCounts = {
  inboundBytes: 0,
  inboundRTPPackets: 0,
  inboundRTPPacketsLost: 0,
  inboundRTCPPackets: 0,
  outboundBytes: 0,
  outboundRTPPackets: 0,
  outboundRTCPPackets: 0,
  outboundFramesDiscarded: 0,
};
