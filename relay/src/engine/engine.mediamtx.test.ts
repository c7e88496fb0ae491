import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { findFreePorts } from "@helmcast/config/rig";
import { silentLog, spawnChild, systemClock } from "@helmcast/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { waitUntil } from "../test-rig/wait-until.ts";
import { createEngine, type Engine } from "./engine.ts";
import { type Asked, Cleanup, findProcess, startCallback } from "./rig/test-stack.ts";

/** vitest shows the environment here; these tests run only where a binary is named. */
const { env } = import.meta as ImportMeta & { readonly env: Readonly<Record<string, string | undefined>> };
const mediamtxBin = env["MEDIAMTX_BIN"] ?? null;
const cleanup = new Cleanup();
afterEach(() => cleanup.run());

type Stack = {
  engine: Engine;
  asked: Asked[];
  secrets: { callback: string; api: string; hlsCdn: string };
  rtsp: number;
  api: number;
  configFile: string;
};

async function startStack(): Promise<Stack> {
  const ports = await findFreePorts();
  const secret = (): string => randomBytes(24).toString("base64url");
  const secrets = { callback: secret(), api: secret(), hlsCdn: secret() };
  const asked = await startCallback({ secret: secrets.callback, apiSecret: secrets.api, port: ports.callback }, cleanup);
  const dataDir = await cleanup.folder();
  const engine = createEngine({
    settings: {
      dataDir,
      host: "127.0.0.1",
      ports,
      engine: "mediamtx",
      mediamtxBin,
      mediamtxMirror: null,
      publicHosts: ["192.0.2.7"],
      logLevel: "debug",
    },
    secrets,
    clock: systemClock,
    random: Math.random,
    log: silentLog(),
  });
  cleanup.defer(() => engine.stop());
  await engine.start();
  return { engine, asked, secrets, rtsp: ports.rtsp, api: ports.engineApi, configFile: join(dataDir, "engine", "mediamtx.yml") };
}

function publish(stack: Stack, path: string): void {
  const source = ["-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=15"];
  const encoder = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-bf", "0", "-g", "15", "-pix_fmt", "yuv420p"];
  const target = ["-f", "rtsp", "-rtsp_transport", "tcp", `rtsp://viewer:ok@127.0.0.1:${stack.rtsp}/${path}`];
  const child = spawnChild(
    { name: "ffmpeg", command: "ffmpeg", args: ["-hide_banner", "-loglevel", "error", ...source, ...encoder, ...target] },
    { log: silentLog(), clock: systemClock },
  );
  cleanup.defer(() => child.stop());
}

describe.runIf(mediamtxBin !== null)("a real MediaMTX with our settings file", () => {
  it("starts, and opens its API to the gateway's credentials only", async () => {
    const stack = await startStack();
    expect(stack.engine.describe().kind).toBe("mediamtx");
    expect(await stack.engine.api.paths()).toEqual([]);
    const stranger = await fetch(`http://127.0.0.1:${stack.api}/v3/info`);
    expect(stranger.status).toBe(401);
    expect(stack.asked.at(-1)).toMatchObject({ action: "api", user: "" });
  });

  it("serves HLS in CDN mode without a question, shows path and sessions, and kicks", async () => {
    const stack = await startStack();
    publish(stack, "picarx/front");
    await waitUntil("the path to be online", async () => (await stack.engine.api.path("picarx/front"))?.online === true);
    const index = `${stack.engine.urls.hlsBase}/picarx/front/index.m3u8`;
    const headers = { authorization: `Bearer ${stack.secrets.hlsCdn}` };
    await waitUntil("the playlist", async () => (await fetch(index, { headers, redirect: "manual" })).status === 200);
    expect(stack.asked.filter((question) => question.action === "read")).toEqual([]);
    expect(await stack.engine.api.hlsSessions()).toEqual([expect.objectContaining({ path: "picarx/front", isCDN: true })]);
    expect((await fetch(index, { redirect: "manual" })).status).toBe(302);
    const [session] = await stack.engine.api.rtspSessions();
    expect(session).toMatchObject({ state: "publish", path: "picarx/front", user: "viewer" });
    expect(await stack.engine.api.kickRtsp(session?.id ?? "")).toBe(true);
    await waitUntil("the path to be gone", async () => (await stack.engine.api.path("picarx/front")) === null);
    expect(await stack.engine.api.kickRtsp("00000000-0000-0000-0000-000000000000")).toBe(false);
    expect(await stack.engine.api.webrtcSessions()).toEqual([]);
  });

  it("adds, shows and removes path settings, and makes them again after kill -9", async () => {
    const stack = await startStack();
    const before = await stack.engine.api.info();
    await stack.engine.api.addPath("picarx/rear", { maxReaders: 2 });
    process.kill(await findProcess("mediamtx", stack.configFile), "SIGKILL");
    await waitUntil("the engine to be back with its path", async () => {
      const now = await stack.engine.api.info().catch(() => before);
      return now.started !== before.started && (await stack.engine.api.path("picarx/rear")) !== null;
    });
    await expect(stack.engine.api.addPath("picarx/rear", {})).rejects.toMatchObject({ code: "HC_ENGINE_REFUSED" });
    expect(await stack.engine.api.path("picarx/rear")).toMatchObject({ name: "picarx/rear", online: false });
    expect(await stack.engine.api.deletePath("picarx/rear")).toBe(true);
    expect(await stack.engine.api.path("picarx/rear")).toBeNull();
  });
});
