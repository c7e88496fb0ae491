import { join } from "node:path";
import { AppError, type Ports } from "@helmcast/config";
import type { Clock, Log, Service } from "@helmcast/runtime";
import { createApiTransport } from "./api/api-transport.ts";
import { createEngineApi, type EngineApi, type EngineApiClient } from "./api/engine-api.ts";
import { checkPorts, enginePorts } from "./check-ports.ts";
import { cachedBinaryPath, downloadEngine } from "./download/download-engine.ts";
import { progressLogger } from "./download/progress.ts";
import type { EngineChoice } from "./find/choose-engine.ts";
import { formatEngineVersion, parseEngineVersion } from "./find/engine-version.ts";
import { findEngine } from "./find/find-engine.ts";
import { probeBinary } from "./find/probe-binary.ts";
import { allowedUdpReadBufferBytes, saveConfig } from "./save-config.ts";
import { SupervisedEngine } from "./supervised.ts";
import { apiUser, type EngineSecrets, wantedUdpReadBufferBytes, writeConfig } from "./write-config.ts";

/** The settings that the engine looks at. */
export type EngineSettings = {
  readonly dataDir: string;
  readonly host: string;
  readonly ports: Ports;
  readonly engine: "auto" | "mediamtx" | "embedded";
  readonly mediamtxBin: string | null;
  readonly mediamtxMirror: string | null;
  readonly publicHosts: readonly string[];
  readonly logLevel: "debug" | "info" | "warn" | "error" | "silent";
};

/** What an engine needs. */
export type EngineOptions = {
  readonly settings: EngineSettings;
  readonly secrets: EngineSecrets;
  readonly clock: Clock;
  /** From 0 up to 1, for jitter. */
  readonly random: () => number;
  readonly log: Log;
  /** Where to look `mediamtx` up, in place of this process's own PATH; for tests. */
  readonly searchPath?: string;
};

/** The program that runs, for people: its kind, its version, and why it was chosen. */
export type EngineDescription = { readonly kind: "mediamtx" | "embedded"; readonly version: string; readonly why: string };

/**
 * The engine as the gateway sees it. `start()` needs the gateway's auth callback to be listening, because the engine asks it about the
 * gateway's own API calls too.
 */
export type Engine = Service & {
  readonly api: EngineApi;
  /** @throws AppError HC_ENGINE_NOT_STARTED before `start()` has finished */
  describe(): EngineDescription;
  /** Loopback addresses, without a slash at the end. */
  readonly urls: { readonly whepBase: string; readonly hlsBase: string };
  /** Calls `listener` after each start of the engine, once remembered path settings are back. Returns a function that ends this. */
  onReady(listener: () => void): () => void;
};

/** Tries of making remembered path settings again after a start, and the wait between them in ms. */
const replayTries = 3;
const replayWaitMs = 500;

/**
 * Makes the engine: finds the program, writes its settings, runs and watches it. Starting throws AppError HC_ENGINE_BINARY,
 * HC_ENGINE_NOT_FOUND, HC_PORT_TAKEN, HC_ENGINE_START or, when `stop()` comes first, HC_START_CANCELLED.
 */
export function createEngine(options: EngineOptions): Engine {
  return new OwnedEngine(options);
}

class OwnedEngine implements Engine {
  readonly name = "engine";
  readonly urls: Engine["urls"];
  readonly #options: EngineOptions;
  readonly #listeners = new Set<() => void>();
  readonly #transport: ReturnType<typeof createApiTransport>;
  readonly #api: EngineApiClient;
  #description: EngineDescription | null = null;
  #process: SupervisedEngine | null = null;
  #startedAt: string | null = null;
  #stopped = false;

