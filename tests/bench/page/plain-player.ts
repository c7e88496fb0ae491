/** How the plain player plays: WHEP as the browser does it by itself, WHEP that asks for no jitter buffer, or hls.js with its own settings. */
export type PlainWay = "whep" | "whep-tuned" | "hls";

/** The plain player's doors, as `helmcastPlayer` of the page. It has one element and knows nothing of recovery. */
export type PlainPlayer = { play(way: PlainWay, url: string): Promise<void>; stop(): void };

/** As much of hls.js as is used here; its script defines the global. */
type HlsGlobal = { new (): { loadSource(url: string): void; attachMedia(video: HTMLVideoElement): void; destroy(): void } };

/** Makes the player that MediaMTX is measured with directly: the shortest correct client, no waiting for candidates. */
export function createPlainPlayer(): PlainPlayer {
  let end = (): void => undefined;
  const playWhep = async (video: HTMLVideoElement, url: string, tuned: boolean): Promise<void> => {
    const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    let session: string | null = null;
    end = () => {
      peer.close();
      video.srcObject = null;
      if (session !== null) {
        void fetch(session, { method: "DELETE" });
      }
    };
    const { receiver } = peer.addTransceiver("video", { direction: "recvonly" });
    if (tuned) {
      receiver.jitterBufferTarget = 0;
    }
    video.srcObject = new MediaStream([receiver.track]);
    await peer.setLocalDescription(await peer.createOffer());
    const body = peer.localDescription?.sdp ?? "";
    const reply = await fetch(url, { method: "POST", headers: { "content-type": "application/sdp" }, body });
    if (!reply.ok) {
      throw new Error(`WHEP was answered ${reply.status}: ${await reply.text()}`);
    }
    const location = reply.headers.get("location");
    session = location === null ? null : new URL(location, url).href;
    await peer.setRemoteDescription({ type: "answer", sdp: await reply.text() });
  };
  const playHls = (video: HTMLVideoElement, url: string): void => {
    const Hls: HlsGlobal = Reflect.get(globalThis, "Hls");
    const hls = new Hls();
    end = () => hls.destroy();
    hls.loadSource(url);
    hls.attachMedia(video);
    video.play().catch(() => null);
  };
  return {
    play: async (way, url) => {
      const video = document.querySelector("video");
      if (video === null) {
        throw new Error("The page has no video element.");
      }
      if (way === "hls") {
        playHls(video, url);
        return;
      }
      await playWhep(video, url, way === "whep-tuned");
    },
    stop: () => {
      end();
      end = () => undefined;
    },
  };
}
