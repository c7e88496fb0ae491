import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { averageCells, cameraListSchema, decodeStamp, stampGeometry } from "@helmcast/config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEngine } from "./engine/engine.ts";
import { offerText } from "./test-rig/offer.ts";
import { postJson, readRefusal, startGateway, type TestGateway } from "./test-rig/start-gateway.ts";
import { waitUntil } from "./test-rig/wait-until.ts";

/** vitest shows the environment here; these tests run only where a binary is named. */
const { env } = import.meta as ImportMeta & { readonly env: Readonly<Record<string, string | undefined>> };
const binary = env["MEDIAMTX_BIN"] ?? null;

describe.skipIf(binary === null)("a gateway over a real MediaMTX, with the edge agent's test picture", () => {
  let rig: TestGateway;
  let auth: { readonly authorization: string };
  const get = (rest: string) => fetch(`${rig.base}/live/picarx/front/${rest}`, { headers: auth });

  beforeAll(async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "helmcast-real-"));
    const demoConfig = join(dataDir, "edge.yaml");
    writeFileSync(demoConfig, "cameras:\n  - id: front\n    source: { type: test, width: 640, height: 360, fps: 30 }\n");
    const edgeMain = fileURLToPath(new URL("../../edge/src/main.ts", import.meta.url));
    const engine = { engine: "mediamtx", mediamtxBin: binary } as const;
    rig = await startGateway({ ...engine, dataDir, demo: true, demoConfig }, { makeEngine: createEngine, edgeMain, env });
    auth = (await rig.signIn()).auth;
    await waitUntil(
      "the camera online",
      async () => {
        const cameras = cameraListSchema.parse(await (await fetch(`${rig.base}/api/cameras`, { headers: auth })).json());
        return cameras.some((one) => one.path === "picarx/front" && one.online && one.stamped);
      },
      15_000,
    );
  }, 25_000);
  afterAll(async () => {
    await rig?.stop();
  }, 15_000);

  it("answers an offer, hides the engine's session and ends it", async () => {
    const headers = { "content-type": "application/sdp", ...auth };
    const answer = await fetch(`${rig.base}/live/picarx/front/whep`, { method: "POST", headers, body: offerText });
    expect([answer.status, (await answer.text()).slice(0, 4)]).toEqual([201, "v=0\r"]);
    const location = `${rig.base}${answer.headers.get("location")}`;
    const fragment = "a=ice-ufrag:4ZcD\r\na=ice-pwd:2/1muCWoOi3uLifh0NuRHlCc\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n";
    const trickle = { method: "PATCH", headers: { ...auth, "content-type": "application/trickle-ice-sdpfrag" }, body: fragment };
    expect((await fetch(location, trickle)).status).toBe(204);
    expect((await fetch(location, { method: "DELETE", headers: auth })).status).toBe(200);
    expect(await readRefusal(await fetch(location, trickle))).toBe("404 HC_GATEWAY_SESSION_GONE");
    const unknown = await fetch(`${rig.base}/live/picarx/back/whep`, { method: "POST", headers, body: offerText });
    expect(await readRefusal(unknown)).toBe("404 HC_GATEWAY_CAMERA_UNKNOWN");
  });

  it("plays LL-HLS, with blocking playlists and parts that many share", async () => {
    const index = await (await get("hls/index.m3u8")).text();
    const playlistName = /^\S+_stream\.m3u8$/m.exec(index)?.[0] ?? "";
    const playlist = await (await get(`hls/${playlistName}`)).text();
    const msn = Number(/MEDIA-SEQUENCE:(\d+)/.exec(playlist)?.[1]) + (playlist.match(/#EXTINF/g)?.length ?? 0);
    const next = await (await get(`hls/${playlistName}?_HLS_msn=${msn}&_HLS_part=2`)).text();
    const parts = [...next.matchAll(/EXT-X-PART:.*URI="([^"]+)"/g)].map((match) => match[1]);
    const part = await get(`hls/${parts.at(-1)}`);
    expect([part.status, part.headers.get("content-type")]).toEqual([200, "video/mp4"]);
    expect((await part.arrayBuffer()).byteLength).toBeGreaterThan(1000);
    expect(await readRefusal(await get(`hls/${playlistName}?_HLS_msn=${msn + 100}`))).toBe("400 HC_GATEWAY_HLS_QUERY");
    expect(await readRefusal(await get("hls/000000000000_video1_seg1.mp4"))).toBe("404 HC_GATEWAY_HLS_FILE_GONE");
  });

  it("makes snapshots and MJPEG by one ffmpeg, whose arguments hold no password", async () => {
    const picture = Buffer.from(await (await get("snapshot.jpg?width=320")).arrayBuffer());
    expect([picture.subarray(0, 2).toString("hex"), picture.subarray(-2).toString("hex")]).toEqual(["ffd8", "ffd9"]);
    const whole = Buffer.from(await (await get("snapshot.jpg?width=640")).arrayBuffer());
    const gray = spawnSync("ffmpeg", ["-loglevel", "error", "-i", "pipe:0", "-pix_fmt", "gray", "-f", "rawvideo", "pipe:1"], {
      input: whole,
    });
    const lines = 360 - stampGeometry(640, 360).height;
    expect(gray.stdout.length).toBe(640 * lines);
    expect(decodeStamp(averageCells(gray.stdout, 640, lines)).ok).toBe(false);
    const leaver = new AbortController();
    const stream = await fetch(`${rig.base}/live/picarx/front/mjpeg?width=320`, { headers: auth, signal: leaver.signal });
    expect(stream.headers.get("content-type")).toBe("multipart/x-mixed-replace; boundary=helmcast-picture");
    let text = "";
    for await (const chunk of stream.body ?? []) {
      text += Buffer.from(chunk).toString("latin1");
      if ((text.match(/--helmcast-picture/g)?.length ?? 0) >= 3) {
        break;
      }
    }
    leaver.abort();
    const ps = spawn("ps", ["ax", "-o", "args"], { stdio: ["ignore", "pipe", "ignore"] });
    let list = "";
    for await (const chunk of ps.stdout) {
      list += String(chunk);
    }
    expect(list.split("\n").filter((line) => line.startsWith("ffmpeg") && line.includes("scale=320"))).toHaveLength(1);
    expect(list).not.toContain("gateway:");
  });

  it("refuses publishers without rights, and the engine's API to everybody else", async () => {
    const secret = readFileSync(join(rig.dataDir, "demo", "device.secret"), "utf8").trim();
    const reply = await postJson(`${rig.base}/api/token`, { device: "picarx", secret });
    const { accessToken } = (await reply.json()) as { accessToken: string };
    const answers = await Promise.all([
      announce(rig.ports.rtsp, "picarx/spare", "picarx", accessToken),
      announce(rig.ports.rtsp, "other/front", "picarx", accessToken),
      announce(rig.ports.rtsp, "picarx/spare", "picarx", "wrong"),
      announce(rig.ports.rtsp, "picarx/talk", "picarx", accessToken),
      announce(rig.ports.rtsp, "picarx/spare", "admin", auth.authorization.slice(7)),
    ]);
    expect(answers).toEqual(["200", "401", "401", "401", "401"]);
    expect((await fetch(`http://127.0.0.1:${rig.ports.engineApi}/v3/paths/list`)).status).toBe(401);
    expect((await fetch(`http://127.0.0.1:${rig.ports.hls}/picarx/front/video1_stream.m3u8`)).status).toBe(401);
    expect(statSync(join(rig.dataDir, "engine", "mediamtx.yml")).mode & 0o777).toBe(0o600);
  }, 20_000);
});

/** The status that an RTSP ANNOUNCE with these credentials gets (RFC 2326, section 10.3). */
function announce(port: number, path: string, user: string, password: string): Promise<string | undefined> {
  const sdp =
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:trackID=0\r\n";
  const credential = Buffer.from(`${user}:${password}`).toString("base64");
  const head = `ANNOUNCE rtsp://127.0.0.1:${port}/${path} RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Basic ${credential}\r\n`;
  const rest = `Content-Type: application/sdp\r\nContent-Length: ${sdp.length}\r\n\r\n${sdp}`;
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(head + rest));
    socket.on("error", reject);
    socket.once("data", (chunk: Buffer) => {
      socket.destroy();
      resolve(chunk.toString().split(" ")[1]);
    });
  });
}
