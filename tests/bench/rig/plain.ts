import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext } from "@playwright/test";
import { stringify } from "yaml";
import { requestLimitMs } from "../../contract/rig/api.ts";
import { startChild } from "../../contract/rig/child.ts";
import { type EnginePorts, findPorts } from "../../contract/rig/settings-file.ts";
import { waitFor } from "../../contract/rig/wait.ts";
import type { PlainPlayer } from "../page/plain-player.ts";
import type { Sampler } from "../page/sampler.ts";
import type { Cleanup } from "./cleanup.ts";
import { buildSourceArgs } from "./source.ts";
import type { Seat, Target, Way } from "./target.ts";

const path = "bench/front";
const startLimitMs = 20_000;
const pageHtml = '<!doctype html><video muted autoplay playsinline style="width:1280px;height:720px"></video>';
const hlsScript = readFileSync(createRequire(import.meta.url).resolve("hls.js/dist/hls.min.js"), "utf8");

/** The page's globals, as the script of build-script.ts makes them. */
declare const helmcastSampler: Sampler;
declare const helmcastPlayer: PlainPlayer;

/** Starts MediaMTX with its defaults, on loopback, and ffmpeg with the arguments of Helmcast's edge agent. */
export async function startPlain(mediamtx: string, cleanup: Cleanup): Promise<Target> {
  const ports = await findPorts();
  const folder = mkdtempSync(join(tmpdir(), "helmcast-bench-"));
  const settings = join(folder, "mediamtx.yml");
  writeFileSync(settings, writeSettings(ports));
  const engine = startChild(mediamtx, [settings]);
  let publisher: ReturnType<typeof startChild> | null = null;
  const close = cleanup.add(async () => {
    await publisher?.stop();
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const base = `http://127.0.0.1:${ports.webrtc}`;
  await waitFor("MediaMTX to start", () => isThere(base), startLimitMs).catch((cause: unknown) => {
    throw new Error(`MediaMTX did not come up: ${engine.output()}`, { cause });
  });
  publisher = startChild("ffmpeg", await buildSourceArgs(`rtsp://127.0.0.1:${ports.rtsp}/${path}`));
  const playlist = `http://127.0.0.1:${ports.hls}/${path}/index.m3u8`;
  await waitFor("the picture at MediaMTX", () => isThere(playlist, 200), startLimitMs);
  return { ways: ["whep", "whep-tuned", "hls"], openSeat: (context, way) => openSeat(context, way, ports), close };
}

/** Says whether an address is answered, and with `status` where one is wanted. */
function isThere(url: string, status?: number): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(requestLimitMs) }).then(
    (reply) => status === undefined || reply.status === status,
    () => false,
  );
}

/** What is not written here is MediaMTX's default. The HLS muxer runs from the start, as in Helmcast, which is the kinder choice. */
function writeSettings(ports: EnginePorts): string {
  return stringify(
    {
      logLevel: "warn",
      rtmp: false,
      srt: false,
      moq: false,
      rtspTransports: ["tcp"],
      rtspAddress: `127.0.0.1:${ports.rtsp}`,
      hlsAddress: `127.0.0.1:${ports.hls}`,
      hlsAlwaysRemux: true,
      webrtcAddress: `127.0.0.1:${ports.webrtc}`,
      webrtcLocalUDPAddress: `127.0.0.1:${ports.media}`,
      webrtcIPsFromInterfaces: false,
      webrtcAdditionalHosts: ["127.0.0.1"],
      paths: { [path]: { source: "publisher" } },
    },
    { version: "1.1" },
  );
}

/** The page is put into the engine's own origin, so that no request crosses origins. */
async function openSeat(context: BrowserContext, way: Way, ports: EnginePorts): Promise<Seat> {
  const origin = `http://127.0.0.1:${way === "hls" ? ports.hls : ports.webrtc}`;
  const url = way === "hls" ? `${origin}/${path}/index.m3u8` : `${origin}/${path}/whep`;
  const page = await context.newPage();
  await page.route(`${origin}/bench`, (route) => route.fulfill({ contentType: "text/html", body: pageHtml }));
  await page.goto(`${origin}/bench`);
  await page.addScriptTag({ content: hlsScript });
  await page.unroute(`${origin}/bench`);
  return {
    page,
    join: () =>
      page.evaluate(
        ([wanted, address]) => {
          helmcastSampler.begin("video", "video");
          return helmcastPlayer.play(wanted, address);
        },
        [way, url] as const,
      ),
    leave: () => page.evaluate(() => helmcastPlayer.stop()),
  };
}