  constructor(options: EngineOptions) {
    const { ports } = options.settings;
    this.#options = { ...options, log: options.log.child({ part: "engine" }) };
    this.urls = { whepBase: `http://127.0.0.1:${ports.webrtc}`, hlsBase: `http://127.0.0.1:${ports.hls}` };
    const basic = Buffer.from(`${apiUser}:${options.secrets.api}`).toString("base64");
    this.#transport = createApiTransport({ origin: `http://127.0.0.1:${ports.engineApi}`, authorization: `Basic ${basic}` });
    this.#api = createEngineApi(this.#transport);
  }

  get api(): EngineApi {
    return this.#api;
  }

  describe(): EngineDescription {
    if (this.#description === null) {
      throw new AppError("HC_ENGINE_NOT_STARTED");
    }
    return this.#description;
  }

  onReady(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#process?.stop();
    await this.#transport.close();
  }

  async #start(): Promise<void> {
    const { settings, secrets, clock, random, log } = this.#options;
    const choice = await this.#find();
    log.info(choice.why);
    await checkPorts(enginePorts(settings.ports, settings.host, choice.kind), clock);
    const configFile = join(settings.dataDir, "engine", "mediamtx.yml");
    const udpReadBufferBytes = await allowedUdpReadBufferBytes(wantedUdpReadBufferBytes);
    await saveConfig(configFile, writeConfig({ ...settings, secrets, version: choice.version, udpReadBufferBytes }));
    // A search or a download takes its time, and a stop in between found no process to end.
    if (this.#stopped) {
      throw new AppError("HC_START_CANCELLED");
    }
    this.#process = new SupervisedEngine({
      choice,
      configFile,
      secrets: Object.values(secrets),
      probe: () => this.#answers(choice),
      onReady: () => this.#afterStart(),
      clock,
      random,
      log,
    });
    await this.#process.start();
  }

  async #find(): Promise<EngineChoice> {
    const { settings, clock, random, log, searchPath } = this.#options;
    const cacheDir = join(settings.dataDir, "engine");
    const armVersion = Number(Reflect.get(process.config.variables, "arm_version")) || null;
    return await findEngine(
      { wanted: settings.engine, namedPath: settings.mediamtxBin, cachedPath: cachedBinaryPath(cacheDir) },
      {
        probe: (path) => probeBinary(path, searchPath === undefined ? {} : { searchPath }),
        download: () =>
          downloadEngine({
            cacheDir,
            mirror: settings.mediamtxMirror,
            machine: { platform: process.platform, arch: process.arch, armVersion },
            clock,
            random,
            onVerified: (sentence) => log.info(sentence),
            onProgress: progressLogger(clock, (text) => log.info(text)),
            insist: settings.engine === "mediamtx",
          }),
      },
    );
  }

  /** An engine of another copy would refuse this run's credentials; one of another version is not the one that was started. */
  async #answers(choice: EngineChoice): Promise<boolean> {
    try {
      const { version } = await this.#api.info();
      const seen = parseEngineVersion(version);
      if (choice.version !== null && (seen === null || formatEngineVersion(seen) !== formatEngineVersion(choice.version))) {
        return false;
      }
      this.#description = { kind: choice.kind, version: version.replace(/^v/, ""), why: choice.why };
      return true;
    } catch {
      return false;
    }
  }

  async #afterStart(): Promise<void> {
    await this.#replay();
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        this.#options.log.error({ err: error }, "a listener for the engine's start failed");
      }
    }
  }

  /** Makes path settings again when the engine is not the one that has them, which `started` tells (MediaMTX contract, section 1.6). */
  async #replay(): Promise<void> {
    const { clock, log } = this.#options;
    for (let tries = 1; tries <= replayTries; tries++) {
      try {
        const { started } = await this.#api.info();
        if (this.#startedAt !== null && this.#startedAt !== started) {
          const { made, refused } = await this.#api.replay();
          log.info({ made, refused }, "path settings made again after a restart of the engine");
        }
        this.#startedAt = started;
        return;
      } catch (error) {
        log.warn({ err: error, tries }, "path settings could not be made again");
        await new Promise<void>((resolve) => {
          clock.after(replayWaitMs, resolve);
        });
      }
    }
  }
}
