import type { FailureReason } from "./ladder-types.ts";
import { once } from "./once.ts";
import { watchPaintedFrames } from "./painted-frames.ts";
import { noFacts, type PaintedFrame, type Rung, type RungFacts, type RungSource } from "./rung.ts";
import { watchCandidates } from "./trickle.ts";
import { readWhepFacts } from "./whep-facts.ts";
import { deleteSession, postOffer } from "./whep-http.ts";

/** ICE servers that the last answer named. They are kept for the next attempt, so that the first one loses no round trip to asking. */
export type KnownIceServers = { current: RTCIceServer[] };

/** The WebRTC rung: video only, smallest jitter buffer, one POST at once; the candidates follow in one PATCH (the engine's answer holds all of its own). */
export function createWhepPlayer(source: RungSource, ice: KnownIceServers): Rung {
  const listeners: Array<(frame: PaintedFrame) => void> = [];
  let describe = async (): Promise<RungFacts | null> => null;
  return {
    name: "whep",
    frames: (listener) => {
      listeners.push(listener);
    },
    describe: async () => (await describe()) ?? noFacts,
    start: (signal) => {
      const peer = connect(ice);
      describe = readWhepFacts(peer);
      watchPaintedFrames(source.video, signal, (frame) => {
        for (const listener of listeners) {
          listener(frame);
        }
      });
      attachVideo(peer, source.video, signal);
      // Closed with the signal and not before: the last frame stays in the element until somebody has copied it.
      signal.addEventListener("abort", () => peer.close(), { once: true });
      return play(peer, source, ice, signal);
    },
  };
}

/** A browser throws at servers that it does not like; without them a direct way may still be found, and the next answer names new ones. */
function connect(ice: KnownIceServers): RTCPeerConnection {
  try {
    return new RTCPeerConnection({ iceServers: ice.current, bundlePolicy: "max-bundle" });
  } catch {
    ice.current = [];
    return new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" });
  }
}

async function play(peer: RTCPeerConnection, source: RungSource, ice: KnownIceServers, signal: AbortSignal): Promise<FailureReason | null> {
  try {
    const candidates = watchCandidates(peer, signal);
    await peer.setLocalDescription(await peer.createOffer());
    if (signal.aborted) {
      return null;
    }
    const answer = await postOffer(source.whepUrl, peer.localDescription?.sdp ?? "", source.token(), signal);
    if (!answer.ok) {
      return signal.aborted ? null : answer.reason;
    }
    ice.current = answer.iceServers;
    endWithSignal(answer.sessionUrl, source, signal);
    await peer.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    if (answer.sessionUrl !== null) {
      void candidates.send(answer.sessionUrl, source.token());
    }
    await untilLost(peer, signal);
    return signal.aborted ? null : "network";
  } catch {
    // The browser cannot make the offer or use the answer: nothing it can decode is in it.
    return signal.aborted ? null : "codec";
  }
}

function endWithSignal(sessionUrl: string | null, source: RungSource, signal: AbortSignal): void {
  const finish = (): void => {
    if (sessionUrl !== null) {
      void deleteSession(sessionUrl, source.token());
    }
  };
  if (signal.aborted) {
    finish();
    return;
  }
  signal.addEventListener("abort", finish, { once: true });
}

function attachVideo(peer: RTCPeerConnection, video: HTMLVideoElement, signal: AbortSignal): void {
  const { receiver } = peer.addTransceiver("video", { direction: "recvonly" });
  receiver.jitterBufferTarget = 0;
  // Chromium's older name for the same wish; harmless elsewhere.
  Object.assign(receiver, { playoutDelayHint: 0 });
  const stream = new MediaStream([receiver.track]);
  video.srcObject = stream;
  // A refused autoplay shows as a missing first frame, and the ladder acts on that.
  video.play().catch(() => null);
  const detach = (): void => {
    // A newer attempt may already play in the same element.
    if (video.srcObject === stream) {
      video.srcObject = null;
    }
  };
  signal.addEventListener("abort", detach, { once: true });
}

/** "disconnected" is not acted on: it flaps for moments on mobile networks, and frozen frames tell the truth sooner. */
async function untilLost(peer: RTCPeerConnection, signal: AbortSignal): Promise<void> {
  await once(peer, "connectionstatechange", () => peer.connectionState === "failed" || peer.connectionState === "closed", signal);
}
