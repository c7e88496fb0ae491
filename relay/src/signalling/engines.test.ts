import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePorts, listenOnFreePort } from "@helmcast/config/rig";
import { silentLog, systemClock } from "@helmcast/runtime";
import ndc from "node-datachannel";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { engineCallbackApp, engineCallbackService } from "../auth/engine-callback.ts";
import { createEngine, type Engine } from "../engine/engine.ts";
import { readRefusal } from "../test-rig/start-gateway.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { type Front, makeState, startFront } from "./rig/front.ts";

/** vitest shows the environment here; MediaMTX is tested only where a binary is named. */
const { env } = import.meta as ImportMeta & { readonly env: Readonly<Record<string, string | undefined>> };
const mediamtxBin = env["MEDIAMTX_BIN"] ?? null;
const sdp = { "content-type": "application/sdp" };
const trickle = { "content-type": "application/trickle-ice-sdpfrag" };

describe.each(["embedded", "mediamtx"] as const)("over a real engine: %s", (kind) => {
  describe.skipIf(kind === "mediamtx" && mediamtxBin === null)("with a real publisher", () => {
    const ends: Array<() => unknown> = [];
    const peers: ndc.PeerConnection[] = [];
    let engine: Engine;
    let front: Front;
    let publisher: ChildProcess;
    let rtspPort = 0;

    beforeAll(async () => {
      const dataDir = mkdtempSync(join(tmpdir(), "helmcast-webrtc-"));
      ends.push(() => rmSync(dataDir, { recursive: true, force: true }));
      const ports = await findFreePorts();
      rtspPort = ports.rtsp;
      const secrets = { callback: "callback", api: "api", hlsCdn: "cdn" };
      const settings = { dataDir, host: "127.0.0.1", ports, engine: kind, mediamtxBin, mediamtxMirror: null, publicHosts: [] };
      engine = createEngine({
        settings: { ...settings, logLevel: "silent" },
        secrets,
        clock: systemClock,
        random: Math.random,
        log: silentLog(),
      });
      front = await startFront({ whepBase: engine.urls.whepBase, control: engine.api, apiSecret: "api", state: makeState() });
      ends.push(() => front.stop());
      const parts = { identities: front.identities, callbackSecret: "callback", apiSecret: "api", log: silentLog() };
      const callback = engineCallbackService(engineCallbackApp({ ...parts, onDevice: front.proofs.note }), ports.callback);
      await callback.start();
      ends.push(() => callback.stop());
      await engine.start();
      ends.push(() => engine.stop());
      const tunnel = await openTunnel(rtspPort, "picarx", front.token("picarx"));
      ends.push(() => tunnel.close());
      publisher = publish(tunnel.port);
      await waitUntil("the picture", async () => (await engine.api.path("picarx/front"))?.online === true, 15_000);
    }, 30_000);
    afterEach(() => {
      peers.splice(0).forEach((peer) => void peer.close());
    });
    afterAll(async () => {
      publisher?.kill("SIGKILL");
      for (const end of ends.reverse()) {
        await end();
      }
    }, 15_000);

    /** Sends a test picture as the device. */
    function publish(port: number): ChildProcess {
      const url = `rtsp://${tunnelUser}:@127.0.0.1:${port}/picarx/front`;
      const picture = ["-re", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=15"];
      const coding = "-c:v libx264 -preset ultrafast -tune zerolatency -bf 0 -g 15 -pix_fmt yuv420p".split(" ");
      const sending = ["-f", "rtsp", "-rtsp_transport", "tcp", "-pkt_size", "1200", url];
      return spawn("ffmpeg", ["-hide_banner", "-loglevel", "error", ...picture, ...coding, ...sending], { stdio: "ignore" });
    }

    /** Offers from a real peer, as a browser does. `add` puts its track in. */
    async function offer<Track>(add: (peer: ndc.PeerConnection) => Track) {
      const peer = new ndc.PeerConnection("peer", { iceServers: [], bindAddress: "127.0.0.1" });
      peers.push(peer);
      const track = add(peer);
      peer.setLocalDescription();
      await waitUntil("the candidates", () => peer.gatheringState() === "complete");
      return { peer, track, text: peer.localDescription()?.sdp ?? "" };
    }

    /** Watches in somebody's name until the picture flows. */
    async function watch(who: string) {
      let packets = 0;
      const { peer, text } = await offer((to) => {
        const media = new ndc.Video("0", "RecvOnly");
        media.addH264Codec(102, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f");
        const track = to.addTrack(media);
        track.onMessage(() => void packets++);
        return track;
      });
      const answer = await front.call("POST", "/live/picarx/front/whep", who, text, sdp);
      const body = await answer.text();
      expect(answer.status, body).toBe(201);
      peer.setRemoteDescription(body, "answer");
      await waitUntil("the connection", () => peer.state() === "connected");
      await waitUntil("the picture", async () => (await engine.api.webrtcSessions()).some(({ outboundBytes }) => outboundBytes > 5000));
      return { packets: () => packets, location: answer.headers.get("location") ?? "" };
    }

    /** Talks in somebody's name until the engine has the voice. */
    async function talk(who: string) {
      const { peer, track, text } = await offer((to) => {
        const media = new ndc.Audio("0", "SendOnly");
        media.addOpusCodec(111);
        media.addSSRC(7, "voice", "voice", "voice");
        return to.addTrack(media);
      });
      const answer = await front.call("POST", "/live/picarx/talk/whip", who, text, sdp);
      const body = await answer.text();
      expect(answer.status, body).toBe(201);
      peer.setRemoteDescription(body, "answer");
      await waitUntil("the connection", () => peer.state() === "connected");
      let sequence = 0;
      const timer = setInterval(() => {
        if (track.isOpen()) {
          track.sendMessageBinary(makeSilence(sequence++));
        }
      }, 20);
      ends.push(() => clearInterval(timer));
      await waitUntil("the voice at the engine", async () => (await engine.api.path("picarx/talk"))?.online === true);
      return { location: answer.headers.get("location") ?? "" };
    }

    it("shows the picture, and nothing more of it once the sign-in has ended", async () => {
      const viewer = await watch("ann");
      expect(await readRefusal(await front.call("PATCH", viewer.location, "dan", "", trickle))).toBe("404 HC_GATEWAY_SESSION_GONE");
      front.state.sessions.end("ann-1");
      const startMs = performance.now();
      front.revoker.signInEnded("ann-1");
      await waitUntil("the end at the engine", async () => (await engine.api.webrtcSessions()).length === 0, 1000);
      expect(performance.now() - startMs).toBeLessThan(1000);
      const after = viewer.packets();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(viewer.packets() - after).toBeLessThanOrEqual(2);
    });

    it("restarts ICE, or says that the session is gone so that the viewer makes another", async () => {
      const { location } = await watch("boss");
      const restart = ["a=ice-ufrag:restarted", "a=ice-pwd:aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "m=video 9 UDP/TLS/RTP/SAVPF 0", "a=mid:0"];
      const answer = await front.call("PATCH", location, "boss", `${restart.join("\r\n")}\r\n`, trickle);
      if (kind === "mediamtx") {
        const text = await answer.text();
        expect([answer.status, /^a=ice-ufrag:(\S+)/m.exec(text)?.[1]]).toEqual([200, answer.headers.get("etag")?.slice(1, -1)]);
        expect((await front.call("DELETE", location, "boss")).status).toBe(200);
      } else {
        expect(await readRefusal(answer)).toBe("404 HC_GATEWAY_SESSION_GONE");
      }
      await waitUntil("the end at the engine", async () => (await engine.api.webrtcSessions()).length === 0, 1000);
      expect(front.watches.all()).toEqual([]);
    });

    it("carries a voice to the device alone, until its speaker may no longer talk", async () => {
      await talk("dan");
      const describeTalk = (user: string, password: string, path = "picarx/talk") => askRtsp(rtspPort, path, user, password);
      expect(await describeTalk("picarx", front.token("picarx"))).toBe("200");
      expect(await describeTalk("picarx", "wrong")).toBe("401");
      expect(await describeTalk("dan", front.token("dan"))).toBe("401");
      expect(await describeTalk("picarx", front.token("picarx"), "picarx/front")).toBe("401");
      front.state.accounts.grant("dan", "picarx", "view");
      front.revoker.accountChanged("dan");
      await waitUntil("silence", async () => (await engine.api.path("picarx/talk"))?.online !== true, 1000);
    }, 20_000);

    it("lets nobody publish by WebRTC past the gateway's own door", async () => {
      const { text } = await offer((to) => {
        const media = new ndc.Audio("0", "SendOnly");
        media.addOpusCodec(111);
        return to.addTrack(media);
      });
      const post = (path: string, user: string, password: string) =>
        fetch(`${engine.urls.whepBase}/${path}/whip`, {
          method: "POST",
          headers: { ...sdp, authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` },
          body: text,
        });
      expect((await post("picarx/front", "gateway", "api")).status).toBe(401);
      expect((await post("picarx/talk", "boss", front.token("boss"))).status).toBe(401);
      expect((await post("picarx/talk", "picarx", front.token("picarx"))).status).toBe(401);
    }, 20_000);

    it("loses the device's picture, and its viewers, within a second of its removal", async () => {
      await watch("boss");
      const exited = once(publisher, "exit");
      front.state.devices.remove("picarx");
      const startMs = performance.now();
      front.revoker.deviceRemoved("picarx", "picarx-1");
      expect(front.watches.all()).toEqual([]);
      await waitUntil("the dark", async () => (await engine.api.path("picarx/front"))?.online !== true, 1000);
      expect(await engine.api.webrtcSessions()).toEqual([]);
      expect(performance.now() - startMs).toBeLessThan(1000);
      await exited;
      expect(await askRtsp(rtspPort, "picarx/talk", "picarx", front.token("picarx"))).toBe("401");
    }, 15_000);
  });
});

const tunnelUser = "x";
const tunnelHeader = `Authorization: Basic ${Buffer.from(`${tunnelUser}:`).toString("base64")}`;

/** Lets ffmpeg in, which cuts a password at 127 characters: puts the real credential in the place of {@link tunnelHeader}. */
async function openTunnel(port: number, user: string, password: string) {
  const header = `Authorization: Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
    far.pipe(near);
    near.on("data", (chunk: Buffer) => {
      far.write(chunk.includes(tunnelHeader) ? Buffer.from(chunk.toString("latin1").replaceAll(tunnelHeader, header), "latin1") : chunk);
    });
  });
  return {
    port: await listenOnFreePort(server),
    close() {
      server.close();
      sockets.forEach((socket) => void socket.destroy());
    },
  };
}

/** An RTP packet of 20 ms of Opus silence (RFC 7587; a code 0 packet of one frame, RFC 6716, section 3.1). */
function makeSilence(sequence: number): Buffer {
  const packet = Buffer.from([0x80, 111, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0xf8, 0xff, 0xfe]);
  packet.writeUInt16BE(sequence & 0xffff, 2);
  packet.writeUInt32BE((sequence * 960) >>> 0, 4);
  return packet;
}

/** The status that an RTSP DESCRIBE with these credentials gets (RFC 2326, section 10.2). */
function askRtsp(port: number, path: string, user: string, password: string): Promise<string | undefined> {
  const credential = Buffer.from(`${user}:${password}`).toString("base64");
  const text = `DESCRIBE rtsp://127.0.0.1:${port}/${path} RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Basic ${credential}\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.on("error", reject);
    socket.once("data", (chunk: Buffer) => {
      socket.destroy();
      resolve(chunk.toString().split(" ")[1]);
    });
  });
}
