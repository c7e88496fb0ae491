import { createHash, randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { findFreePorts } from "@helmcast/config/rig";
import { silentLog, systemClock } from "@helmcast/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { waitUntil } from "../test-rig/wait-until.ts";
import { createEngine, type Engine, type EngineSettings } from "./engine.ts";
import { archiveName, chooseTarget } from "./find/release.ts";
import { type FakeEngineBehaviour, writeFakeEngine } from "./rig/fake-engine.ts";
import { makeRelease } from "./rig/make-archive.ts";
import { Cleanup, findProcess, listen, startCallback } from "./rig/test-stack.ts";

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

type Prepared = { engine: Engine; settings: EngineSettings; dataDir: string };

async function prepare(behaviour: FakeEngineBehaviour, change: Partial<EngineSettings> = {}): Promise<Prepared> {
  const dataDir = await cleanup.folder();
  const ports = await findFreePorts();
  const secrets = { callback: randomBytes(16).toString("hex"), api: randomBytes(16).toString("hex"), hlsCdn: "cdn" };
  await startCallback({ secret: secrets.callback, apiSecret: secrets.api, port: ports.callback }, cleanup);
  const mediamtxBin = await writeFakeEngine(await cleanup.folder(), behaviour);
  const settings: EngineSettings = {
    dataDir,
    host: "127.0.0.1",
    ports,
    engine: "auto",
    mediamtxBin,
    mediamtxMirror: null,
    publicHosts: [],
    logLevel: "info",
    ...change,
  };
  const engine = createEngine({ settings, secrets, clock: systemClock, random: () => 0, log: silentLog(), searchPath: dataDir });
  cleanup.defer(() => engine.stop());
  return { engine, settings, dataDir };
}

describe("the engine's life", () => {
  it("starts the named binary, says why, and answers its API", async () => {
    const { engine, dataDir, settings } = await prepare({ version: "v1.20.1", run: "serve" });
    expect(() => engine.describe()).toThrow(/not started/);
    await engine.start();
    expect(engine.describe()).toEqual({ kind: "mediamtx", version: "1.20.1", why: "MediaMTX 1.20.1 from MEDIAMTX_BIN" });
    expect(engine.urls.hlsBase).toBe(`http://127.0.0.1:${settings.ports.hls}`);
    const file = join(dataDir, "engine", "mediamtx.yml");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, "utf8")).toContain("authMethod: http");
  });

  it("comes back after kill -9 with the path settings that were made through the API", async () => {
    const { engine } = await prepare({ version: "v1.20.1", run: "serve" });
    let starts = 0;
    engine.onReady(() => {
      starts++;
    });
    await engine.start();
    await waitUntil("the first start to be told", () => starts === 1);
    const before = await engine.api.info();
    await engine.api.addPath("picarx/front", { maxReaders: 3 });
    await engine.api.patchPath("picarx/front", { overridePublisher: false });
    process.kill(Number(/\d+$/.exec(before.started)), "SIGKILL");
    await waitUntil("the second start to be told", () => starts === 2);
    expect((await engine.api.info()).started).not.toBe(before.started);
    await expect(engine.api.addPath("picarx/front", {})).rejects.toThrow(/already exists/);
    expect(await engine.api.deletePath("picarx/front")).toBe(true);
    expect(await engine.api.deletePath("picarx/front")).toBe(false);
  });

  it("gives up the start with the engine's own words when it dies again and again", async () => {
    const { engine } = await prepare({ version: "v1.20.1", run: "die" });
    await expect(engine.start()).rejects.toMatchObject({
      code: "HC_ENGINE_START",
      message: expect.stringContaining("bind: permission denied"),
    });
  });

  it("starts no program when it was stopped while one was looked for", async () => {
    const { engine, dataDir } = await prepare({ version: "v1.20.1", run: "serve" });
    const started = engine.start();
    await engine.stop();
    await expect(started).rejects.toMatchObject({ code: "HC_START_CANCELLED" });
    await expect(findProcess("node", join(dataDir, "engine", "mediamtx.yml"))).rejects.toThrow("no process");
  });

  it("names a taken port and the setting that moves it before anything is started", async () => {
    const { engine, settings } = await prepare({ version: "v1.20.1", run: "serve" });
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(settings.ports.hls, "127.0.0.1", resolve));
    cleanup.defer(() => squatter.close());
    await expect(engine.start()).rejects.toMatchObject({
      code: "HC_PORT_TAKEN",
      message: expect.stringMatching(new RegExp(`Port ${settings.ports.hls}/tcp for the engine's HLS is taken.*HELMCAST_PORT_BASE`)),
    });
  });

  it("refuses a named binary that is too old, instead of silently taking another", async () => {
    const { engine } = await prepare({ version: "v1.12.0", run: "serve" });
    await expect(engine.start()).rejects.toMatchObject({
      code: "HC_ENGINE_BINARY",
      message: expect.stringContaining("is version 1.12.0, older than 1.18.1"),
    });
  });

  it("downloads the release from a mirror, runs it, and needs no network the next time", async () => {
    const target = chooseTarget({ platform: process.platform, arch: process.arch, armVersion: null });
    const archive = archiveName(target.ok ? target.target : "linux_amd64");
    const binary = await readFile(await writeFakeEngine(await cleanup.folder(), { version: "v1.20.1", run: "serve" }), "utf8");
    const release = makeRelease(binary);
    let requests = 0;
    const server = createServer((request, response) => {
      requests++;
      const sums = `${createHash("sha256").update(release).digest("hex")} *${archive}\n`;
      response.end(request.url?.endsWith(".sha256") ? sums : release);
    });
    const mediamtxMirror = `http://127.0.0.1:${await listen(server, cleanup)}`;
    const first = await prepare({ version: "v1.20.1", run: "die" }, { mediamtxBin: null, mediamtxMirror });
    await first.engine.start();
    expect(first.engine.describe().why).toBe("MediaMTX 1.20.1 just downloaded");
    await first.engine.stop();
    const second = await prepare({ version: "v1.20.1", run: "die" }, { mediamtxBin: null, mediamtxMirror, dataDir: first.dataDir });
    await second.engine.start();
    expect(second.engine.describe().why).toBe("MediaMTX 1.20.1 from the kit's own copy");
    expect(requests).toBe(2);
  });

  it("runs the embedded relay from the same settings file where no MediaMTX can be had, and brings it back", async () => {
    const server = createServer((_request, response) => void response.writeHead(404).end());
    const mediamtxMirror = `http://127.0.0.1:${await listen(server, cleanup)}`;
    const { engine, dataDir } = await prepare({ version: "v1.20.1", run: "die" }, { mediamtxBin: null, mediamtxMirror });
    await engine.start();
    expect(engine.describe()).toMatchObject({ kind: "embedded", why: expect.stringMatching(/no MediaMTX was found.*404/) });
    const before = await engine.api.info();
    await engine.api.addPath("picarx/front", { maxReaders: 3 });
    process.kill(await findProcess("node", join(dataDir, "engine", "mediamtx.yml")), "SIGKILL");
    await waitUntil("the embedded relay to be back with its path", async () => {
      const now = await engine.api.info().catch(() => before);
      return now.started !== before.started && (await engine.api.path("picarx/front")) !== null;
    });
  }, 15_000);
});
